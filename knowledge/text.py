"""Small facts about text that reader, index and session share."""

import re
from collections.abc import Iterator

_END = re.compile(r"[.!?…]+[\"')\]]*(?=\s|$)|\n+")


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
    """Return the first ``words`` words of ``text`` on one line, without the full stop at the end."""
    parts = text.split()
    short = " ".join(parts[:words]).rstrip(".,;:")
    return f"{short} ..." if len(parts) > words else short
