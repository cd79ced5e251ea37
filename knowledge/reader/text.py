"""Cuts a turn into sentences and finds what several modules need to know about its words."""

import re
from collections.abc import Iterable, Sequence

from knowledge.reader.patterns import text_pattern
from knowledge.reading import Said

Span = tuple[int, int]

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")
_CLAUSE_END = re.compile(r"(?<=[.!?…;:])[\"')\]]*\s+|\n+|\s+[-–—]+\s+|,\s+(?=(?:but|so|and|or)\s)")
_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")


_RECITED = 4
"""How many names of techniques make a sentence a recital, where they are about half of its words."""


def sentences(text: str) -> list[Span]:
    """Return the sentences of ``text`` as character spans without surrounding space."""
    return _cut(text, _SENTENCE_END)


def clauses(text: str) -> list[Span]:
    """Return the clauses of ``text``: sentences, and their parts at semicolons, dashes and joining words."""
    return _cut(text, _CLAUSE_END)


def sentence_around(text: str, place: int) -> str:
    """Return the sentence of ``text`` in which the character at ``place`` stands."""
    return next((text[start:end] for start, end in sentences(text) if start <= place < end), "")


def _cut(text: str, boundary: re.Pattern[str]) -> list[Span]:
    spans: list[Span] = []
    start = 0
    ends = [(match.start(), match.end()) for match in boundary.finditer(text)]
    for end, following in [*ends, (len(text), len(text))]:
        part = text[start:end]
        if any(letter.isalnum() for letter in part):
            spans.append((start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())))
        start = following
    return spans


def blanked(text: str, spans: Iterable[Span]) -> str:
    """Return ``text`` with spaces for ``spans``, so that every other character keeps its place."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def words(text: str) -> list[str]:
    """Return the words of ``text`` in lower case."""
    return _WORD.findall(text.lower().replace("’", "'"))


def reports_speech(sentence: str) -> bool:
    """Tell whether the sentence repeats what somebody else said, or disowns it."""
    return bool(text_pattern("reported").search(sentence))


def addresses_grader(sentence: str) -> bool:
    """Tell whether the sentence speaks to whoever grades the turn and not to the customer.

    A list of the names of techniques does: no customer is meant by "empathy, apology, next steps".
    """
    names = len(text_pattern("technique_name").findall(sentence))
    recites = names >= _RECITED and 2 * names >= len(words(sentence))
    return recites or bool(text_pattern("to_the_grader").search(sentence))


def strong_feeling(text: str) -> bool:
    """Tell whether a customer's message carries strong feeling."""
    return bool(text_pattern("loud").search(text) or text_pattern("feeling").search(text))


def repeated(turn: str, context: Sequence[Said], run: int = 7) -> Span | None:
    """Return the first sentence of ``turn`` of which the trainee said ``run`` words in a row before."""
    said: set[tuple[str, ...]] = set()
    for message in context:
        if message.role == "trainee":
            spoken = words(message.text)
            said.update(tuple(spoken[i : i + run]) for i in range(len(spoken) - run + 1))
    for start, end in sentences(turn):
        spoken = words(turn[start:end])
        if any(tuple(spoken[i : i + run]) in said for i in range(len(spoken) - run + 1)):
            return start, end
    return None
