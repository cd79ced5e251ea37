"""The conversation: what was said, the customer's mood, a verdict under each own message."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from graph.calls import Bill
from graph.errors import Busy, EmptyTurn, MovedOn, Refused, TurnTooLong
from graph.notes import on_reply
from graph.types import Line, Mood, Turn
from personas.card import Card
from ui import briefing, bubbles, look, parts, pause, place, turns, usage, words
from ui.live import Choice, Live, Memory, memory, remembered
from ui.markup import label, show, tag
from ui.verdict import verdict

if TYPE_CHECKING:
    from graph.session import Session

BOX = "message"
"""Key of the box the trainee writes in."""


def page(session: "Session", at: place.Place) -> None:
    """Draw the conversation and take what the trainee writes."""
    card, settled, over = session.card, session.turns, session.debrief is not None
    look.page("narrow", f"{card.name}, conversation")
    kept = memory(session.id, len(settled))
    with st.sidebar:
        _aside(card, at)
    meters = _head(session, card, kept, over)
    typed = _bottom(session, card, kept, over)
    going, choice = turns.current(session.id), kept.chosen()
    run = going or _begun(session, kept, typed, settled, choice)
    gauge = _gauge(meters, at, session.mood, settled[-1].before if settled else None)
    fresh = kept.typing or (kept.new and not settled)
    said = _history(card, session.opening, settled, session.bills, typing=fresh and run is None)
    kept.drawn, kept.new, kept.typing = len(settled), False, False
    if run is not None:
        late = typed if going and typed and typed.strip() != going.said else ""
        said = Live(session, card, run, gauge, kept).play("" if going else typed or "", late or "")
        kept.drawn = len(session.turns)
    elif session.paused:
        said = pause.turn(session, kept)
    look.aide(f"chat {session.id}", said)


def stays(session: "Session") -> bool:
    """Return whether a session that has ended is still to be shown as a conversation: it ended before one's eyes."""
    return remembered(session.id).stay


def _aside(card: Card, at: place.Place) -> None:
    if parts.home_button():
        place.go()
    if "show-mood" not in st.session_state:
        st.session_state["show-mood"] = at.mood
    st.toggle(
        "Show the mood", key="show-mood",
        on_change=lambda: place.keep("mood", "" if st.session_state["show-mood"] else "off"),
    )  # fmt: skip
    show(tag("h2", "Briefing", cls="sp-aside-title"), briefing.at_hand(card))


def _head(session: "Session", card: Card, kept: Memory, over: bool) -> DeltaGenerator:
    """Draw the strip that stays at the top; return the place of the mood."""
    with st.container(key="head"):
        with st.container(key="head-row", horizontal=True, wrap=False, vertical_alignment="center"):
            show(parts.who(card, "h1", "small"))
            with st.container(key="head-briefing", width="content"), st.popover("Briefing"):
                show(briefing.at_hand(card))
            if not over:
                _finish(session, card, kept)
        return st.empty()


def _finish(session: "Session", card: Card, kept: Memory) -> None:
    with st.container(key="head-finish", width="content"), st.popover("Finish"):
        name = words.first(card.name)
        show(tag("p", f"End the conversation with {name} and read the debrief? It cannot be taken up again."))
        if st.button("End and read the debrief", type="primary", key="finish"):
            _end(session, kept)
            st.rerun()


def _end(session: "Session", kept: Memory) -> None:
    """End the session, after the turn in progress where there is one."""
    try:
        _follow(turns.current(session.id))
        _follow(turns.start(session.id, "", session.finish))
    except Refused as error:
        kept.refuse("", str(error), waiting=isinstance(error, Busy))


def _follow(run: turns.Run | None) -> None:
    for _ in run.follow() if run else ():
        pass


def _gauge(spot: DeltaGenerator, at: place.Place, mood: Mood, before: Mood | None) -> DeltaGenerator | None:
    """Draw the mood where it is shown; return its place."""
    if not at.mood:
        return None
    spot.html(parts.gauge(mood, before))
    return spot


def _bottom(session: "Session", card: Card, kept: Memory, over: bool) -> str | None:
    """Draw what stands at the foot: what the page has to say, and the box or the way on."""
    with st.bottom:
        if kept.notice:
            show(parts.notice(kept.notice, "warn"))
            kept.notice = ""
            if kept.waiting and st.button("Look again", key="reload"):
                st.rerun()
        if over:
            _leave(session, card, kept)
            return None
        if kept.draft:
            st.session_state[BOX], kept.draft = kept.draft, ""
        return st.chat_input(label(f"Write to {words.first(card.name)}"), key=BOX)


def _leave(session: "Session", card: Card, kept: Memory) -> None:
    report = session.debrief
    if report is None:
        return
    show(parts.notice(words.ended(report.how, card.name)))
    if st.button("Read the debrief", type="primary", key="debrief"):
        kept.stay = False
        st.rerun()


def _begun(
    session: "Session", kept: Memory, typed: str | None, settled: Sequence[Turn], choice: Choice
) -> turns.Run | None:
    """Begin the turn that was typed, or finish one that was cut off; one that waits, only when told how."""
    if typed is not None:
        return _sent(session, kept, typed, settled)
    if kept.waiting:
        kept.waiting = False
        return None
    cut_off = session.interrupted
    unfinished = cut_off or (settled and settled[-1].ended and session.debrief is None)
    if not unfinished or (session.paused and not choice):
        return None
    return turns.start(session.id, cut_off, lambda: session.resume(stand_in=choice == "card"))


def _sent(session: "Session", kept: Memory, typed: str, settled: Sequence[Turn]) -> turns.Run | None:
    from graph.typed import checked

    try:
        said = checked(typed)
    except (EmptyTurn, TurnTooLong) as error:
        kept.refuse(typed, str(error))
        st.rerun()
    if session.paused:
        kept.refuse(typed, "Your last message still waits for its answer. Choose above how to go on, then send this.")
        st.rerun()
    if kept.drawn < len(settled):
        if settled[kept.drawn].said != said:
            kept.refuse(typed, str(MovedOn()))
        kept.drawn = len(settled)
        st.rerun()
    number = kept.drawn + 1
    run = turns.start(session.id, said, lambda: session.say(said, number))
    if run is None:
        kept.refuse(typed, "Another window was a moment faster. Read what was said there, then send again.")
        st.rerun()
    return run


def _history(card: Card, opening: Line, settled: Sequence[Turn], bills: Mapping[int, Bill], *, typing: bool) -> str:
    """Draw what was said; return its last message where it is new and to be written out."""
    last = settled[-1].reply if settled else opening
    _reply(card, opening, bills.get(0), typed=typing and not settled)
    for turn in settled:
        show(bubbles.own(turn.said))
        show(verdict(turn.verdict))
        _reply(card, turn.reply, bills.get(turn.number), typed=typing and turn is settled[-1])
    return bubbles.spoken(card, last.text) if typing else ""


def _reply(card: Card, line: Line, bill: Bill | None, *, typed: bool) -> None:
    show(bubbles.theirs(card, line.text, typed=typed))
    if foot := usage.foot(on_reply(line.by), bill):
        show(foot)
