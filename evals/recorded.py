"""Makes a replay case of a recorded session."""

import re
from collections.abc import Callable

from evals.cases import SAME, Case, CaseTurn, EndExpectation, Level, TurnExpectation, Way
from graph.errors import BadInput
from graph.session import Ring
from graph.types import Mood, Turn


def from_session(ring: Ring, session_id: str) -> Case:
    """Make a case of a recorded session, which expects what happened: a draft for a trainer to correct.

    The person's name, mail addresses and telephone numbers are not put in.

    Raises:
        NoSuchSession: no session of that id.
        BadInput: nothing was said in it.
    """
    session = ring.resume(session_id)
    turns, report = session.turns, session.debrief
    if not turns:
        raise BadInput(f"Nothing was said in the session {session_id}. Fix: choose one that has a turn.")
    scrub = _scrubber(session.person, session.card.name)
    grades = [turn.verdict.grade for turn in turns if turn.verdict.grade is not None]
    return Case(
        id=f"session-{session_id}",
        card=session.card.id,
        level=_level(sum(grades) / len(grades) if grades else 0.0),
        seed=session.seed,
        about="Recorded session; expects what happened.",
        turns=[CaseTurn(say=scrub(turn.said), expect=_happened(turn)) for turn in turns],
        expect=EndExpectation(ending=[report.how] if report else []),
    )


def _happened(turn: Turn) -> TurnExpectation:
    verdict = turn.verdict
    return TurnExpectation(
        techniques=[atom.id for atom in verdict.techniques],
        missteps=[atom.id for atom in verdict.missteps],
        grade=None if verdict.grade is None else [max(0, verdict.grade - 1), min(4, verdict.grade + 1)],
        mood={"anger": _way(turn.before, turn.mood, "anger"), "trust": _way(turn.before, turn.mood, "trust")},
    )


def _way(before: Mood, after: Mood, name: str) -> Way:
    moved = getattr(after, name) - getattr(before, name)
    return "up" if moved > SAME else "down" if moved < -SAME else "same"


def _level(average: float) -> Level:
    return "expert" if average >= 2.75 else "mediocre" if average >= 1.5 else "poor"


def _scrubber(person: str, customer: str) -> Callable[[str], str]:
    """Return what takes a person out of a text; a name shared with the customer is the customer's and stays."""
    names = {person, *re.findall(r"\w{2,}", person)} - {"", *customer.split()}
    found = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    rules = [(rf"\b(?:{found})\b", "Sam")] if names else []
    rules += [(r"\S+@\S+\.\w+", "name@example.org"), (r"\+?\d(?:[ ()-]?\d){8,}", "07700 900000")]

    def scrub(text: str) -> str:
        for pattern, stand_in in rules:
            text = re.sub(pattern, stand_in, text)
        return text

    return scrub
