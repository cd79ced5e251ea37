"""95 % intervals by the bootstrap: whole groups are drawn again, for scores of one group are not independent."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evals.suite import Better, Figure

DRAWS = 2000
SEED = 1
"""Intervals are part of a result, so they are the same each time."""
T = TypeVar("T")
Floats = NDArray[np.float64]


def mean_figure(
    scores: Iterable[tuple[Hashable, float | bool | None]], better: Better, about: str, *, timed: bool = False
) -> Figure:
    """Return the mean of scores with its interval.

    Args:
        scores: each with the group it belongs to, as a conversation or a card; None is unscored.
        better: which way is better.
        about: what the figure says.
        timed: whether the scores come from a clock.
    """
    parts = [(group, None if score is None else float(score), 1) for group, score in scores]
    return ratio_figure(parts, better, about, timed=timed)


def ratio_figure(
    parts: Iterable[tuple[Hashable, float | None, float]], better: Better, about: str, *, timed: bool = False
) -> Figure:
    """Return one sum over another, with its interval: precision, a mean, F1.

    Args:
        parts: each with its group, what it adds above (None is unscored) and what it adds below.
        better: which way is better.
        about: what the figure says.
        timed: whether the parts come from a clock.
    """
    sums: dict[Hashable, list[float]] = {}
    n = unscored = 0
    for group, top, bottom in parts:
        if top is None:
            unscored += 1
        else:
            n += 1
            total = sums.setdefault(group, [0.0, 0.0])
            total[0] += top
            total[1] += bottom
    tops, bottoms = np.array([*sums.values()], dtype=np.float64).reshape(-1, 2).T
    if not bottoms.sum():
        return Figure(None, n=n, unscored=unscored, better=better, about=about, timed=timed)
    value = float(tops.sum() / bottoms.sum())
    if len(tops) == 1:  # one group alone says nothing of how groups differ
        return Figure(value, None, None, n, unscored, better, about, timed)
    drawn = draws(len(tops))
    below = bottoms[drawn].sum(axis=1)
    low, high = ends(np.divide(tops[drawn].sum(axis=1), below, out=np.full(DRAWS, np.nan), where=below > 0))
    return Figure(value, low, high, n, unscored, better, about, timed)


def interval(
    groups: Mapping[str, Sequence[T]], score: Callable[[Sequence[T]], float], seed: int = SEED
) -> tuple[float, float]:
    """Return the interval of any score of what lies in the groups; slower than `ratio_figure`."""
    names = sorted(groups)
    return ends(np.array([score([x for n in draw for x in groups[names[n]]]) for draw in draws(len(names), seed)]))


def mean_interval(values: Sequence[float], seed: int = SEED) -> tuple[float, float]:
    """Return the interval of the mean of independent values."""
    return ends(np.array(values, dtype=np.float64)[draws(len(values), seed)].mean(axis=1))


def draws(groups: int, seed: int = SEED) -> NDArray[np.int64]:
    """Return which groups are drawn each time: `DRAWS` rows of as many as there are."""
    return np.random.default_rng(seed).integers(groups, size=(DRAWS, groups))


def ends(drawn: Floats) -> tuple[float, float]:
    """Return the ends of the interval of what was drawn; draws that gave nothing are left out."""
    low, high = np.nanpercentile(drawn, (2.5, 97.5), method="inverted_cdf")
    return float(low), float(high)
