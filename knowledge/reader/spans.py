"""Finds the words of a turn an atom stands on, from a score for each token."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.reader.text import Span, clauses

_NEIGHBOUR = 0.6
"""A clause joins the quote when its score is at least this share of the best clause's."""

_SURE = 0.35
"""... and at least this high in itself."""


def locate(turn: str, tokens: Sequence[Span], scores: NDArray[np.float32]) -> Span:
    """Return the run of clauses of ``turn`` whose ``tokens`` score highest.

    ``scores`` are probabilities, one for each token. A turn without a letter is its own quote.
    """
    parts = clauses(turn)
    if not parts or not tokens:
        return 0, len(turn)
    means = [_mean(part, tokens, scores) for part in parts]
    first = last = int(np.argmax(means))
    enough = max(_SURE, _NEIGHBOUR * means[first])
    while first > 0 and means[first - 1] >= enough:
        first -= 1
    while last + 1 < len(parts) and means[last + 1] >= enough:
        last += 1
    return parts[first][0], parts[last][1]


def _mean(part: Span, tokens: Sequence[Span], scores: NDArray[np.float32]) -> float:
    inside = [score for (start, end), score in zip(tokens, scores, strict=True) if start < part[1] and end > part[0]]
    return float(sum(inside)) / len(inside) if inside else 0.0
