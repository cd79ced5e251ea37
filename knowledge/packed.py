"""Vectors of the packaged texts, made ahead: embedding them takes half a minute of two cores.

``make vectors`` makes the file again after an article or a card changed. A text that is not in it is embedded
when it is needed, so a stale file costs time and nothing else.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import DIMENSIONS, Vectors, embed, fingerprint

FILE = Path(__file__).parent / "vectors.npz"
STEP = np.float32(1 / 256)
"""Components are kept as multiples of this, one byte each. None reaches 71 of them, and a cosine moves by about .002,
less than the 8-bit model itself is off."""


def vectors(texts: Sequence[str]) -> Vectors:
    """Return what `knowledge.embedding.embed` returns, from the file where it has them."""
    known = _read()
    unknown = missing(texts)
    fresh = dict(zip(unknown, embed(unknown), strict=True))
    rows = [fresh[text] if text in fresh else STEP * known[_key(text)] for text in texts]
    return np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)


def missing(texts: Sequence[str]) -> list[str]:
    """Return the texts that are not in the file."""
    known = _read()
    return [text for text in texts if _key(text) not in known]


def pack(texts: Sequence[str]) -> int:
    """Write a file with the vectors of ``texts`` and no others; return how many."""
    distinct = sorted(set(texts))
    keys = np.array([_key(text) for text in distinct], dtype=np.uint64)
    rows = np.clip(np.rint(vectors(distinct) / STEP), -127, 127).astype(np.int8)
    np.savez_compressed(FILE, model=fingerprint(), keys=keys, rows=rows)
    _read.cache_clear()
    return len(distinct)


@cache
def _read() -> dict[int, NDArray[np.int8]]:
    try:
        with np.load(FILE) as stored:
            if str(stored["model"]) != fingerprint():
                return {}
            return dict(zip(stored["keys"].tolist(), stored["rows"], strict=True))
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return {}


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
