"""The look of the pages: one style sheet, the page's frame, and the few things only a script in the page can do."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from ui.markup import Html

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

Width = Literal["narrow", "wide"]


def frame() -> None:
    """Set up the page, before anything else is drawn."""
    icon = str(Path(__file__).parent / "icon.svg")
    st.set_page_config(page_title="Sparring", page_icon=icon, layout="wide", initial_sidebar_state="auto")


def page(width: Width, title: str) -> None:
    """Lay a page out."""
    extent = {"narrow": "46rem", "wide": "68rem"}[width]
    st.html(Html(f"<style>{_file('look.css')} :root {{ --sp-width: {extent} }}</style>"))
    st.session_state["title"] = title


def aide(view: str, say: str = "") -> None:
    """Keep the browser in step: begin a new view at its top, follow a conversation to its end, read new messages out.

    Args:
        view: which view this is; a change scrolls to the top.
        say: what assistive technology reads out, once.
    """
    _component()(data={"view": view, "say": say, "title": st.session_state.get("title", "Sparring")}, key="aide")


@cache
def _component() -> "ComponentRenderer":
    return st.components.v2.component("sparring_aide", js=_file("aide.js"))


@cache
def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
