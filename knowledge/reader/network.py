"""Runs the fine-tuned encoder: one ONNX file, numbers in and numbers out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from knowledge.reader.encoding import Encoded
from knowledge.threads import options

MODEL = Path(__file__).parent / "model" / "reader.onnx"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network says about one turn, as logits unless noted."""

    observed: Floats
    """One for each technique, then each misstep, in the order of `knowledge.taxonomy`."""
    tokens: Floats
    """(tokens of the turn, techniques + missteps): does this token belong to the atom's quote?"""
    called: Floats
    """One for each technique, from the context alone."""
    grades: Floats
    """Probabilities of the grades 0 to 4."""


class Network:
    """The encoder with its heads. The context is read on its own and cannot see the turn."""

    def __init__(self, model: Path = MODEL) -> None:
        self._session = onnxruntime.InferenceSession(str(model), options(), providers=["CPUExecutionProvider"])

    def score(self, encoded: Encoded) -> Scores:
        """Score one encoded turn."""
        cut = encoded.context_length
        ids = np.asarray(encoded.ids, dtype=np.int64)
        parts = np.asarray(encoded.parts, dtype=np.int64)
        observed, tokens, called, grades = self._session.run(
            ["observed", "tokens", "called", "grade"],
            {"context": ids[:cut], "parts": parts[:cut], "turn": ids[cut:]},
        )
        return Scores(observed, tokens[:-1], called, _softmax(grades))


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)
