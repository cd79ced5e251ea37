"""How far the evaluator agrees with labels, and with itself from run to run.

On well-made messages, and on messages as people type them in a hurry. The conversations and their two label files stand
in ``evals/data``; their labels are a language model's, not people's. With two label files an atom counts as there where
both have it, is left out where one has it, and counts as absent where neither has; the grade is compared with each file
and averaged. Intervals draw whole conversations.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evals.intervals import draws, ends, mean_figure, ratio_figure
from evals.suite import Data, Figure, Item, Result
from evals.tools import Tools
from graph import recorded
from graph.recorded import Conversation
from knowledge.taxonomy import MISSTEPS, TECHNIQUES

DATA = Path(__file__).parents[1] / "data"
FAST = 6
KINDS = ("techniques", "missteps", "called_for")
GRADES = 5
Floats = NDArray[np.float64]


class Turn(NamedTuple):
    """One labelled turn: what the evaluator said of it, and what each label file says."""

    conversation: str
    result: Data
    labels: Sequence[Data]


class Count(NamedTuple):
    """One id in one turn, or many of them: right, wrong, missed, rightly left out."""

    conversation: str
    right: int
    wrong: int
    missed: int
    absent: int


@dataclass(frozen=True)
class Agreement:
    """Grades recorded conversations with the evaluator alone, and compares."""

    conversations: Path = DATA / "conversations-dev.jsonl"
    labels: tuple[Path, ...] = (DATA / "labels-dev-a.jsonl", DATA / "labels-dev-b.jsonl")
    name: str = "agreement"
    about: str = "the evaluator against labels: atoms, grade, bias, and the same from run to run"

    def items(self, fast: bool) -> list[Item]:
        """Return the conversations, each with the labels of its turns."""
        labels = [{row["id"]: row for row in _rows(path)} for path in self.labels]
        return [
            Item(one.id, {**one.model_dump(mode="json"), "labels": [list(_of(one.id, file)) for file in labels]})
            for one in recorded.read(self.conversations)[: FAST if fast else None]
        ]

    def play(self, item: Item, tools: Tools) -> Result:
        """Grade every trainee turn."""
        conversation = Conversation.model_validate(item.input)
        rows = list(recorded.grade([conversation], tools.reader, tools.evaluator, tools.knowledge))
        turns = list(_turns(item, {"turns": rows}))
        off = [d for turn in turns if (d := _difference(turn)) is not None]
        verdicts = iter(rows)
        return {
            "scores": {"grade difference": mean(off) if off else None, "size of difference": _mean_size(off)},
            "turns": [{key: value for key, value in row.items() if key != "ms"} for row in rows],
            "transcript": [_shown(turn.role, turn.text, verdicts) for turn in conversation.turns],
            "problems": [says for turn in turns if (says := _far_off(turn))],
            "timing": {"ms": [row["ms"] for row in rows]},
        }

    def figures(self, results: Sequence[tuple[Item, Result]]) -> dict[str, Figure]:
        """Return agreement with the labels: of the grade, of the atoms together and of each."""
        turns = [turn for item, result in results for turn in _turns(item, result)]
        figures = dict(_grades(turns))
        for kind in KINDS:
            counts = [count for found in _counts(turns, kind).values() for count in found]
            figures |= {f"{kind}/{name}": figure for name, figure in _scores(counts)}
        for kind in ("techniques", "missteps"):
            found = _counts(turns, kind)
            for one in TECHNIQUES if kind == "techniques" else MISSTEPS:
                here = found.get(one, [])
                figures |= {f"{one}/{name}": figure for name, figure in (*_scores(here), ("kappa", _kappa_of(here)))}
        return figures | dict(_run_to_run(results))


TYPED = Agreement(
    DATA / "conversations-typed.jsonl", (DATA / "labels-typed-a.jsonl", DATA / "labels-typed-b.jsonl"),
    "agreement-typed", "the same on messages as people type them: short, in a hurry, in lower case",
)  # fmt: skip


def _turns(item: Item, result: Result) -> Iterator[Turn]:
    """Yield the turns of a sample that every label file has."""
    labels = [{row["id"]: row for row in file} for file in item.input["labels"]]
    for row in result["turns"]:
        if labels and all(row["id"] in file for file in labels):
            yield Turn(item.id, row, [file[row["id"]] for file in labels])


def _grades(turns: Sequence[Turn]) -> Iterator[tuple[str, Figure]]:
    def figure(of: Callable[[float], float | bool], better: str, about: str) -> Figure:
        off = ((turn.conversation, _difference(turn)) for turn in turns)
        return mean_figure(((group, None if d is None else of(d)) for group, d in off), better, about)  # type: ignore[arg-type]

    yield "grade kappa", _grade_kappa(turns)
    yield "grade exact", mean_figure(_exact(turns), "higher", "share of grades equal to the labels'")
    yield "grade within one", figure(lambda d: abs(d) <= 1, "higher", "share of grades at most one off")
    yield "grade bias", figure(lambda d: d, "-", "mean difference, evaluator less labels")


def _exact(turns: Sequence[Turn]) -> Iterator[tuple[str, float | None]]:
    for turn in turns:
        ours = turn.result["grade"]
        yield turn.conversation, None if ours is None else mean(ours == label["grade"] for label in turn.labels)


def _grade_kappa(turns: Sequence[Turn]) -> Figure:
    """Return the quadratic-weighted kappa, averaged over the label files."""
    about = "quadratic-weighted kappa of the grade"
    graded = [turn for turn in turns if turn.result["grade"] is not None]
    if not graded:
        return Figure(None, unscored=len(turns), better="higher", about=about)
    names = sorted({turn.conversation for turn in graded})
    tables = np.zeros((len(names), len(graded[0].labels), GRADES, GRADES))
    for turn in graded:
        for n, label in enumerate(turn.labels):
            tables[names.index(turn.conversation), n, turn.result["grade"], label["grade"]] += 1
    value = float(_kappas(tables.sum(axis=0)).mean())
    low, high = ends(np.array([_kappas(tables[draw].sum(axis=0)).mean() for draw in draws(len(names))]))
    return Figure(value, low, high, len(graded), len(turns) - len(graded), "higher", about)


def _kappas(tables: Floats) -> Floats:
    """Return the kappa of each table of pairs of grades, nan where there is no spread."""
    weights = (np.arange(GRADES)[:, None] - np.arange(GRADES)) ** 2
    observed = (tables * weights).sum(axis=(-2, -1)) * tables.sum(axis=(-2, -1))
    expected = np.einsum("...i,...j,ij->...", tables.sum(axis=-1), tables.sum(axis=-2), weights)
    kappas: Floats = 1 - np.divide(observed, expected, out=np.full_like(expected, np.nan), where=expected > 0)
    return kappas


def _counts(turns: Sequence[Turn], kind: str) -> dict[str, list[Count]]:
    """Return, for every id of a kind, what came of it in each turn where the label files are of one mind."""
    found: dict[str, list[Count]] = defaultdict(list)
    for turn in turns:
        files = [_ids(label, kind) for label in turn.labels]
        sure, any_, said = set.intersection(*files), set.union(*files), _ids(turn.result, kind)
        for one in (*TECHNIQUES, *MISSTEPS):
            if one in sure or one not in any_:
                there, seen = one in sure, one in said
                cells = (there and seen, seen and not there, there and not seen, not there and not seen)
                found[one].append(Count(turn.conversation, *map(int, cells)))
    return found


def _scores(counts: Sequence[Count]) -> Iterator[tuple[str, Figure]]:
    """Yield precision, recall and F1; each n is how often what is below the line was there."""
    there, claimed = sum(c.right + c.missed for c in counts), sum(c.right + c.wrong for c in counts)
    parts = {
        "precision": (claimed, [(c.conversation, c.right, c.right + c.wrong) for c in counts]),
        "recall": (there, [(c.conversation, c.right, c.right + c.missed) for c in counts]),
        "F1": (there, [(c.conversation, 2 * c.right, 2 * c.right + c.wrong + c.missed) for c in counts]),
    }
    for name, (n, ratio) in parts.items():
        yield name, replace(ratio_figure(ratio, "higher", name), n=n)


def _kappa_of(counts: Sequence[Count]) -> Figure:
    """Return Cohen's kappa of one id: there or not there."""
    about = "Cohen's kappa"
    names = sorted({count.conversation for count in counts})
    cells = np.zeros((len(names), 4))
    for count in counts:
        cells[names.index(count.conversation)] += count[1:]
    if not cells[:, :3].any():
        return Figure(None, n=0, better="higher", about=about)
    low, high = ends(_cohen(cells[draws(len(names))].sum(axis=1)))
    there = int(cells[:, 0].sum() + cells[:, 2].sum())
    return Figure(float(_cohen(cells.sum(axis=0))), low, high, there, 0, "higher", about)


def _cohen(cells: Floats) -> Floats:
    right, wrong, missed, absent = np.moveaxis(cells, -1, 0)
    n = cells.sum(axis=-1)
    by_chance = (right + wrong) * (right + missed) + (wrong + absent) * (missed + absent)
    left = n * n - by_chance
    kappa: Floats = np.divide((right + absent) * n - by_chance, left, out=np.zeros_like(left), where=left > 0)
    return kappa


def _run_to_run(results: Sequence[tuple[Item, Result]]) -> Iterator[tuple[str, Figure]]:
    """Yield how far two epochs agree on the same turn; nothing where there was one epoch."""
    runs: dict[tuple[str, str], list[Data]] = defaultdict(list)
    for item, result in results:
        for row in result["turns"]:
            runs[item.id, row["id"]].append(row)
    pairs = [(key[0], a, b) for key, rows in sorted(runs.items()) for a, b in combinations(rows, 2)]
    if pairs:
        grades = [(group, a["grade"], b["grade"]) for group, a, b in pairs]
        same = ((group, None if None in (a, b) else a == b) for group, a, b in grades)
        yield "run to run/same grade", mean_figure(same, "higher", "share of turns graded alike in two epochs")
        for kind in ("techniques", "missteps"):
            shared = [(group, _ids(a, kind), _ids(b, kind)) for group, a, b in pairs]
            parts = ((group, 2 * len(a & b), len(a) + len(b)) for group, a, b in shared)
            yield f"run to run/{kind} F1", ratio_figure(parts, "higher", f"{kind} of one epoch against another's")


def _ids(row: Data, kind: str) -> set[str]:
    return {one["id"] if isinstance(one, dict) else one for one in row.get(kind, [])}


def _difference(turn: Turn) -> float | None:
    ours = turn.result["grade"]
    return None if ours is None else float(ours - mean(label["grade"] for label in turn.labels))


def _mean_size(differences: Sequence[float]) -> float | None:
    return mean(map(abs, differences)) if differences else None


def _far_off(turn: Turn) -> str:
    off, labelled = _difference(turn), [label["grade"] for label in turn.labels]
    if off is None:
        return f"{turn.result['id']}: not graded"
    return f"{turn.result['id']}: graded {turn.result['grade']}, labelled {labelled}" if abs(off) > 1 else ""


def _shown(role: str, text: str, verdicts: Iterator[Data]) -> Data:
    shown: Data = {"role": role, "text": text}
    if role == "trainee":
        verdict = next(verdicts)
        shown |= {"grade": verdict["grade"], "why": verdict["why"]}
        shown |= {kind: sorted(_ids(verdict, kind)) for kind in ("techniques", "missteps")}
    return shown


def _of(conversation: str, labels: dict[str, Data]) -> Iterator[Data]:
    """Yield the labels of one conversation's turns."""
    return (row for key, row in labels.items() if key.rsplit("#", 1)[0] == conversation)


def _rows(path: Path) -> Iterator[Data]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip())
