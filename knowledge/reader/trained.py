"""The trained reader: the encoder's scores, corrected by rules, cut at thresholds fitted on training data."""

import hashlib
import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from knowledge.reader.encoding import Encoded, Encoding
from knowledge.reader.network import MODEL, Floats, Network, Scores
from knowledge.reader.rules import matches
from knowledge.reader.spans import locate
from knowledge.reader.text import (
    addresses_grader,
    repeated,
    reports_speech,
    sentence_around,
    sentences,
    words,
)
from knowledge.reading import Atom, Brief, Reading, Said
from knowledge.taxonomy import MISSTEPS, TECHNIQUES

CALIBRATION = MODEL.with_name("calibration.json")

_OBSERVED = (*TECHNIQUES, *MISSTEPS)
_CALLED = tuple(TECHNIQUES)
_MOST_CALLED = 4
_CERTAIN = 0.99
"""The confidence in what is counted and not judged."""
_SURE = 0.8
"""How sure the encoder must be of a misstep in a sentence that reports what somebody else said."""
_NOTHING_SAID = 1.0
"""The merit of a turn that says nothing to the customer."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Numbers fitted on conversations the encoder was not trained on. All are in logits."""

    scale: float
    """What the encoder's scores for observed atoms are multiplied by."""
    bias: Floats
    """What is added to each atom's score."""
    rule_weight: Floats
    """What is added when the atom's rule fires as well."""
    threshold: Floats
    """From where on each atom counts as seen; below zero, since a miss costs as much as a false alarm."""
    called_scale: float
    called_bias: Floats
    called_threshold: float
    """The same for what was called for."""
    merit_scale: float
    merit_middle: float
    """The encoder's expected grade is drawn towards the middle; this stretches it again."""

    @classmethod
    def load(cls, path: Path = CALIBRATION) -> Self:
        """Read the numbers from ``path``."""
        data = json.loads(path.read_text(encoding="utf-8"))
        thresholds = {"technique": data["technique_threshold"], "misstep": data["misstep_threshold"]}
        return cls(
            scale=data["scale"],
            bias=_floats(data["bias"][id] for id in _OBSERVED),
            rule_weight=_floats(data["rule_weight"][id] for id in _OBSERVED),
            threshold=_floats(thresholds["technique" if id in TECHNIQUES else "misstep"] for id in _OBSERVED),
            called_scale=data["called_scale"],
            called_bias=_floats(data["called_bias"][id] for id in _CALLED),
            called_threshold=data["called_threshold"],
            merit_scale=data["merit_scale"],
            merit_middle=data["merit_middle"],
        )

    def uncalibrated(self) -> Self:
        """Return numbers that change nothing: no rules, thresholds at even odds."""
        nothing = np.zeros(len(_OBSERVED), dtype=np.float32)
        return type(self)(
            1.0, nothing, nothing, nothing, 1.0, np.zeros(len(_CALLED), np.float32), 0.0, 1.0, 0.0
        )

    def observed(self, scores: Floats, fired: Floats) -> Floats:
        """Return the logit of each atom, from the encoder's ``scores`` and 0 or 1 for each rule."""
        return self.scale * scores + self.bias + self.rule_weight * fired

    def called(self, scores: Floats) -> Floats:
        """Return the logit of each technique being called for."""
        return self.called_scale * scores + self.called_bias

    def merit(self, grades: Floats) -> float:
        """Return the expected grade, 0 to 4, from a probability for each."""
        highest = len(grades) - 1
        expected = float(grades @ np.arange(len(grades)))
        stretched = self.merit_middle + self.merit_scale * (expected - self.merit_middle)
        return round(min(float(highest), max(0.0, stretched)), 3)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float32)


class TrainedReader:
    """Reads a turn with the fine-tuned encoder and the rules."""

    def __init__(self, encoding: Encoding, network: Network, calibration: Calibration, version: str) -> None:
        self.version = version
        self.network = network
        self.calibration = calibration
        self._encoding = encoding

    @classmethod
    def load(cls) -> Self:
        """Load the packaged model."""
        digest = hashlib.sha256(MODEL.read_bytes() + CALIBRATION.read_bytes()).hexdigest()[:8]
        return cls(Encoding(), Network(), Calibration.load(), f"trained-{digest}")

    def read(self, turn: str, context: Sequence[Said], brief: Brief) -> Reading:
        """Read ``turn``, said after ``context`` (oldest first, may be empty) under ``brief``."""
        said = without_grader_talk(turn)
        encoded = self._encoding.encode(said, context, brief)
        scores = self.network.score(encoded)
        called_for = self._called_for(scores.called)
        if not words(said):
            return Reading(called_for=called_for, merit=_NOTHING_SAID)
        seen = self._observed(said, encoded, scores)
        again = repeated(said, context)
        if again:
            seen["empty_script"] = Atom("empty_script", *again, _CERTAIN)
        return Reading(
            techniques=_in_order(seen, TECHNIQUES),
            missteps=_in_order(seen, MISSTEPS),
            called_for=called_for,
            merit=self.calibration.merit(scores.grades),
        )

    def _observed(self, turn: str, encoded: Encoded, scores: Scores) -> dict[str, Atom]:
        """Return the atoms whose score, corrected by the rules, is above the threshold."""
        wording = matches(turn)
        fired = _floats(id in wording for id in _OBSERVED)
        logits = self.calibration.observed(scores.observed, fired)
        chances = _sigmoid(logits)
        tokens = _sigmoid(scores.tokens)
        seen = {}
        for index in np.flatnonzero(logits > self.calibration.threshold):
            id, chance = _OBSERVED[index], float(chances[index])
            start, end = locate(turn, encoded.spans, tokens[:, index])
            if id in MISSTEPS and chance < _SURE and reports_speech(sentence_around(turn, start)):
                continue
            seen[id] = Atom(id, start, end, round(chance, 3))
        return seen

    def _called_for(self, scores: Floats) -> tuple[str, ...]:
        logits = self.calibration.called(scores)
        best = np.argsort(-logits)[:_MOST_CALLED]
        return tuple(_CALLED[i] for i in best if logits[i] > self.calibration.called_threshold)


def without_grader_talk(turn: str) -> str:
    """Blank out sentences that speak to the grader; every other character keeps its place."""
    for start, end in sentences(turn):
        if addresses_grader(turn[start:end]):
            turn = turn[:start] + " " * (end - start) + turn[end:]
    return turn


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)


def _in_order(seen: Mapping[str, Atom], ids: Container[str]) -> tuple[Atom, ...]:
    """Return the atoms among ``ids`` in the order of the text."""
    return tuple(sorted((atom for id, atom in seen.items() if id in ids), key=lambda a: (a.start, a.end)))
