"""Pages for what went wrong: what it is, what to do, and the way out. Never a traceback."""

import logging

import streamlit as st

from graph.errors import NoSuchCard, NoSuchSession, SparringError, Unusable
from ui import look, opening, parts, place
from ui.markup import lines, show, tag

_log = logging.getLogger(__name__)


def page(error: Exception) -> None:
    """Draw the page for ``error``; what was not foreseen is logged."""
    look.page("narrow", "Sparring")
    title, text, retry = _said(error)
    if not isinstance(error, SparringError):
        _log.error("A page could not be drawn", exc_info=error)
    show(parts.brand(), tag("h1", title), tag("p", lines(text), cls="sp-lead", role="alert"))
    with st.container(horizontal=True):
        if retry and st.button("Try again", type="primary", key="again"):
            opening.again()
            st.rerun()
        if not isinstance(error, Unusable) and st.button("All customers", key="home"):
            place.go()


def _said(error: Exception) -> tuple[str, str, bool]:
    """Return title, text and whether trying again may help."""
    match error:
        case NoSuchSession():
            return (
                "This session is not here",
                "The address names a session that this installation does not have. It may have been made on another "
                "computer or in another data directory. Your own sessions are listed under your name.",
                False,
            )
        case NoSuchCard():
            return "This customer is not here", str(error), False
        case Unusable():
            return "Sparring cannot start", str(error), True
        case SparringError():
            return "That did not work", str(error), True
        case _:
            return (
                "Something went wrong on our side",
                "What you have sent so far is kept. Try again; if this page comes back, the terminal Sparring runs in "
                "shows the reason.",
                True,
            )
