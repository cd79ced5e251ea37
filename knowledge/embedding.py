"""Sentence embeddings: all-MiniLM-L6-v2 in 8 bits, run by onnxruntime, from a packaged file."""

import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import BertWordPieceTokenizer

from knowledge.pieces import pieces
from knowledge.threads import opened

Vectors = NDArray[np.float32]

DIMENSIONS = 384
MAX_TOKENS = 128
"""Longer text is cut here: the model was trained on no more."""
MODEL = Path(__file__).parent / "minilm" / "model.onnx"
REMEMBERED = 4096
"""Texts whose vectors are kept, 1.5 kB each: the sentences of a turn are looked at more than once."""


def embed(texts: Sequence[str]) -> Vectors:
    """Return one row of unit length a text: float32, ``len(texts)`` x 384. Remembers recent texts.

    Each text is run by itself: in a batch the numbers would be rounded to what fits its neighbours too.
    """
    return np.stack([_vector(text) for text in texts]) if texts else np.zeros((0, DIMENSIONS), dtype=np.float32)


def fingerprint() -> str:
    """Return a short hash of the model file: vectors of another one cannot be compared."""
    return hashlib.sha256(MODEL.read_bytes()).hexdigest()[:12]


@cache
def _session() -> onnxruntime.InferenceSession:
    return opened(MODEL)


@cache
def _tokenizer() -> BertWordPieceTokenizer:
    tokenizer = pieces()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


@lru_cache(maxsize=REMEMBERED)
def _vector(text: str) -> NDArray[np.float32]:
    ids = np.array(_tokenizer().encode(text).ids, dtype=np.int64)
    vector: NDArray[np.float32] = _session().run(["vector"], {"ids": ids})[0]
    return vector
