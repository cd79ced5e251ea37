"""The conversation: what was said, the customer's mood, a verdict under each own message."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from graph.errors import Busy, MovedOn, Over, Refused
from graph.types import How, Mood, Turn, Verdict
from personas.card import Card
from ui import briefing, look, parts, place, turns, words
from ui.markup import Html, label, lines, show, tag
from ui.verdict import verdict

if TYPE_CHECKING:
    from graph.session import Event, Ring, Session

BOX = "message"
"""Key of the box the trainee writes in."""


def page(ring: "Ring", session: "Session", at: place.Place) -> None:
    """Draw the conversation and take what the trainee writes."""
    card, settled = session.card, session.turns
    look.page("narrow", f"{card.name}, conversation")
    memory = _memory(session.id)
    with st.sidebar:
        _aside(card)
    meters = _head(session, card, at)
    typed = _box(memory, card, over=session.debrief is not None)
    run = _taken(session, memory, typed, settled)
    if at.mood:
        _draw_gauge(meters, session.mood, settled[-1].before if settled else None)
    said = _history(card, session.opening.text, settled)
    if run is not None:
        said = _live(session, card, run, meters if at.mood else None, memory) or said
    if memory.pop("notice", ""):
        raise AssertionError
    look.aide(f"chat {session.id}", said)
