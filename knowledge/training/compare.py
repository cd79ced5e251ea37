"""Compares ways to read a turn on labelled conversations that none of them was trained on.

``python -m knowledge.training.compare CONVERSATIONS LABELS_A LABELS_B [--start model.safetensors]`` prints the
table of the model card. The packaged reader's correction of what counts as called for was fitted on these very
conversations: here each is read by a reader that was corrected on the others.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union

from knowledge.reader.calibration import Calibration
from knowledge.reader.encoding import Encoding
from knowledge.reader.network import Network
from knowledge.reader.plain import PlainReader
from knowledge.reader.trained import TrainedReader
from knowledge.reading import Atom, Reader, Reading
from knowledge.taxonomy import MISSTEPS, TECHNIQUES
from knowledge.training.convention import left_out
from knowledge.training.corpus import CALLED, OBSERVED, Row, read_rows
from knowledge.training.model import Encoder
from knowledge.training.scoring import counts, dev_rows, each, read_labels, report

Read = Callable[[Sequence[Row]], list[Reading]]

THRESHOLD = 0.3
"""The probability from which a linear model says yes: near half of the F1 it reaches, as F1 asks for."""


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
    methods["reader"] = lambda rows: left_out(rows, [a, b])
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


if __name__ == "__main__":
    main()
