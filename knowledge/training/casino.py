"""Scores the extra heads on CaSiNo's test part: ``python -m knowledge.training.casino labelled-turns.jsonl``.

CaSiNo is a corpus of negotiations labelled by human experts. Its partnership, empathy and question are not our
techniques, so they have heads of their own. Each threshold is the best one on a sample of the training part.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from knowledge.reader.encoding import Encoding
from knowledge.reader.network import MODEL
from knowledge.training.corpus import Row
from knowledge.training.model import OUTSIDE
from knowledge.training.train import read_casino

SAMPLE = 4
"""Every how many rows of the training part one is used to find the thresholds."""


def main() -> None:
    """Print F1 of each label."""
    path = Path(sys.argv[1])
    session = onnxruntime.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    train, test = read_casino(path)[::SAMPLE], read_casino(path, split="test")
    known, new = _logits(session, train), _logits(session, test)
    for i, label in enumerate(OUTSIDE):
        truth = np.array([label in (row.outside or ()) for row in train])
        threshold = max(np.arange(-3, 2, 0.1), key=lambda t: _f1(known[:, i] > t, truth))
        there = np.array([label in (row.outside or ()) for row in test])
        print(f"{label}: F1 {_f1(new[:, i] > threshold, there):.2f}, {there.sum()} of {len(test)}")


def _logits(session: onnxruntime.InferenceSession, rows: Sequence[Row]) -> NDArray[np.float32]:
    encoding, found = Encoding(), []
    for row in rows:
        encoded = encoding.encode(row.turn, row.context, row.brief)
        cut, ids, parts = encoded.context_length, np.array(encoded.ids), np.array(encoded.parts)
        inputs = {"context": ids[:cut], "parts": parts[:cut], "turn": ids[cut:]}
        found.append(session.run(["casino"], inputs)[0])
    return np.array(found)


def _f1(said: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))


if __name__ == "__main__":
    main()
