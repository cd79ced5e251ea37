"""How a message looks."""

from personas.card import Card
from ui import parts, words
from ui.markup import Html, join, lines, tag

_SPAN_MS, _WORD_MS = 2600, 45
"""Longest time a reply takes to be written out, and the longest a word takes."""


def theirs(card: Card, text: str, *, typed: bool = False) -> Html:
    """Return a message of the customer's; written out word by word where ``typed``."""
    body = _written_out(text) if typed else lines(text)
    return _theirs(card, tag("p", body, cls="sp-said"))


def coming(card: Card, text: str) -> Html:
    """Return the beginning of a message of the customer's, while the rest of it is still to come."""
    return _theirs(card, tag("p", lines(text), cls="sp-said sp-coming"))


def writing(card: Card) -> Html:
    """Return the sign that the customer is writing."""
    dots = tag("span", tag("i"), tag("i"), tag("i"), cls="sp-dotting", aria_hidden="true")
    said = tag("span", f"{words.first(card.name)} is writing", cls="sp-sr")
    return _theirs(card, tag("p", dots, said, cls="sp-said sp-coming"))


def own(text: str) -> Html:
    """Return a message of the trainee's."""
    return tag("div", tag("p", tag("span", "You: ", cls="sp-sr"), lines(text), cls="sp-said"), cls="sp-own")


def spoken(card: Card, text: str) -> str:
    """Return a message as it is read out."""
    return f"{words.first(card.name)}: {text}"


def _theirs(card: Card, body: Html) -> Html:
    name = tag("span", f"{words.first(card.name)}: ", cls="sp-sr")
    return tag("div", parts.monogram(card.monogram, card.colour), tag("div", name, body), cls="sp-theirs")


def _written_out(text: str) -> Html:
    """Return text whose words appear one after another, at once where motion is not wanted (see look.css)."""
    pace = min(_WORD_MS, _SPAN_MS // max(1, len(text.split())))
    done: list[Html] = []
    n = 0
    for row in text.splitlines():
        spans: list[Html] = []
        for word in row.split():
            spans.append(join(tag("span", word, style=f"animation-delay:{n * pace}ms"), " "))
            n += 1
        done.append(join(*spans))
    return tag("span", Html("<br>".join(done)), cls="sp-written")
