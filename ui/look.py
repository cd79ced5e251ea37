"""The look of the pages: one style sheet, the page's frame, and the few things only a script in the page can do."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from ui.markup import Html

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

Width = Literal["narrow", "wide"]

_AIDE = """
export default function ({ data }) {
  const page = window.__sparring ??= {};
  if (!page.live) {
    page.live = document.createElement("div");
    page.live.setAttribute("role", "status");
    page.live.setAttribute("aria-live", "polite");
    page.live.className = "sp-sr";
    document.body.append(page.live);
    window.addEventListener("popstate", () => window.location.reload());
    const toEnd = () => {
      const main = document.querySelector('[data-testid="stMain"]');
      const messages = main?.querySelectorAll(":scope .sp-theirs:not(details *), :scope .sp-own:not(details *)").length ?? 0;
      if (page.page?.startsWith("chat ") && messages > (page.messages ?? 0)) {
        main.scrollTo(0, main.scrollHeight);
        requestAnimationFrame(() => main.scrollTo(0, main.scrollHeight));
      }
      page.messages = messages;
    };
    page.toEnd = toEnd;
    new MutationObserver(toEnd).observe(document.body, { childList: true, subtree: true });
  }
  if (data.title) document.title = data.title;
  if (data.page !== page.page) {
    page.page = data.page;
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
    page.messages = 0;
    page.toEnd();
  }
  if (data.say && data.say !== page.said) page.live.textContent = data.say;
  page.said = data.say;
}
"""


def frame() -> None:
    """Set up the page, before anything else is drawn."""
    st.set_page_config(page_title="Sparring", page_icon=_icon(), layout="wide", initial_sidebar_state="auto")


def page(width: Width, title: str) -> None:
    """Lay a page out."""
    extent = {"narrow": "46rem", "wide": "68rem"}[width]
    st.html(Html(f"<style>{_sheet()} :root {{ --sp-width: {extent} }}</style>"))
    st.session_state["title"] = title


def aide(view: str, say: str = "") -> None:
    """Keep the browser in step: begin a new view at its top, follow a conversation to its end, read new messages out.

    Args:
        view: which view this is; a change scrolls to the top.
        say: what assistive technology reads out, once.
    """
    _component()(data={"page": view, "say": say, "title": st.session_state.get("title", "Sparring")}, key="aide")


@cache
def _component() -> "ComponentRenderer":
    return st.components.v2.component("sparring_aide", js=_AIDE)


@cache
def _sheet() -> str:
    return (Path(__file__).parent / "look.css").read_text(encoding="utf-8")


@cache
def _icon() -> str:
    return str(Path(__file__).parent / "icon.svg")
