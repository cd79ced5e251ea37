"""Scores labels by human experts: ``python -m knowledge.training.casino labelled-turns.jsonl``.

CaSiNo is a corpus of negotiations, and its partnership, empathy and question are not our techniques. So the
encoder has a small head for each of them, and a logistic regression reads these heads beside the words of the
utterance. It is fitted on CaSiNo's training part; its threshold is the best one in five folds of that.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_union

from knowledge.reader.encoding import Encoding
from knowledge.reader.network import Network
from knowledge.training.corpus import Row
from knowledge.training.model import OUTSIDE
from knowledge.training.train import read_casino

PENALTY = 1.0


def main() -> None:
    """Print F1 of each label on the test part."""
    path = Path(sys.argv[1])
    train, test = read_casino(path), read_casino(path, split="test")
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True)
    vectors = make_union(words, pieces).fit([row.turn for row in train])
    heads = _heads(train)
    middle, spread = heads.mean(0), heads.std(0)
    known, new = (
        hstack([vectors.transform([row.turn for row in rows]), csr_matrix((part - middle) / spread)]).tocsr()
        for rows, part in ((train, heads), (test, _heads(test)))
    )
    folds = list(GroupKFold(5).split(known, groups=[row.group for row in train]))
    for label in OUTSIDE:
        truth = np.array([label in (row.outside or ()) for row in train])
        model = LogisticRegression(C=PENALTY, max_iter=500)
        chance = cross_val_predict(model, known, truth, cv=folds, method="predict_proba")[:, 1]
        threshold = max(np.arange(0.1, 0.7, 0.02), key=lambda t: _f1(chance > t, truth))
        there = np.array([label in (row.outside or ()) for row in test])
        said = model.fit(known, truth).predict_proba(new)[:, 1] > threshold
        print(f"{label}: F1 {_f1(said, there):.2f} ({there.sum()} of {len(test)})")


def _heads(rows: Sequence[Row]) -> NDArray[np.float32]:
    """Return what the encoder's heads say about each utterance."""
    network, encoding = Network(), Encoding()
    found = []
    for row in rows:
        context = network.read(encoding.context(row.context, row.brief))
        found.append(np.concatenate(network.run(["casino", "observed"], encoding.turn(row.turn), context.kept)))
    return np.array(found)


def _f1(said: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))


if __name__ == "__main__":
    main()
