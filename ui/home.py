"""The choice of customers, and the trainee's own sessions."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st

from personas.card import Card
from personas.loader import Problem
from ui import look, parts, place, shelf, waiting, words
from ui.markup import Html, join, label, show, tag

if TYPE_CHECKING:
    from graph.types import Summary

_LEAD = (
    "Hold the hard conversation here first. Every message you send is graded on the words you used, "
    "and the debrief shows what helped, what cost you and what to say instead."
)
_SHOWN = 6
"""Finished sessions listed before the rest is folded away."""


def page(at: place.Place) -> None:
    """Draw the page."""
    look.page("wide", "Sparring")
    name = _name(at)
    with st.container(key="top", horizontal=True, wrap=False, vertical_alignment="center"):
        show(parts.brand())
        if st.button("Models", key="models", type="tertiary"):
            place.go(page="models")
    show(tag("h1", "Choose a customer"), tag("p", _LEAD, cls="sp-lead"))
    _ask_name()
    cards, problems = shelf.cards()
    _tiles(cards)
    mine = st.container(key="mine")
    if problems:
        _broken(problems)
    look.aide("home")
    with mine:
        waiting.until_ready(lambda ring: _sessions(ring.list(name)))


def _name(at: place.Place) -> str:
    """Return whose sessions these are, and keep it in the address.

    Not in a callback of the box: while the ring opens, a late message of this page can call it after the page was left,
    and the address would lead back here.
    """
    if "name" not in st.session_state:
        st.session_state["name"] = at.name
    name = place.tidy(st.session_state["name"])
    if name != at.name:
        place.keep("name", name)
    return name


def _ask_name() -> None:
    with st.container(key="ask-name"):
        st.text_input(
            "Your name", key="name", max_chars=place.MAX_NAME, placeholder="So that you find your sessions again"
        )


def _tiles(cards: Sequence[Card]) -> None:
    if not cards:
        show(parts.notice("No customer can be used yet. The list below says what to mend on the cards.", "warn"))
    with st.container(key="tiles", horizontal=True):
        for card in cards:
            _tile(card)


def _tile(card: Card) -> None:
    with st.container(key=f"tile-{card.id}"):
        show(
            parts.who(card, "h2", "large"),
            tag("p", card.happened, cls="sp-happened"),
            parts.difficulty(card.difficulty),
        )
        if st.button(label(f"Meet {words.first(card.name)}"), key=f"meet-{card.id}", type="primary", width="stretch"):
            place.go(card=card.id)


def _sessions(mine: "Sequence[Summary]") -> None:
    going = [one for one in mine if one.ended is None]
    over = [one for one in mine if one.ended is not None]
    if going:
        show(tag("h2", "Take up again", cls="sp-list"))
        for one in going:
            _row(one, "Continue", words.count(one.turns, "turn"))
    if over:
        show(tag("h2", "Debriefs", cls="sp-list"))
        for one in over[:_SHOWN]:
            _row(one, "Read", _result(one))
        if rest := over[_SHOWN:]:
            with st.expander(f"{len(rest)} earlier"):
                for one in rest:
                    _row(one, "Read", _result(one))


def _row(one: "Summary", action: str, note: str) -> None:
    with st.container(key=f"row-{one.id}", horizontal=True, wrap=False, vertical_alignment="center"):
        show(
            tag("p", tag("b", one.name), tag("span", note), tag("span", words.day(one.started), cls="sp-quiet"),
                cls="sp-row")
        )  # fmt: skip
        named = label(f"{action} {words.first(one.name)}")
        if st.button(action, key=f"open-{one.id}", help=f"{named}, {words.day(one.started)}"):
            place.go(session=one.id)


def _result(one: "Summary") -> str:
    how = words.OUTCOMES[one.how] if one.how else "Ended"
    average = "" if one.average is None else f", average grade {one.average:.1f} of 4"
    return f"{how} after {words.count(one.turns, 'turn')}{average}"


def _broken(problems: Sequence[Problem]) -> None:
    with st.expander(f"For designers: {words.count(len({p.file for p in problems}), 'card')} left out"):
        show(*_by_file(problems))


def _by_file(problems: Sequence[Problem]) -> Iterator[Html]:
    yield tag("p", "These cards have mistakes and are not offered. The other customers are not affected.")
    for file, found in groupby(problems, key=lambda problem: problem.file):
        entries = (_problem(one) for one in found)
        yield join(tag("p", file, cls="sp-quiet"), tag("ul", *entries, cls="sp-problems"))


def _problem(one: Problem) -> Html:
    place_ = tag("code", f"{one.file.rsplit('/', 1)[-1]}:{one.line}")
    return tag("li", place_, f" {one.field or 'card'}: {one.message}. ", tag("b", f"Fix: {one.fix}."))
