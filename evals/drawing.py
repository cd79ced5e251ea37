"""The charts of a report: small SVG pictures, drawn as text. What they show stands beside them in words too."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

WIDTH, HEIGHT = 150, 26
_MIDDLE = 8
_BARS, _TALL = 12, 64
_ENDS = (1.0, 4.0, 5.0, 10.0)
"""Where an axis ends, if what is shown fits: shares, grades, moods, turns."""


class Axis(NamedTuple):
    """From where to where a chart goes."""

    low: float
    high: float

    @staticmethod
    def around(values: Sequence[float]) -> "Axis":
        """Return an axis from 0, or below it where values are, to a round end above them."""
        low, high = min(values, default=0.0), max(values, default=1.0)
        ends = [end for end in _ENDS if end >= max(high, -low)]
        end = ends[0] if ends else max(high, -low) * 1.1
        return Axis(-end if low < 0 else 0.0, end)

    def place(self, value: float) -> float:
        """Return where a value stands, in pixels from the left."""
        return round(4 + (value - self.low) / (self.high - self.low) * (WIDTH - 8), 1)


def span(
    axis: Axis, value: float | None, low: float | None, high: float | None, limits: Sequence[float] = ()
) -> Markup:
    """Return a value with its interval on an axis; limits are upright lines."""
    if value is None:
        return Markup("")
    parts = [f'<line class="axis" x1="4" x2="{WIDTH - 4}" y1="{_MIDDLE}" y2="{_MIDDLE}"/>', *_written(axis, HEIGHT)]
    if axis.low < 0 < axis.high:
        parts.append(_upright("zero", axis.place(0)))
    if low is not None and high is not None:
        left, wide = axis.place(low), max(1.0, round(axis.place(high) - axis.place(low), 1))
        parts.append(f'<rect class="span" x="{left}" y="{_MIDDLE - 4}" width="{wide}" height="8" rx="4"/>')
    parts += [_upright("limit", axis.place(limit)) for limit in limits]
    parts.append(f'<circle class="dot" cx="{axis.place(value)}" cy="{_MIDDLE}" r="4"/>')
    return _svg(WIDTH, HEIGHT, parts)


def histogram(values: Sequence[float]) -> Markup:
    """Return how values are spread, with the ends of the axis under it: a bar for each whole number, or twelve."""
    low, high = min(values), max(values)
    whole = all(value.is_integer() for value in values) and high - low < _BARS
    bars = int(high - low) + 1 if whole else _BARS
    size = 1.0 if whole else (high - low) / _BARS or 1.0
    counts = Counter(min(bars - 1, int((value - low) / size)) for value in values)
    most = max(counts.values())
    wide = (WIDTH - 8) / bars
    parts = _written(Axis(low, high), _TALL)
    for n in range(bars):
        tall = round(counts[n] / most * (_TALL - 20), 1)
        x, y = round(4 + n * wide + 1, 1), round(_TALL - 16 - tall, 1)
        title = f"{low + n:g}" if whole else f"{low + n * size:.2f} to {low + (n + 1) * size:.2f}"
        bar = f'<rect class="bar" x="{x}" y="{y}" width="{min(34, round(wide - 2, 1))}" height="{tall}" rx="2">'
        parts.append(f"{bar}<title>{title}: {counts[n]}</title></rect>")
    parts.append(f'<line class="axis" x1="4" x2="{WIDTH - 4}" y1="{_TALL - 15}" y2="{_TALL - 15}"/>')
    return _svg(WIDTH, _TALL, parts)


def _upright(kind: str, x: float) -> str:
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="0" y2="{2 * _MIDDLE}"/>'


def _written(axis: Axis, bottom: int) -> list[str]:
    """Return the ends of an axis as text under it."""
    return [
        f'<text x="4" y="{bottom - 2}">{axis.low:.3g}</text>',
        f'<text x="{WIDTH - 4}" y="{bottom - 2}" text-anchor="end">{axis.high:.3g}</text>',
    ]


def _svg(width: int, height: int, parts: Sequence[str]) -> Markup:
    """Return a picture of numbers alone, so that nothing in it needs escaping."""
    inside = "".join(parts)
    return Markup(
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">{inside}</svg>'
    )
