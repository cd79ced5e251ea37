"""The trained reader: the encoder's scores, corrected by rules, cut at thresholds fitted on training data."""

import hashlib
import json
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from knowledge.reader.encoding import Encoded, Encoding
from knowledge.reader.network import MODEL, Floats, Network
from knowledge.reader.rules import matches
from knowledge.reader.spans import locate
from knowledge.reader.text import addresses_grader, repeated, sentences
from knowledge.reading import Atom, Brief, Reading, Said
from knowledge.taxonomy import MISSTEPS, TECHNIQUES

CALIBRATION = MODEL.with_name("calibration.json")

_OBSERVED = (*TECHNIQUES, *MISSTEPS)
_CALLED = tuple(TECHNIQUES)
_MOST_CALLED = 4


@dataclass(frozen=True, slots=True)
class Calibration:
    """Numbers fitted on held-out training conversations."""

    thresholds: Floats
    """Logit from which each atom counts as seen."""
    rule_weights: Floats
    """What a rule that fires adds to its atom's logit."""
    called_threshold: float
    """Logit from which a technique counts as called for."""

    @classmethod
    def load(cls, path: Path = CALIBRATION) -> Self:
        """Read the numbers from ``path``."""
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            np.array([data["thresholds"][id] for id in _OBSERVED], dtype=np.float32),
            np.array([data["rule_weights"].get(id, 0.0) for id in _OBSERVED], dtype=np.float32),
            float(data["called_threshold"]),
        )


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
        wording = matches(said)
        again = repeated(said, context)
        if again:
            wording["empty_script"] = again
        fired = np.array([id in wording for id in _OBSERVED], dtype=np.float32)
        logits = scores.observed + self._calibration.rule_weights * fired
        seen = [
            _atom(index, said, encoded, scores.tokens, float(logits[index]))
            for index in np.flatnonzero(logits > self._calibration.thresholds)
        ]
        return Reading(
            techniques=_in_order(seen, TECHNIQUES),
            missteps=_in_order(seen, MISSTEPS),
            called_for=self._called_for(scores.called),
            merit=float(scores.grades @ np.arange(5)),
        )

    def _called_for(self, logits: Floats) -> tuple[str, ...]:
        best = np.argsort(-logits)[:_MOST_CALLED]
        return tuple(_CALLED[i] for i in best if logits[i] > self._calibration.called_threshold)


def _without_grader_talk(turn: str) -> str:
    """Blank out sentences that speak to the grader; every other character keeps its place."""
    for start, end in sentences(turn):
        if addresses_grader(turn[start:end]):
            turn = turn[:start] + " " * (end - start) + turn[end:]
    return turn


def _atom(index: int, turn: str, encoded: Encoded, tokens: Floats, logit: float) -> Atom:
    start, end = locate(turn, encoded.spans, _sigmoid(tokens[:, index]))
    return Atom(_OBSERVED[index], start, end, round(float(_sigmoid(np.float32(logit))), 3))


def _sigmoid(logits: Floats | np.float32) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)


def _in_order(atoms: Sequence[Atom], ids: Container[str]) -> tuple[Atom, ...]:
    return tuple(sorted((a for a in atoms if a.id in ids), key=lambda a: (a.start, a.end)))
