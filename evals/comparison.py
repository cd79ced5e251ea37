"""Two runs held against each other: differences of the same samples, and whether they are real.

A score that both runs have for a sample gives a difference; its 95 % interval draws samples again, always the same way.
A difference is called real where the interval leaves out 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import mean

from evals.intervals import mean_interval
from evals.record import Recorded, Sample
from evals.suite import Data

Scores = dict[str, dict[str, float]]
"""Score, then sample, to the mean over its epochs."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One score of one suite in both runs."""

    suite: str
    score: str
    n: int
    """Samples that have it in both."""
    before: float
    after: float
    low: float
    high: float
    worse: tuple[str, ...]
    """Samples in which it fell most, at most three."""
    better: tuple[str, ...]
    """And rose most."""

    @property
    def change(self) -> float:
        """Return the mean difference, the second run less the first."""
        return self.after - self.before

    @property
    def real(self) -> bool:
        """Return whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def differences(first: Recorded, second: Recorded) -> Iterator[Difference]:
    """Yield every score that both runs have, by suite."""
    for suite in _shared(first, second):
        before, after = (_scores(run.samples, suite) for run in (first, second))
        for score in (score for score in before if score in after):
            ids = [one for one in before[score] if one in after[score]]
            if ids:
                yield _difference(suite, score, {one: (before[score][one], after[score][one]) for one in ids})


def told(first: Recorded, second: Recorded) -> Iterator[str]:
    """Yield the comparison as lines for a terminal."""
    yield f"first   {first.folder}  commit {first.summary['versions']['commit']}"
    yield f"second  {second.folder}  commit {second.summary['versions']['commit']}"
    yield from (f"changed {line}" for line in _changed(first.summary, second.summary))
    suite = ""
    for one in differences(first, second):
        if one.suite != suite:
            suite = one.suite
            yield f"\n{suite:24}   n   first  second  change   95 % interval"
        shown = f"{one.before:7.3f} {one.after:7.3f} {one.change:+7.3f}   {one.low:+.3f} to {one.high:+.3f}"
        yield f"  {one.score:22} {one.n:3} {shown}   {_verdict(one)}"
        if one.real:
            yield from (f"{'':27} fell most:  {name}" for name in one.worse)
            yield from (f"{'':27} rose most:  {name}" for name in one.better)
    yield from _only(first, second, "first")
    yield from _only(second, first, "second")


def _verdict(one: Difference) -> str:
    if one.real:
        return "real: " + ("rose" if one.change > 0 else "fell")
    return "the same" if one.low == one.high == 0 else "not told apart from chance"


def _difference(suite: str, score: str, pairs: dict[str, tuple[float, float]]) -> Difference:
    off = {one: after - before for one, (before, after) in pairs.items()}
    low, high = mean_interval([*off.values()])
    ranked = sorted(off, key=lambda one: off[one])
    before, after = (mean(pair[n] for pair in pairs.values()) for n in (0, 1))
    worse, better = [o for o in ranked[:3] if off[o] < 0], [o for o in ranked[:-4:-1] if off[o] > 0]
    return Difference(suite, score, len(pairs), before, after, low, high, tuple(worse), tuple(better))


def _scores(samples: list[Sample], suite: str) -> Scores:
    found: dict[str, dict[str, list[float]]] = {}
    for sample in samples:
        if sample.suite == suite and sample.result:
            for name, value in sample.result.get("scores", {}).items():
                if value is not None:
                    found.setdefault(name, {}).setdefault(sample.id, []).append(float(value))
    return {name: {one: mean(values) for one, values in by_id.items()} for name, by_id in found.items()}


def _shared(first: Recorded, second: Recorded) -> list[str]:
    return [suite for suite in first.summary["suites"] if suite in second.summary["suites"]]


def _changed(first: Data, second: Data) -> Iterator[str]:
    """Yield what stands behind the runs and differs."""
    one, other = _flat(first["versions"]), _flat(second["versions"])
    for name in sorted({*one, *other}):
        if name != "commit" and one.get(name) != other.get(name):
            yield f"{name}: {one.get(name, 'none')} became {other.get(name, 'none')}"
    if first["seed"] != second["seed"]:
        yield f"seed: {first['seed']} became {second['seed']}"


def _flat(data: Data, before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in data.items():
        found |= _flat(value, f"{key} ") if isinstance(value, dict) else {f"{before}{key}": str(value)}
    return found


def _only(one: Recorded, other: Recorded, name: str) -> Iterator[str]:
    """Yield which suites and samples only one run has; failed samples are not had."""
    shared = _shared(one, other)
    if suites := [suite for suite in one.summary["suites"] if suite not in shared]:
        yield f"\nonly in the {name}: {', '.join(suites)}"
    theirs = {(s.suite, s.id) for s in other.samples if s.result}
    extra = sorted({(s.suite, s.id) for s in one.samples if s.result and s.suite in shared} - theirs)
    if extra:
        shown = ", ".join(f"{suite} {id}" for suite, id in extra[:10]) + (", ..." if len(extra) > 10 else "")
        yield f"\nonly in the {name}: {len(extra)} samples: {shown}"
