"""Compares ways to read a turn on labelled conversations that none of them was trained on.

``python -m knowledge.training.compare CONVERSATIONS LABELS_A LABELS_B [--start model.safetensors]`` prints the
table of the model card. An atom is positive where both annotators have it, left out where one has it, and
negative where neither has. Intervals are 95 % bootstrap intervals over conversations.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union

from graph.grading import ADEQUATE, grade
from knowledge.reader import load_reader
from knowledge.reader.calibration import Calibration
from knowledge.reader.encoding import Encoding
from knowledge.reader.network import Network
from knowledge.reader.plain import PlainReader
from knowledge.reader.trained import TrainedReader
from knowledge.reading import Atom, Brief, Reader, Reading, Said
from knowledge.taxonomy import MISSTEPS, TECHNIQUES
from knowledge.training.corpus import CALLED, OBSERVED, Row, brief_of, read_rows
from knowledge.training.model import Encoder

Read = Callable[[Sequence[Row]], list[Reading]]
Kinds = ("techniques", "missteps", "called_for")

RESAMPLES, SEED = 1000, 7
THRESHOLD = 0.3
"""The probability from which a linear model says yes: near half of the F1 it reaches, as F1 asks for."""


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


def majority(train: Sequence[Row]) -> Read:
    """Say for every turn what most turns have: no atom, the four commonest calls, the commonest grade."""
    calls = Counter(id for row in train for id in row.called_for)
    common = tuple(id for id, _ in calls.most_common(4))
    usual = Counter(row.grade for row in train).most_common(1)[0][0]
    return lambda rows: [Reading(called_for=common, merit=float(usual or 0)) for _ in rows]


def by(reader: Reader) -> Read:
    """Read with one of the product's readers."""
    return lambda rows: [reader.read(row.turn, row.context, row.brief) for row in rows]


def encoder_alone() -> Read:
    """Read with the fine-tuned encoder without rules and without calibration: logits above zero."""
    return by(TrainedReader(Encoding(), Network(), Calibration.none(), "encoder"))


def linear(train: Sequence[Row], features: Callable[[Sequence[Row]], tuple[object, object]]) -> Read:
    """Fit one logistic regression for each label, on features of the turn and of the context."""
    both, context = features(train)
    seen = [{id for id, _, _ in row.atoms} for row in train]
    observed = [_regression(both, [id in ids for ids in seen]) for id in OBSERVED]
    called = [_regression(context, [id in row.called_for for row in train]) for id in CALLED]
    grades = LogisticRegression(C=4, max_iter=300).fit(both, [row.grade for row in train])

    def read(rows: Sequence[Row]) -> list[Reading]:
        turns, before = features(rows)
        yes = np.array([model.predict_proba(turns)[:, 1] for model in observed]).T
        needs = np.array([model.predict_proba(before)[:, 1] for model in called]).T
        merit = grades.predict_proba(turns) @ np.arange(5)
        return [_reading(*numbers) for numbers in zip(yes, needs, merit, strict=True)]

    return read


def _regression(features: object, truth: list[bool]) -> LogisticRegression:
    return LogisticRegression(C=4, max_iter=300).fit(features, truth)


def _reading(yes: NDArray[np.float64], needs: NDArray[np.float64], merit: float) -> Reading:
    atoms = [Atom(id, 0, 1, float(p)) for id, p in zip(OBSERVED, yes, strict=True) if p > THRESHOLD]
    called = [CALLED[i] for i in np.argsort(-needs)[:4] if needs[i] > THRESHOLD]
    return Reading(
        tuple(a for a in atoms if a.id in TECHNIQUES),
        tuple(a for a in atoms if a.id in MISSTEPS),
        tuple(called),
        float(merit),
    )


def tfidf(train: Sequence[Row]) -> Callable[[Sequence[Row]], tuple[object, object]]:
    """Words 1-2 and characters 2-4 of the turn, beside those of what was said last."""

    def vectors() -> object:
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True)
        return make_union(words, pieces)

    from scipy.sparse import hstack

    turns, lasts = vectors().fit([row.turn for row in train]), vectors().fit([_last(row) for row in train])

    def features(rows: Sequence[Row]) -> tuple[object, object]:
        last = lasts.transform([_last(row) for row in rows])
        return hstack([turns.transform([row.turn for row in rows]), last]).tocsr(), last

    return features


def embedding(start: Path) -> Callable[[Sequence[Row]], tuple[object, object]]:
    """The sentence embedding MiniLM has before any training, of the turn and of what was said last."""
    encoder, encoding = Encoder().eval(), Encoding()
    encoder.load_minilm(start)

    @torch.no_grad()
    def embed(text: str) -> NDArray[np.float64]:
        ids = torch.tensor([encoding.sentence(text)])
        states = encoder(ids, torch.zeros_like(ids), torch.ones(1, 1, 1, ids.shape[1], dtype=torch.bool))
        mean = states[0].mean(0)
        return (mean / mean.norm()).numpy()

    def features(rows: Sequence[Row]) -> tuple[object, object]:
        last = np.array([embed(_last(row)) for row in rows])
        return np.hstack([np.array([embed(row.turn) for row in rows]), last]), last

    return features


def _last(row: Row) -> str:
    return row.context[-1].text if row.context else ""


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
    for kind in Kinds:
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


def main() -> None:
    """Print the tables of the model card."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("conversations", "labels_a", "labels_b"):
        parser.add_argument(name, type=Path)
    parser.add_argument(
        "--start", type=Path, help="safetensors of all-MiniLM-L6-v2, for the embedding baseline"
    )
    options = parser.parse_args()
    train, rows = read_rows()[0], dev_rows(options.conversations)
    a, b = (read_labels(path) for path in (options.labels_a, options.labels_b))
    methods: dict[str, Read] = {"majority": majority(train), "regex": by(PlainReader())}
    methods["TF-IDF"] = linear(train, tfidf(train))
    if options.start:
        methods["embedding"] = linear(train, embedding(options.start))
    methods["encoder"] = encoder_alone()
    methods["reader"] = by(load_reader())
    read = {
        name: dict(zip([row.id for row in rows], method(rows), strict=True))
        for name, method in methods.items()
    }
    print(
        "| method | techniques | missteps | called for | grade kappa | within one | bias |\n"
        + "|---" * 7
        + "|"
    )
    for name, readings in read.items():
        print(report(name, readings, a, b))
    talks = sorted({row.group for row in rows})
    for kind, ids in (("techniques", TECHNIQUES), ("missteps", MISSTEPS)):
        found = {name: counts(readings, a, b, kind) for name, readings in read.items()}
        print("", *each(kind, found, talks, ids), sep="\n")


def read_labels(path: Path) -> dict[str, dict]:
    """Return the labels of a file by turn."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {entry["id"]: entry for entry in map(json.loads, lines)}


if __name__ == "__main__":
    main()
