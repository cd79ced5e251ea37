"""HTML that cannot be injected into: text is escaped unless it is already `Html`.

Everything a trainee, a card or a model wrote reaches the page through here, never as Markdown.
"""

import html
import re

import streamlit as st

_VOID = frozenset({"br", "hr"})
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:^=&])")


class Html(str):
    """Markup that is safe to show as it is."""

    __slots__ = ()


Child = str | Html | None


def tag(name: str, *children: Child, **attributes: str | int | float | bool | None) -> Html:
    """Return one element.

    Args:
        name: the element's name, written by us.
        children: markup as it is, plain text escaped, None left out.
        attributes: ``cls`` is ``class``; underscores are hyphens; None and False leave the attribute out.
    """
    said = "".join(_attribute(key, value) for key, value in attributes.items())
    return Html(f"<{name}{said}>" if name in _VOID else f"<{name}{said}>{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    """Put markup and plain text one after the other."""
    return Html("".join(child if isinstance(child, Html) else html.escape(child) for child in children if child))


def lines(text: str) -> Html:
    """Return plain text with its line breaks kept."""
    return Html("<br>".join(html.escape(line) for line in text.splitlines()))


def prose(text: str) -> Html:
    """Return an article's text as paragraphs and lists; emphasis marks are dropped."""
    blocks = re.split(r"\n\s*\n", re.sub(r"(\*\*|__|`)", "", text.strip()))
    return join(*(_block(block) for block in blocks))


def show(*children: Child) -> None:
    """Draw markup on the page."""
    st.html(join(*children))


def label(text: str) -> str:
    """Return plain text for a widget's label, where Streamlit would read Markdown."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _attribute(key: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = "class" if key == "cls" else key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


def _block(block: str) -> Html:
    items = re.split(r"^[-*] ", block, flags=re.MULTILINE)
    if len(items) == 1:
        return tag("p", lines(block) if re.search(r"^\w+: ", block, re.MULTILINE) else " ".join(block.split()))
    lead = " ".join(items[0].split())
    entries = (tag("li", " ".join(item.split())) for item in items[1:])
    return join(tag("p", lead) if lead else None, tag("ul", *entries))
