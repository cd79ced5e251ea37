"""How far the evaluator agrees with labels: ``python -m evals.agreement``.

With two label files an atom is positive where both have it, left out where one has it, negative where neither
has; the grade is compared with each file and averaged. Intervals are 95 %, by drawing whole conversations again.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from graph import recorded
from graph.evaluator import BuiltInEvaluator
from graph.session import open_knowledge
from knowledge.reader import load_reader
from knowledge.taxonomy import MISSTEPS, TECHNIQUES

DATA = Path(__file__).parent / "data"
KINDS = ("techniques", "missteps", "called_for")
DRAWS = 1000
GRADES = 5

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """One turn: what was said of it by the evaluator and by each label file."""

    conversation: str
    result: Row
    labels: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Right, wrong and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Add up."""
        return Counts(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """Return the share of what was claimed that is there; nan where nothing was claimed."""
        return _ratio(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Return the share of what is there that was found; nan where nothing is there."""
        return _ratio(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both; nan where there is nothing to find and nothing was claimed."""
        return _ratio(2 * self.right, 2 * self.right + self.wrong + self.missed)


def judged(results: Iterable[Row], labels: Sequence[Sequence[Row]]) -> list[Judged]:
    """Put results and labels of the same turn together; a turn without a result is left out and counted by `main`."""
    by_id = [{row["id"]: row for row in file} for file in labels]
    return [
        Judged(row["id"].rsplit("#", 1)[0], row, tuple(file[row["id"]] for file in by_id))
        for row in results
        if all(row["id"] in file for file in by_id)
    ]


def counts(turns: Iterable[Judged], kind: str) -> dict[str, Counts]:
    """Return the counts of every id of ``kind`` over the turns."""
    found: dict[str, Counts] = {}
    for turn in turns:
        files = [_ids(label, kind) for label in turn.labels]
        sure, any_ = set.intersection(*files), set.union(*files)
        said = _ids(turn.result, kind)
        for one in sure | (said - any_):
            add = Counts(one in sure and one in said, one not in sure, one in sure and one not in said)
            found[one] = found.get(one, Counts()) + add
    return found


def micro_f1(turns: Iterable[Judged], kind: str) -> float:
    """Return F1 over all ids of a kind together."""
    return sum(counts(turns, kind).values(), Counts()).f1


def kappa(turns: Sequence[Judged]) -> float:
    """Return the quadratic-weighted kappa of the grade, averaged over the label files."""
    graded = [turn for turn in turns if turn.result["grade"] is not None]
    files = range(len(graded[0].labels)) if graded else ()
    return mean(_kappa([(t.result["grade"], t.labels[f]["grade"]) for t in graded]) for f in files)


def within_one(turns: Sequence[Judged]) -> float:
    """Return the share of graded turns at most one grade off."""
    return mean(abs(d) <= 1 for d in _differences(turns))


def bias(turns: Sequence[Judged]) -> float:
    """Return the mean difference of grade, evaluator less labels."""
    return mean(_differences(turns))


def interval(turns: Sequence[Judged], score: Callable[[Sequence[Judged]], float], seed: int = 1) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a score, drawing whole conversations."""
    groups: dict[str, list[Judged]] = {}
    for turn in turns:
        groups.setdefault(turn.conversation, []).append(turn)
    names, chance = sorted(groups), random.Random(seed)
    drawn = sorted(
        score([turn for name in chance.choices(names, k=len(names)) for turn in groups[name]]) for _ in range(DRAWS)
    )
    return drawn[int(0.025 * DRAWS)], drawn[int(0.975 * DRAWS) - 1]


def f1_interval(turns: Sequence[Judged], kind: str, ids: Iterable[str], seed: int = 1) -> tuple[float, float]:
    """Return the same for the F1 of ``ids`` together, from the counts of each conversation."""
    wanted = set(ids)
    per: dict[str, Counts] = {}
    for turn in turns:
        here = sum((c for one, c in counts([turn], kind).items() if one in wanted), Counts())
        per[turn.conversation] = per.get(turn.conversation, Counts()) + here
    names, chance = sorted(per), random.Random(seed)
    drawn = sorted(_f1([per[name] for name in chance.choices(names, k=len(names))]) for _ in range(DRAWS))
    return drawn[int(0.025 * DRAWS)], drawn[int(0.975 * DRAWS) - 1]


def main(argv: Sequence[str] | None = None) -> int:
    """Grade the conversations, or take results, and print the table."""
    parser = argparse.ArgumentParser(description="How far the evaluator agrees with labels")
    parser.add_argument("--conversations", type=Path, default=DATA / "conversations-dev.jsonl")
    parser.add_argument("--labels", type=Path, nargs="+", default=[DATA / f"labels-dev-{x}.jsonl" for x in "ab"])
    parser.add_argument("--results", type=Path, help="take these results of `sparring grade` and grade nothing")
    args = parser.parse_args(argv)
    results = _read(args.results) if args.results else _graded(args.conversations)
    turns = judged(results, [_read(path) for path in args.labels])
    _print(turns, len(results))
    return 0


def _graded(path: Path) -> list[Row]:
    return list(recorded.grade(recorded.read(path), load_reader(), BuiltInEvaluator(), open_knowledge()))


def _print(turns: Sequence[Judged], results: int) -> None:
    for kind, known in (("techniques", TECHNIQUES), ("missteps", MISSTEPS), ("called_for", TECHNIQUES)):
        print(f"\n{kind:22} n     P     R    F1   95 % interval")
        found = counts(turns, kind)
        for one in sorted(known, key=lambda one: -_there(found.get(one, Counts()))):
            c = found.get(one, Counts())
            low, high = f1_interval(turns, kind, [one])
            print(f"{one:22}{_there(c):3}  {c.precision:.2f}  {c.recall:.2f}  {c.f1:.2f}   {low:.2f} to {high:.2f}")
    print()
    for kind in KINDS:
        low, high = f1_interval(turns, kind, [*TECHNIQUES, *MISSTEPS])
        print(f"{kind:12} micro-F1 {micro_f1(turns, kind):.3f}  ({low:.2f} to {high:.2f})")
    for name, score in (("kappa", kappa), ("within one", within_one), ("bias", bias)):
        low, high = interval(turns, score)
        print(f"grade        {name} {score(turns):.3f}  ({low:.2f} to {high:.2f})")
    graded = sum(turn.result["grade"] is not None for turn in turns)
    print(f"{graded} of {len(turns)} labelled turns graded, {results - len(turns)} results without a label")
    print(f"{median(turn.result['ms'] for turn in turns):.1f} ms a turn (median: reading, retrieval and verdict)")


def _ids(row: Row, kind: str) -> set[str]:
    return {one["id"] if isinstance(one, dict) else one for one in row.get(kind, [])}


def _there(c: Counts) -> int:
    return c.right + c.missed


def _differences(turns: Sequence[Judged]) -> list[float]:
    graded = [turn for turn in turns if turn.result["grade"] is not None]
    return [turn.result["grade"] - mean(label["grade"] for label in turn.labels) for turn in graded]


def _kappa(pairs: Sequence[tuple[int, int]]) -> float:
    seen, ours, theirs = Counter(pairs), Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    cells = [(i, j) for i in range(GRADES) for j in range(GRADES)]
    observed = sum(seen[i, j] * (i - j) ** 2 for i, j in cells)
    expected = sum(ours[i] * theirs[j] * (i - j) ** 2 for i, j in cells) / len(pairs)
    return 1 - observed / expected if expected else float("nan")


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _f1(drawn: Iterable[Counts]) -> float:
    """Return F1, 0 where a draw has nothing to find."""
    right = wrong = missed = 0
    for c in drawn:
        right, wrong, missed = right + c.right, wrong + c.wrong, missed + c.missed
    return 2 * right / (2 * right + wrong + missed) if right else 0.0


def _read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    raise SystemExit(main())
