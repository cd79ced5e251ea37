"""A turn that waits because the customer's model failed: what happened, and the two ways on."""

from typing import TYPE_CHECKING

import streamlit as st

from ui import bubbles, parts, words
from ui.live import Memory
from ui.markup import show, tag
from ui.verdict import verdict

if TYPE_CHECKING:
    from graph.session import Session

_WAYS_ON = "Ask the model once more, or let the card answer with its own words. Both leave the rest as it is."


def turn(session: "Session", kept: Memory) -> str:
    """Draw the turn that waits, with its verdict where there is one; return what is to be read out.

    Everything stands where `ui.live.Live` puts it, so that nothing moves when the turn is taken up again.
    """
    judged, why = session.judged, session.paused
    attempt = f" (attempt {kept.pauses})" if kept.pauses > 1 else ""
    title = f"{words.first(session.card.name)} could not answer{attempt}."
    keeps = "Your message and its verdict are kept." if judged else "Your message is kept."
    show(bubbles.own(session.interrupted))
    if judged is None:
        st.empty()
    else:
        show(verdict(judged))
    told = (tag("p", why), tag("p", f"{keeps} {_WAYS_ON}", cls="sp-quiet"))
    show(parts.notice(title, "warn", *told))
    with st.container(key="pause", horizontal=True):
        st.button("Try again", key="pause-again", type="primary", on_click=kept.choose, args=("again",))
        st.button("Let the card answer", key="pause-card", on_click=kept.choose, args=("card",))
    return f"{title} {why} {keeps} {_WAYS_ON}"
