"""Turns the encoder's scores into decisions, with numbers fitted on conversations it was not trained on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.reader.clues import TURN_CLUES, moment_names
from knowledge.taxonomy import HARMFUL, MISSTEPS, TECHNIQUES

CALIBRATION = Path(__file__).parent / "model" / "calibration.json"

OBSERVED = (*TECHNIQUES, *MISSTEPS)
"""The labels of the encoder's scores for atoms, in order."""
CALLED = tuple(TECHNIQUES)
"""The labels of its scores for what was called for, in order."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """How the scores of one head, and what the rules and clues say, add up to logits."""

    scale: float
    """What every score is multiplied by."""
    bias: Floats
    """(labels,): what is added."""
    rule: Floats
    """(labels,): what is added when the label's own rule fires."""
    clues: Floats
    """(clues, labels): what each clue adds, per unit."""

    def logits(self, scores: Floats, fired: Floats, clues: Floats) -> Floats:
        """Return one logit for each label."""
        logits = self.scale * scores + self.bias + self.rule * fired + clues @ self.clues
        return np.asarray(logits, dtype=np.float32)

    def corrected(self, by: Self) -> Self:
        """Return weights whose logits are those of ``by``, with the logits of these as its scores."""
        scale = by.scale
        return replace(
            self, scale=scale * self.scale, bias=scale * self.bias + by.bias, clues=scale * self.clues + by.clues
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything that was fitted after the encoder."""

    observed: Weights
    called: Weights
    observed_threshold: Floats
    """(labels,): the logit from which an atom is seen. Below zero where a miss costs no less than a false alarm."""
    called_threshold: float
    merit_scale: float
    merit_middle: float
    """The encoder's expected grade is drawn towards the middle; this stretches it again."""

    @classmethod
    def load(cls, path: Path = CALIBRATION, *, corrected: bool = True) -> Self:
        """Read the numbers from ``path``; the clues in it must be those of `knowledge.reader.clues`.

        What was called for is ``corrected`` towards a team's convention (`knowledge.training.convention`) where the
        file has one.
        """
        data = json.loads(path.read_text(encoding="utf-8"))
        thresholds = data["thresholds"]
        called = _weights(data["called"], CALLED, moment_names())
        if corrected and "convention" in data:
            called = called.corrected(_weights(data["convention"], CALLED, moment_names()))
        return cls(
            observed=_weights(data["observed"], OBSERVED, TURN_CLUES),
            called=called,
            observed_threshold=limits(thresholds["technique"], thresholds["misstep"]),
            called_threshold=thresholds["called"],
            merit_scale=data["merit"]["scale"],
            merit_middle=data["merit"]["middle"],
        )

    @classmethod
    def none(cls) -> Self:
        """Return numbers that change nothing: the encoder alone, decided at even odds."""
        observed = _nothing(OBSERVED, TURN_CLUES)
        return cls(observed, _nothing(CALLED, moment_names()), observed.bias, 0.0, 1.0, 0.0)

    def merit(self, grades: Floats) -> float:
        """Return the expected grade, 0 to 4, from a probability for each."""
        highest = len(grades) - 1
        expected = float(grades @ np.arange(len(grades)))
        stretched = self.merit_middle + self.merit_scale * (expected - self.merit_middle)
        return round(min(float(highest), max(0.0, stretched)), 3)


def limits(technique: float, misstep: float) -> Floats:
    """Return the logit of each label from which it counts as seen; what makes a grade 0 must be likelier than not."""
    each = [technique if id in TECHNIQUES else max(misstep, 0.0) if id in HARMFUL else misstep for id in OBSERVED]
    return np.array(each, dtype=np.float32)


def _weights(data: Mapping[str, Any], labels: Sequence[str], clues: Sequence[str]) -> Weights:
    return Weights(
        scale=data["scale"],
        bias=_row(data["bias"], labels),
        rule=_row(data["rule"], labels),
        clues=np.stack([_row(data["clues"][clue], labels) for clue in clues]),
    )


def _row(numbers: Mapping[str, float], labels: Sequence[str]) -> Floats:
    """Return one number for each label; those not named are 0."""
    return np.array([numbers.get(label, 0.0) for label in labels], dtype=np.float32)


def _nothing(labels: Sequence[str], clues: Sequence[str]) -> Weights:
    zeros = np.zeros(len(labels), dtype=np.float32)
    return Weights(1.0, zeros, zeros, np.zeros((len(clues), len(labels)), dtype=np.float32))
