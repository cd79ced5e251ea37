"""Scores labels by human experts: ``python -m knowledge.training.casino labelled-turns.jsonl``.

CaSiNo is a corpus of negotiations, and its partnership, empathy and question are not our techniques. So the encoder has
a small head for each of them, and a logistic regression reads these heads and those of our nearest techniques. It is
fitted on CaSiNo's training part; its threshold is the best one in five folds of that.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from knowledge.reader.encoding import Encoding
from knowledge.reader.network import Network
from knowledge.training.corpus import OBSERVED, Row
from knowledge.training.model import OUTSIDE
from knowledge.training.train import read_casino

NEAREST = [OBSERVED.index(id) for id in ("partnership_language", "acknowledge_feeling", "clarifying_question")]


def main() -> None:
    """Print F1 of each label on the test part."""
    path = Path(sys.argv[1])
    train, test = read_casino(path), read_casino(path, split="test")
    known, new = heads(train), heads(test)
    folds = list(GroupKFold(5).split(known, groups=[row.group for row in train]))
    model = make_pipeline(StandardScaler(), LogisticRegression())
    for label in OUTSIDE:
        truth, there = (np.array([label in (row.outside or ()) for row in rows]) for rows in (train, test))
        chance = cross_val_predict(model, known, truth, cv=folds, method="predict_proba")[:, 1]
        threshold = max(np.arange(0.1, 0.7, 0.02), key=lambda t: _f1(chance > t, truth))
        said = model.fit(known, truth).predict_proba(new)[:, 1] > threshold
        print(f"{label}: F1 {_f1(said, there):.2f} ({there.sum()} of {len(test)})")


def heads(rows: Sequence[Row]) -> NDArray[np.float32]:
    """Return six logits for each utterance: of the heads for its labels, and of our nearest techniques."""
    network, encoding, found = Network(), Encoding(), []
    for row in rows:
        context = network.read(encoding.context(row.context, row.brief))
        outside, observed = network.run(["casino", "observed"], encoding.turn(row.turn), context.kept)
        found.append(np.concatenate([outside, observed[NEAREST]]))
    return np.array(found)


def _f1(said: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))


if __name__ == "__main__":
    main()
