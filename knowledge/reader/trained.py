"""The trained reader: the encoder's scores, corrected by rules and clues, cut at fitted thresholds."""

import hashlib
from collections.abc import Container, Mapping, Sequence
from typing import Self

import numpy as np

from knowledge.reader.calibration import CALIBRATION, CALLED, OBSERVED, Calibration, Floats
from knowledge.reader.clues import moment_clues, turn_clues
from knowledge.reader.encoding import Encoded, Encoding
from knowledge.reader.network import MODEL, Network
from knowledge.reader.rules import matches, vetoed
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

_MOST_CALLED = 4
_CERTAIN = 0.99
"""The confidence in what is counted and not judged."""
_SURE = 0.95
"""How sure the encoder must be of a misstep in a sentence that reports what somebody else said."""
_NOTHING_SAID = 1.0
"""The merit of a turn that says nothing to the customer."""


class TrainedReader:
    """Reads a turn with the fine-tuned encoder, the rules and the clues."""

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
        said = without_grader_talk(turn)
        encoded = self._encoding.encode(said, context, brief)
        scores = self._network.score(encoded)
        called_for = self._called_for(scores.called, moment_clues(context, brief))
        if not words(said):
            return Reading(called_for=called_for, merit=_NOTHING_SAID)
        logits = self._calibration.observed.logits(scores.observed, _fired(said), turn_clues(said, context, brief))
        seen = self._seen(said, encoded, logits, _sigmoid(scores.tokens))
        again = repeated(said, context)
        if again:
            seen["empty_script"] = Atom("empty_script", *again, _CERTAIN)
        return Reading(
            techniques=_in_order(seen, TECHNIQUES),
            missteps=_in_order(seen, MISSTEPS),
            called_for=called_for,
            merit=self._calibration.merit(scores.grades),
        )

    def _seen(self, turn: str, encoded: Encoded, logits: Floats, tokens: Floats) -> dict[str, Atom]:
        """Return the atoms above their threshold, each with the clauses whose tokens speak for it."""
        chances = _sigmoid(logits)
        seen = {}
        for index in np.flatnonzero(logits > self._calibration.observed_threshold):
            id, chance = OBSERVED[index], float(chances[index])
            start, end = locate(turn, encoded.spans, tokens[:, index])
            sentence = sentence_around(turn, start)
            disowned = id in MISSTEPS and chance < _SURE and reports_speech(sentence)
            if not disowned and not vetoed(id, sentence):
                seen[id] = Atom(id, start, end, round(chance, 3))
        return seen

    def _called_for(self, scores: Floats, clues: Floats) -> tuple[str, ...]:
        weights = self._calibration.called
        logits = weights.logits(scores, np.zeros_like(scores), clues)
        best = np.argsort(-logits, kind="stable")[:_MOST_CALLED]
        return tuple(CALLED[i] for i in best if logits[i] > self._calibration.called_threshold)


def without_grader_talk(turn: str) -> str:
    """Blank out sentences that speak to the grader; every other character keeps its place."""
    for start, end in sentences(turn):
        if addresses_grader(turn[start:end]):
            turn = turn[:start] + " " * (end - start) + turn[end:]
    return turn


def _fired(turn: str) -> Floats:
    """Return 1 for every atom whose rule fires in ``turn``, else 0."""
    wording = matches(turn)
    return np.array([id in wording for id in OBSERVED], dtype=np.float32)


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)


def _in_order(seen: Mapping[str, Atom], ids: Container[str]) -> tuple[Atom, ...]:
    """Return the atoms among ``ids`` in the order of the text."""
    return tuple(sorted((atom for id, atom in seen.items() if id in ids), key=lambda a: (a.start, a.end)))
