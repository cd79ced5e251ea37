"""Small facts about text that reader, index and session share."""

import json
import re
from collections.abc import Iterator
from typing import Any

SHORTEST = 3
"""Words below which an excerpt says nothing."""
_END = re.compile(r"[.!?…]+[\"')\]]*(?=\s|$)|\n+")


_LINE_ENDS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x85\u2028\u2029"}
"""Signs that JSON lets stand in a text and that end a line for some who read it."""


def json_line(data: Any) -> str:
    """Return ``data`` as JSON on one line, whoever cuts the lines; letters of all languages stay as they are."""
    return json.dumps(data, ensure_ascii=False).translate(_LINE_ENDS)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of every sentence of ``text``, white space around it left out."""
    start = 0
    for end in [match.end() for match in _END.finditer(text)] + [len(text)]:
        part = text[start:end]
        if stripped := part.strip():
            first = start + part.index(stripped[0])
            yield first, first + len(stripped)
        start = end


def excerpt(text: str, words: int = 9) -> str:
    """Return the beginning of ``text`` on one line: at most ``words`` words, cut where a clause ends if one does."""
    parts = text.split()
    if len(parts) <= words:
        return " ".join(parts).rstrip(".,;:")
    ends = [n for n, word in enumerate(parts[:words], start=1) if n >= SHORTEST and word[-1] in ".,;:!?"]
    if ends:
        return " ".join(parts[: ends[-1]]).rstrip(".,;:")
    return " ".join(parts[:words]) + " ..."
