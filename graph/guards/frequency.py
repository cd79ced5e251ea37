"""How common English words are: the vocabulary of the packaged sentence model is sorted by frequency."""

import importlib.resources
from functools import cache

UNKNOWN = 30000
"""The rank of a word that is not in the vocabulary."""
_FIRST = 1996
"""Where whole words begin in it, the most frequent first."""


def rank(word: str) -> int:
    """Return how many words are more frequent, about."""
    return _ranks().get(word, UNKNOWN)


@cache
def _ranks() -> dict[str, int]:
    listed = (importlib.resources.files("knowledge") / "minilm" / "vocab.txt").read_text(encoding="utf-8")
    return {word: n - _FIRST for n, word in enumerate(listed.splitlines())}
