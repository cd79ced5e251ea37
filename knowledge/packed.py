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

from knowledge.embedding import DIMENSIONS, Vectors, embed, fingerprint

FILE = Path(__file__).parent / "vectors.npz"


def vectors(texts: Sequence[str]) -> Vectors:
    """Return what `knowledge.embedding.embed` returns, from the file where it has them (to 16 bits)."""
    known = _read()
    unknown = missing(texts)
    fresh = dict(zip(unknown, embed(unknown), strict=True))
    rows = [fresh[text] if text in fresh else known[_key(text)] for text in texts]
    return np.stack(rows).astype(np.float32) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)


def missing(texts: Sequence[str]) -> list[str]:
    """Return the texts that are not in the file."""
    known = _read()
    return [text for text in texts if _key(text) not in known]


def pack(texts: Sequence[str]) -> int:
    """Write a file with the vectors of ``texts`` and no others; return how many."""
    distinct = sorted(set(texts))
    keys = np.array([_key(text) for text in distinct])
    np.savez_compressed(FILE, model=fingerprint(), keys=keys, rows=vectors(distinct).astype(np.float16))
    _read.cache_clear()
    return len(distinct)


@cache
def _read() -> dict[str, Vectors]:
    try:
        with np.load(FILE) as stored:
            if str(stored["model"]) != fingerprint():
                return {}
            return dict(zip(stored["keys"].tolist(), stored["rows"], strict=True))
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return {}


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
