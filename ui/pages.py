"""Which page is drawn: decided by the address alone."""

from ui import briefing, chat, home, models, place, report, waiting


def draw(at: place.Place) -> None:
    """Draw the page the address asks for; raises what went wrong on the way."""
    if at.session:
        _session(at)
    elif at.card:
        briefing.page(at)
    elif at.page == models.NAME:
        models.page()
    else:
        home.page(at)


def _session(at: place.Place) -> None:
    ring = waiting.ring()
    session = ring.resume(at.session)
    debrief = session.debrief
    if debrief is not None and not chat.stays(session):
        report.page(ring, session, debrief, at)
    else:
        chat.page(session, at)
