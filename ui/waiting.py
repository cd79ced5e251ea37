"""Waiting for the ring, with its preparation in sight."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from ui import look, parts
from ui.markup import Html, show, tag
from ui.opening import Opening, opening

if TYPE_CHECKING:
    from graph.session import Ring


def ring() -> "Ring":
    """Return the ring, waiting for it where it must; raises Unusable."""
    going = opening()
    if not going.ready:
        look.page("narrow", "Sparring")
        spot = st.empty()
        while not going.wait(0.3):
            spot.html(_progress(going))
        spot.empty()
    return going.ring()


def until_ready(draw: "Callable[[Ring], None]") -> None:
    """Draw what needs the ring where it is open; else say so, and draw the page again once it is."""
    going = opening()
    if going.ready:
        draw(going.ring())
    else:
        _watch(going)


@st.fragment(run_every=0.5)
def _watch(going: Opening) -> None:
    if going.ready:
        st.rerun()
    show(_progress(going))


def _progress(going: Opening) -> Html:
    """Return how far the preparation is."""
    done, of = going.passages
    if not of:
        return tag("p", "Opening your sessions", cls="sp-quiet", role="status")
    bar = tag("progress", value=done, max=of, aria_label="Preparation")
    text = f"Preparing the library of techniques for the first time: {done:,} of {of:,} passages. This happens once."
    return parts.notice(text, "calm", bar)
