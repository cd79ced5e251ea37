"""Pieces that several pages are made of."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from graph.types import Mood
from personas.card import Card
from ui import words
from ui.markup import Child, Html, show, tag

_FEELINGS: Mapping[words.Feeling, str] = {"anger": "Anger", "trust": "Trust", "patience": "Patience"}
_MOVED = 0.15
"""Least change of a feeling that is shown as one."""


def brand() -> Html:
    """Return the product's name as it stands at the top of a page."""
    return tag("p", tag("span", "S", cls="sp-mark", aria_hidden="true"), "Sparring", cls="sp-brand")


def monogram(initials: str, colour: str, size: Literal["small", "large"] = "small") -> Html:
    """Return a customer's monogram: decoration, the name stands beside it."""
    return tag("span", initials, cls=f"sp-mono sp-mono-{size}", style=f"background:{colour}", aria_hidden="true")


def who(card: Card, heading: Literal["h1", "h2", "h3", "p"] = "h1", size: Literal["small", "large"] = "large") -> Html:
    """Return monogram, name and kind in one row."""
    kind = card.kind[:1].upper() + card.kind[1:]
    text = tag("div", tag(heading, card.name, cls="sp-name"), tag("p", kind, cls="sp-kind"))
    return tag("div", monogram(card.monogram, card.colour, size), text, cls="sp-who")


def difficulty(level: int) -> Html:
    """Return a difficulty of 1 to 5 as dots and a word."""
    dots = (tag("i", cls="on" if n <= level else None) for n in range(1, 6))
    said = f"Difficulty: {words.DIFFICULTY[level - 1]}, {level} of 5"
    row = tag("span", *dots, cls="sp-dots", aria_hidden="true")
    word = tag("span", words.DIFFICULTY[level - 1], aria_hidden="true")
    return tag("p", tag("span", said, cls="sp-sr"), row, word, cls="sp-level")


def gauge(mood: Mood, before: Mood | None = None) -> Html:
    """Return the customer's mood as three meters in words, with what changed in the last turn."""
    meters = (_meter(name, mood, before) for name in _FEELINGS)
    return tag("div", *meters, cls="sp-gauge", role="group", aria_label="Mood")


def grade(value: int | None) -> Html:
    """Return a grade as number and word."""
    if value is None:
        return tag("span", words.NOT_GRADED, cls="sp-grade sp-none")
    number = tag("b", str(value), tag("span", " of 4, ", cls="sp-sr"))
    return tag("span", number, " ", words.GRADES[value], cls=f"sp-grade sp-g{value}")


def notice(text: str, kind: Literal["calm", "warn"] = "calm", *more: Child) -> Html:
    """Return a message about the page itself, read out when it appears."""
    return tag("div", tag("p", text), *more, cls=f"sp-notice sp-{kind}", role="status")


def note(text: str) -> Html | None:
    """Return a quiet remark; None where there is nothing to say."""
    return tag("p", text, cls="sp-note") if text else None


def section(title: str, *content: Child, lead: str = "") -> None:
    """Draw a titled part of a page."""
    show(tag("section", tag("h2", title), tag("p", lead, cls="sp-lead") if lead else None, *content, cls="sp-section"))


def fold(title: Child, *content: Child, cls: str = "", opened: bool = False) -> Html:
    """Return something that opens at a click or a key, without the server."""
    body = tag("div", *content, cls="sp-fold")
    return tag("details", tag("summary", title), body, cls=f"sp-details {cls}".strip(), open=opened)


def bullets(items: list[str] | tuple[str, ...], cls: str = "") -> Html:
    """Return plain texts as a list."""
    return tag("ul", *(tag("li", item) for item in items), cls=cls or None)


def home_button(key: str = "home") -> bool:
    """Draw the way back to the choice of customers; return whether it was taken."""
    return st.button("All customers", key=key, icon=":material/arrow_back:", type="tertiary")


def _meter(name: words.Feeling, mood: Mood, before: Mood | None) -> Html:
    value: float = getattr(mood, name)
    word = words.feeling(name, value)
    change = value - getattr(before, name) if before else 0.0
    moved = "" if abs(change) < _MOVED else "rising" if change > 0 else "falling"
    arrow = {"": None, "rising": "↑", "falling": "↓"}[moved]
    track = tag("div", tag("div", style=f"width:{value / 5:.0%}"), cls="sp-track")
    said = f"{word}, {moved}" if moved else word
    return tag(
        "div",
        tag("p", tag("span", _FEELINGS[name], cls="sp-feeling"), tag("b", word, tag("i", arrow) if arrow else None)),
        track,
        cls=f"sp-meter sp-{name}", role="meter", aria_label=_FEELINGS[name], aria_valuemin=0, aria_valuemax=5,
        aria_valuenow=f"{value:.1f}", aria_valuetext=said,
    )  # fmt: skip
