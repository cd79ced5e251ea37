"""Runs the fine-tuned encoder: one ONNX file, numbers in and numbers out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.reader.encoding import Encoded
from knowledge.threads import opened

MODEL = Path(__file__).parent / "model" / "reader.onnx"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network says about one turn, as logits unless noted."""

    observed: Floats
    """One for each technique, then each misstep, in the order of `knowledge.taxonomy`."""
    tokens: Floats
    """(tokens of the turn, techniques + missteps): does this token belong to the atom's quote?"""
    grades: Floats
    """Probabilities of the grades 0 to 4."""


@dataclass(frozen=True, slots=True)
class Context:
    """A context that was read: all a turn needs to know of it."""

    called: Floats
    """One for each technique: what was called for."""
    kept: Floats
    """What a turn attends to: (layers, 2, heads, tokens, width of a head), some 18 kB a token."""


class Network:
    """The encoder with its heads. The context is read on its own and cannot see the turn."""

    def __init__(self, model: Path = MODEL) -> None:
        self._session = opened(model)
        layers, two, heads, _, width = self._session.get_inputs()[2].shape
        self._nothing = np.zeros((layers, two, heads, 0, width), dtype=np.float32)

    def read(self, text: Encoded) -> Context:
        """Read what was said before a turn."""
        called, kept = self.run(["called", "kept"], text, self._nothing)
        return Context(called, kept)

    def score(self, turn: Encoded, context: Context) -> Scores:
        """Score one turn after its context."""
        observed, tokens, grades = self.run(["observed", "tokens", "grade"], turn, context.kept)
        return Scores(observed, tokens[:-1], _softmax(grades))

    def run(self, wanted: list[str], text: Encoded, before: Floats) -> list[Floats]:
        """Return the outputs ``wanted`` for one text, said after what was kept of the text ``before``."""
        ids, parts = (np.asarray(row, dtype=np.int64) for row in (text.ids, text.parts))
        found: list[Floats] = self._session.run(wanted, {"ids": ids, "parts": parts, "before": before})
        return found


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)
