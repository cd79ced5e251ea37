"""Where the trainee is: kept in the page's address, so that a reload or a restart leads back to it."""

import unicodedata
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

MAX_NAME = 80
"""Longest name of a trainee, in characters."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the address says."""

    session: str
    card: str
    name: str
    """Whose sessions these are; empty: nobody has said."""
    mood: bool
    """Whether the customer's mood is shown."""
    page: str = ""
    """Which page beside those of customers and sessions; empty: none."""


def here() -> Place:
    """Return where the trainee is."""
    asked = st.query_params
    name = tidy(asked.get("name", ""))
    mood, page = asked.get("mood") != "off", asked.get("page", "")
    return Place(asked.get("session", ""), asked.get("card", ""), name, mood, page)


def go(*, session: str = "", card: str = "", page: str = "") -> NoReturn:
    """Lead to a session, a card's briefing, another page, or the choice of customers; name and settings are kept."""
    steer(session=session, card=card, page=page)
    st.rerun()
    raise AssertionError("rerun does not return")


def steer(*, session: str = "", card: str = "", page: str = "") -> None:
    """Change the address without drawing the page again."""
    kept = {key: st.query_params[key] for key in ("name", "mood") if key in st.query_params}
    asked = {"session": session, "card": card, "page": page, **kept}
    st.query_params.from_dict({key: value for key, value in asked.items() if value})


def keep(key: str, value: str) -> None:
    """Keep a setting in the address; an empty one is left out."""
    if value:
        st.query_params[key] = value
    elif key in st.query_params:
        del st.query_params[key]


def tidy(name: str) -> str:
    """Return a name as it is kept: one line, no control characters, at most MAX_NAME characters."""
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in name)
    return " ".join(plain.split())[:MAX_NAME].strip()
