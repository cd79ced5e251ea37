"""How heated a customer's words are: by the signs of a rant, and by meaning, as the cards' own lines grow hotter."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graph.guards.stage import words
from knowledge.embedding import embed
from knowledge.text import sentences
from personas.card import Card

SAMPLE = 24
"""Lines of each heat and card that show what hot and cool sound like."""
SIGNS = 2
"""Signs of a rant that make one. `evals.rsics` measures it against requests that people tagged."""
_RANT_WORDS = re.compile(
    r"\b(?:ridiculous|disgrac\w*|disgust\w*|appalling|unacceptable|outrageous|pathetic|useless|awful|terrible|horrible"
    r"|horrendous|worst|rip[- ]?off|joke|rubbish|crap|damn|hell|stupid|idiot\w*|incompetent|shameful|shambles|insult\w*"
    r"|furious|angry|fed up|sick of|lie[sd]?|liar|lying|cheat\w*|steal\w*|scam|nightmare|fiasco|how dare|a cheek"
    r"|shame on|nobody|no one|not one|never|hate|annoy\w*|frustrat\w*|ignor\w*|waste|complain\w*|rude)\b",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
SAME, LEAST = 0.5, 5
"""Share of word pairs in common from which a sentence says an earlier one again, with so many words at least."""


def rants(text: str) -> bool:
    """Tell whether a text has several signs of a rant: rant words, an exclamation mark, words in capitals."""
    signs = len(_RANT_WORDS.findall(text)) + ("!" in text) + bool(_SHOUTED.search(text))
    return signs >= SIGNS


def heats(texts: Sequence[str], card: Card, others: Sequence[Card]) -> list[float]:
    """Return how hot each text sounds, on the way from the cool to the hot lines of the other cards; no fixed zero."""
    known = [other for other in others if other.id != card.id]
    if not (texts and known):
        return [0.0] * len(texts)
    axis = np.sum([_axis(_lines(other, "hot"), _lines(other, "cool")) for other in known], axis=0)
    return [round(float(heat), 4) for heat in embed(texts) @ axis]


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the rank correlation, -1 to 1; None for fewer than three pairs or where one of them never changes."""
    if len(one) < 3 or len(set(one)) == 1 or len(set(other)) == 1:
        return None
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def repeats(replies: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Return each sentence that was said in an earlier reply, what it says again, and whether word for word."""
    found: list[tuple[str, str, bool]] = []
    before: list[tuple[str, list[str]]] = []
    for reply in replies:
        spoken = [(reply[a:b], words(reply[a:b])) for a, b in sentences(reply)]
        spoken = [(text, said) for text, said in spoken if len(said) >= LEAST]
        for text, said in spoken:
            if again := next((old for old, of in before if _alike(said, of)), ""):
                found.append((text, again, said == words(again)))
        before += spoken
    return found


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    pairs, others = set(pairwise(one)), set(pairwise(other))
    return len(pairs & others) >= SAME * len(pairs | others)


def _lines(card: Card, band: str) -> tuple[str, ...]:
    """Return lines of a heat, evenly from all over the card."""
    lines = [line for place, line in card.spoken() if band in place]
    picked = np.linspace(0, len(lines) - 1, min(SAMPLE, len(lines))).astype(int)
    return tuple(lines[n] for n in picked)


@cache
def _axis(hot: tuple[str, ...], cool: tuple[str, ...]) -> NDArray[np.float32]:
    axis: NDArray[np.float32] = embed(hot).mean(axis=0) - embed(cool).mean(axis=0)
    return axis


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Return ranks from 0; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: NDArray[np.float64] = (ends - (counts + 1) / 2)[place]
    return ranks
