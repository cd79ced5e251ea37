"""Guards of the form: a reply is a few words of plain text, new ones, and none of ours."""

import re
from collections.abc import Sequence
from functools import lru_cache

from graph.guards.stage import Finding, Stage, either, spans, words

MOST_WORDS = {"chat": 110, "phone": 130, "email": 260}
"""Longest reply by channel: a good deal more than the prompt asks for."""
SAME_WORDS = 5
"""Least words of a sentence that counts as said again."""
SHORT_WORDS, THRICE = 3, 3
"""Shorter ones, of at least so many words, count from the third time in one reply. "No. No. No." is talk."""
ALIKE = 0.7
"""Share of three-word runs in common from which two sentences are the same, with at least NEAR_WORDS words."""
NEAR_WORDS = 8
RUN = 6
"""Words in a row out of the prompt that give it away; a whole sentence of SENTENCE words does as well."""
SENTENCE = 4

_LABEL = (
    r"(?:customer|agent|assistant|user|system|human|ai|model|trainee|director|narrator|response|reply|output|answer|bob|judge|"
    r"customer reply|customer's reply|final answer)"
)
_MARKUP = either(
    r"```", r"<\|[^|\n]{0,40}\|>", r"\[/?(?:INST|SYS|system|instructions?)\]", r"<</?\w+[^>\n]{0,40}>>",
    r"</?[a-z][\w-]*(?: [^<>\n]*)?/?>", r"\*\*[^*\n]+\*\*", r"(?:^|\n)\s*#{1,6} \w", r"(?:^|\n)\s*#{3,}",
    r"(?:^|\n)\s*[-*•] \S", r"(?:^|\n)\s*\d{1,2}[.)] \S[^\n]*\n\s*\d{1,2}[.)] \S",
    r"^\s*\d{1,2}[:.]\d\d\s*\n", r"[\[{]\s*\"?\w+\"?\s*:\s*[\"\d\[{tfn]", r"\{\w*\}", r"\$\{?[A-Za-z_]+\}?",
    rf"(?:^|\n)\s*\"?{_LABEL}(?: \([^)\n]*\))?\"? ?:(?!\d)", r"\|\s*-{3,}", r"<think",
)  # fmt: skip
_CODED = re.compile(
    r"\b(?=[A-Za-z0-9+/]*[0-9+/])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{24,}={0,2}"
    r"|(?:\b[0-9a-f]{2}[ ,]+){10,}|\b[0-9a-f]{40,}\b"
    r"|(?:[.\-–·_]{1,6}[ /]+){4,}|(?:\b\w[.\-_ ]+){9,}\w\b|\b[01]{8}(?: [01]{8}){2,}"
)
_TITLE = re.compile(r"^\s*([^\n:.!?]{4,60}):", re.MULTILINE)
"""What a line begins with, up to a colon."""
_LEET = re.compile(r"\b(?=\w*\d)(?=\w*[a-z])(?:[a-z]+\d+[a-z]\w*|\d+[a-z]+\d*\w*[a-z]\w*)\b", re.IGNORECASE)
_UNITS = re.compile(
    r"\d+(?:st|nd|rd|th|am|pm|p|km|m|kg|g|cm|mm|ml|l|k|h|min|mins|s|x|d|v|w|kw|gb|mb|hr|hrs|a|b|c|e|f)|[a-z]{1,2}\d+",
    re.IGNORECASE,
)


def says_nothing(text: str, stage: Stage) -> Finding | None:
    """Find a reply without a word."""
    if stage.growing or any(sign.isalnum() for sign in text):
        return None
    return Finding("empty", "no words", (0, len(text)))


def goes_on_too_long(text: str, stage: Stage) -> Finding | None:
    """Find a reply that nobody would write in this channel."""
    most = MOST_WORDS[stage.card.channel]
    spoken = list(re.finditer(r"\S+", text))
    if len(spoken) <= most:
        return None
    return Finding("long", f"more than {most} words for {stage.card.channel}", (spoken[most].start(), len(text)))


def marks_up(text: str, stage: Stage) -> Finding | None:
    """Find what is no plain talk: markup, data, role labels, left slots, coded text."""
    label = re.compile(
        rf"(?:^|\n)\s*{re.escape(stage.card.name.split()[0])}(?: {re.escape(stage.card.name.split()[-1])})? ?:"
    )
    for pattern in (_MARKUP, label, _CODED):
        if hit := pattern.search(text):
            return Finding("markup", f"not plain talk: {hit[0][:40]!r}", hit.span())
    leet = [hit for hit in _LEET.finditer(text) if not _UNITS.fullmatch(hit[0]) and hit[0] not in stage.said]
    if len(leet) >= 3:
        return Finding("markup", f"letters for figures: {leet[0][0]!r}", leet[0].span())
    return None


def repeats_itself(text: str, stage: Stage) -> Finding | None:
    """Find a sentence that the customer has said before in this session or this reply, word for word or nearly."""
    earlier = [words(line[a:b]) for line in stage.earlier for a, b in spans(line)]
    here: list[list[str]] = []
    for start, end in spans(text):
        spoken = words(text[start:end])
        cut = stage.growing and end == len(text.rstrip())
        thrice = len(spoken) >= SHORT_WORDS and here.count(spoken) == THRICE - 1
        if thrice or any(_same(spoken, old, cut) for old in (*earlier, *here)):
            return Finding("repeats", "has said that before", (start, end))
        here.append(spoken)
    return None


def echoes(text: str, stage: Stage) -> Finding | None:
    """Find the nonce, a title, or a run of words out of what the customer was told to do."""
    if stage.nonce and (at := text.casefold().find(stage.nonce)) >= 0:
        return Finding("echoes", "says the mark of the fence", (at, at + len(stage.nonce)))
    spoken = words(text)
    runs, sentences, titles = _told(stage.prompt)
    if title := next((hit for hit in _TITLE.finditer(text) if hit[1].casefold() in titles), None):
        return Finding("echoes", f"writes a title of its instructions: {title[1]!r}", title.span())
    for n in range(len(spoken) - RUN + 1):
        if tuple(spoken[n : n + RUN]) in runs:
            return Finding("echoes", f"reads its instructions out: {' '.join(spoken[n : n + RUN])!r}", (0, len(text)))
    for start, end in spans(text):
        if tuple(words(text[start:end])) in sentences:
            return Finding("echoes", "reads a sentence of its instructions out", (start, end))
    return None


@lru_cache(maxsize=16)
def _told(prompt: str) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]], frozenset[str]]:
    """Return all runs of words of a prompt, all its sentences, and all titles of its lines."""
    told = words(prompt)
    whole = (tuple(words(prompt[a:b])) for a, b in spans(prompt))
    return (
        frozenset(tuple(told[n : n + RUN]) for n in range(len(told) - RUN + 1)),
        frozenset(sentence for sentence in whole if len(sentence) >= SENTENCE),
        frozenset(title.casefold() for title in _TITLE.findall(prompt)),
    )


def _same(spoken: Sequence[str], old: Sequence[str], cut: bool) -> bool:
    """Tell whether a sentence says an old one again; one that is still growing may be its beginning."""
    if len(spoken) >= SAME_WORDS and (
        spoken == old or (cut and len(spoken) >= NEAR_WORDS and spoken == old[: len(spoken)])
    ):
        return True
    if min(len(spoken), len(old)) < NEAR_WORDS:
        return False
    one, two = _pairs(spoken), _pairs(old)
    return len(one & two) >= ALIKE * min(len(one), len(two)) and len(one & two) >= 0.5 * max(len(one), len(two))


def _pairs(spoken: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(spoken[n : n + 2]) for n in range(len(spoken) - 1)}
