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
from knowledge.reader.text import addresses_grader, repeated, sentences, words
from knowledge.reading import Atom, Brief, Reading, Said
from knowledge.taxonomy import MISSTEPS, TECHNIQUES

CALIBRATION = MODEL.with_name("calibration.json")

_OBSERVED = (*TECHNIQUES, *MISSTEPS)
_CALLED = tuple(TECHNIQUES)
_MOST_CALLED = 4
_CERTAIN = 0.99
"""The confidence in what is counted and not judged."""
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
        )

    def observed(self, scores: Floats, fired: Floats) -> Floats:
        """Return the logit of each atom, from the encoder's ``scores`` and 0 or 1 for each rule."""
        return self.scale * scores + self.bias + self.rule_weight * fired

    def called(self, scores: Floats) -> Floats:
        """Return the logit of each technique being called for."""
        return self.called_scale * scores + self.called_bias


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float32)


class TrainedReader:
    """Reads a turn with the fine-tuned encoder and the rules."""

    def __init__(self, encoding: Encoding, network: Network, calibration: Calibration, version: str) -> None:
        self.version = version
        self._encoding = encoding
        self._network = network
        self._calibration = calibration

    @classmethod
    def load(cls) -> Self:
        """Load the packaged model."""
        digest = hashlib.sha256(MODEL.read_bytes() + CALIBRATION.read_bytes()).hexdigest()[:8]
        return cls(Encoding(), Network(), Calibration.load(), f"trained-{digest}")

    def read(self, turn: str, context: Sequence[Said], brief: Brief) -> Reading:
        """Read ``turn``, said after ``context`` (oldest first, may be empty) under ``brief``."""
        said = _without_grader_talk(turn)
        encoded = self._encoding.encode(said, context, brief)
        scores = self._network.score(encoded)
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
            merit=float(scores.grades @ np.arange(len(scores.grades))),
        )

    def _observed(self, turn: str, encoded: Encoded, scores: Scores) -> dict[str, Atom]:
        """Return the atoms whose score, corrected by the rules, is above the threshold."""
        wording = matches(turn)
        fired = _floats(id in wording for id in _OBSERVED)
        logits = self._calibration.observed(scores.observed, fired)
        chances = _sigmoid(logits)
        tokens = _sigmoid(scores.tokens)
        seen = {}
        for index in np.flatnonzero(logits > self._calibration.threshold):
            start, end = locate(turn, encoded.spans, tokens[:, index])
            seen[_OBSERVED[index]] = Atom(_OBSERVED[index], start, end, round(float(chances[index]), 3))
        return seen

    def _called_for(self, scores: Floats) -> tuple[str, ...]:
        logits = self._calibration.called(scores)
        best = np.argsort(-logits)[:_MOST_CALLED]
        return tuple(_CALLED[i] for i in best if logits[i] > self._calibration.called_threshold)


def _without_grader_talk(turn: str) -> str:
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
