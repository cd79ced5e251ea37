"""Scores readings against the labels of two annotators.

An atom is positive where both annotators have it, left out where one has it, and negative where neither has.
Intervals are 95 % bootstrap intervals over conversations.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from graph.grading import ADEQUATE, grade
from knowledge.reading import Reading, Said
from knowledge.training.corpus import Row, brief_of

KINDS = ("techniques", "missteps", "called_for")

RESAMPLES, SEED = 1000, 7


def dev_rows(path: Path) -> list[Row]:
    """Return every trainee turn of a file of conversations, without labels."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        talk, number, said = json.loads(line), 0, []
        for turn in talk["turns"]:
            if turn["role"] == "trainee":
                number += 1
                id, brief = f"{talk['id']}#{number}", brief_of(talk.get("brief") or {})
                rows.append(Row(id, path.name, talk["id"], turn["text"], tuple(said), brief, (), (), None))
            said.append(Said(turn["role"], turn["text"]))
    return rows


def read_labels(path: Path) -> dict[str, dict]:
    """Return the labels of a file by turn."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {entry["id"]: entry for entry in map(json.loads, lines)}


def counts(
    readings: Mapping[str, Reading], a: Mapping[str, dict], b: Mapping[str, dict], kind: str
) -> Counter:
    """Return a counter of (conversation, atom, "hit" | "false" | "missed")."""
    found: Counter = Counter()
    for id, reading in readings.items():
        said, talk = _ids(getattr(reading, kind)), id.split("#")[0]
        in_a, in_b = _ids(a[id][kind]), _ids(b[id][kind])
        for atom in in_a & in_b:
            found[talk, atom, "hit" if atom in said else "missed"] += 1
        for atom in said - in_a - in_b:
            found[talk, atom, "false"] += 1
    return found


def _ids(atoms: Iterable[object]) -> set[str]:
    return {a["id"] if isinstance(a, dict) else getattr(a, "id", a) for a in atoms}


def scores(hit: float, false: float, missed: float) -> tuple[float, float, float]:
    """Return precision, recall and F1."""
    return hit / max(1, hit + false), hit / max(1, hit + missed), 2 * hit / max(1, 2 * hit + false + missed)


def interval(found: Counter, talks: Sequence[str], atom: str | None = None) -> tuple[float, float]:
    """Return the bootstrap interval of F1, of one atom or of all together."""
    table = np.zeros((len(talks), 3))
    for (talk, id, kind), count in found.items():
        if atom in (None, id):
            table[talks.index(talk), ("hit", "false", "missed").index(kind)] += count
    draws = np.random.default_rng(SEED).integers(len(talks), size=(RESAMPLES, len(talks)))
    values = [scores(*table[draw].sum(0))[2] for draw in draws]
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


def total(found: Counter, atom: str | None = None) -> tuple[int, int, int]:
    """Return hits, false alarms and misses, of one atom or of all together."""
    kinds = ("hit", "false", "missed")
    return tuple(
        sum(n for (_, id, k), n in found.items() if k == kind and atom in (None, id)) for kind in kinds
    )


def kappa(x: Sequence[int], y: Sequence[int]) -> float:
    """Return the quadratic-weighted kappa of two sequences of grades."""
    table = np.zeros((5, 5))
    for pair in zip(x, y, strict=True):
        table[pair] += 1
    weight = np.subtract.outer(np.arange(5), np.arange(5)) ** 2
    chance = np.outer(table.sum(1), table.sum(0)) / table.sum()
    return float(1 - (weight * table).sum() / (weight * chance).sum())


def report(name: str, readings: Mapping[str, Reading], a: Mapping[str, dict], b: Mapping[str, dict]) -> str:
    """Return one line of the table of methods."""
    talks = sorted({id.split("#")[0] for id in readings})
    cells = []
    for kind in KINDS:
        found = counts(readings, a, b, kind)
        low, high = interval(found, talks)
        cells.append(f"{scores(*total(found))[2]:.2f} ({low:.2f}-{high:.2f})")
    graded = [grade(reading).value for reading in readings.values()]
    given = [ADEQUATE if value is None else value for value in graded]  # a method must commit itself to be compared
    labels = [[file[id]["grade"] for id in readings] for file in (a, b)]
    agreed = sum(kappa(given, label) for label in labels) / 2
    middle = np.mean(labels, axis=0)
    within = np.mean(abs(given - middle) <= 1)
    cells += [f"{agreed:.2f}", f"{100 * within:.0f} %", f"{np.mean(given - middle):+.2f}"]
    return f"| {name} | " + " | ".join(cells) + " |"


def each(kind: str, found: Mapping[str, Counter], talks: Sequence[str], ids: Iterable[str]) -> list[str]:
    """Return the table of single atoms: the last method in full, the others by their F1."""
    *others, last = found
    lines = [
        f"| {kind} | n | P | R | F1 (95 %) | " + " | ".join(others) + " |",
        "|---" * (5 + len(others)) + "|",
    ]
    for id in ids:
        hit, false, missed = total(found[last], id)
        p, r, f = scores(hit, false, missed)
        low, high = interval(found[last], talks, id)
        rest = " | ".join(f"{scores(*total(found[name], id))[2]:.2f}" for name in others)
        lines.append(
            f"| {id} | {hit + missed} | {p:.2f} | {r:.2f} | {f:.2f} ({low:.2f}-{high:.2f}) | {rest} |"
        )
    return lines
