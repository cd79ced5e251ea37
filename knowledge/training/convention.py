"""Fits what counts as called for to a team of annotators: ``python -m knowledge.training.convention TALKS A B``.

What a moment asks for is a convention as much as a fact: one team calls for a question twice as often as another. So a
small correction of the called-for weights (one scale, a bias for each technique, a weight for each clue, all
held near "change nothing") is fitted on conversations which that team has labelled. Everything else is left alone.

Figures on those conversations are then only fair with the one that is judged left out of the fit. The command prints
them so, and packages the correction fitted on all. Run it once after `knowledge.training.calibrate`.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.reader.calibration import CALIBRATION, CALLED, Calibration, Weights
from knowledge.reader.clues import moment_clues, moment_names
from knowledge.reader.encoding import Encoding
from knowledge.reader.network import Network
from knowledge.reader.trained import TrainedReader
from knowledge.reading import Reading
from knowledge.training.calibrate import Fit
from knowledge.training.corpus import Row
from knowledge.training.scoring import dev_rows, read_labels, report

Floats = NDArray[np.float64]
Labels = Mapping[str, dict]

STEPS, DAMPING = 300, 0.4
SCALE_PENALTY, BIAS_PENALTY, CLUE_PENALTY = 20.0, 3.0, 10.0


def correction(before: Weights, scores: Floats, clues: Floats, share: Floats) -> Fit:
    """Return what makes ``before`` agree with ``share``, the share of annotators who called for each technique.

    ``scores`` are the encoder's, (rows, techniques); ``clues`` (rows, clues) get weights in standard units.
    """
    middle, spread = clues.mean(0), clues.std(0) + 1e-6
    facts, start = (clues - middle) / spread, before.scale * scores + before.bias + clues @ before.clues
    scale, bias, weights = 1.0, np.zeros(share.shape[1]), np.zeros((clues.shape[1], share.shape[1]))
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-(scale * start + bias + facts @ weights)))
        error, slope = chance - share, chance * (1 - chance)
        pull = (error * start).sum() + SCALE_PENALTY * (scale - 1)
        scale -= DAMPING * pull / ((slope * start**2).sum() + SCALE_PENALTY)
        bias -= DAMPING * (error.sum(0) + BIAS_PENALTY * bias) / (slope.sum(0) + BIAS_PENALTY)
        weights -= DAMPING * (facts.T @ error + CLUE_PENALTY * weights) / (facts.T**2 @ slope + CLUE_PENALTY)
    per_unit = weights / spread[:, None]
    return Fit(float(scale), bias - middle @ per_unit, np.zeros_like(bias), per_unit)


def left_out(rows: Sequence[Row], labels: Sequence[Labels]) -> list[Reading]:
    """Return the reading of every row by the reader corrected on the other conversations."""
    network, calibration = Network(), Calibration.load(corrected=False)
    seen, talks = look(rows, network, labels), np.array([row.group for row in rows])
    readers = {}
    for talk in set(talks):
        by = correction(calibration.called, *(part[talks != talk] for part in seen))
        own = replace(calibration, called=calibration.called.corrected(_weights(by)))
        readers[talk] = TrainedReader(Encoding(), network, own, "left out")
    return [readers[row.group].read(row.turn, row.context, row.brief) for row in rows]


def look(rows: Sequence[Row], network: Network, labels: Sequence[Labels]) -> tuple[Floats, Floats, Floats]:
    """Return the encoder's scores, the clues and the annotators' shares for ``rows``."""
    encoding = Encoding()
    scores = [network.read(encoding.context(row.context, row.brief)).called for row in rows]
    clues = [moment_clues(row.context, row.brief) for row in rows]
    share = [[np.mean([id in file[row.id]["called_for"] for file in labels]) for id in CALLED] for row in rows]
    return np.array(scores, float), np.array(clues, float), np.array(share)


def _weights(fit: Fit) -> Weights:
    return Weights(fit.scale, *(part.astype(np.float32) for part in (fit.bias, fit.rule, fit.clues)))


def main() -> None:
    """Print the figures with each conversation left out, then package the correction fitted on all."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("conversations", "labels_a", "labels_b"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    rows, labels = dev_rows(options.conversations), [read_labels(path) for path in (options.labels_a, options.labels_b)]
    calibration = Calibration.load(corrected=False)
    before = TrainedReader(Encoding(), Network(), calibration, "before")
    print(report("before", {row.id: before.read(row.turn, row.context, row.brief) for row in rows}, *labels))
    read = dict(zip([row.id for row in rows], left_out(rows, labels), strict=True))
    print(report("corrected on the others", read, *labels))
    data = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    data["convention"] = correction(calibration.called, *look(rows, Network(), labels)).as_json(CALLED, moment_names())
    CALIBRATION.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
