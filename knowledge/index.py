"""Builds and opens the Chroma index of the knowledge base.

An index folder is named after what went into it (articles, model, layout) and never changes once it is
whole, so that several processes may read it at once. It is built beside its place and moved there when
done; a half-built or broken one is never used, and is made anew.
"""

import logging
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import chromadb
import numpy as np
from chromadb.api.models.Collection import Collection
from chromadb.api.types import Documents, EmbeddingFunction, Embeddings
from chromadb.config import Settings
from chromadb.utils.embedding_functions import register_embedding_function
from filelock import FileLock

from knowledge import articles
from knowledge.articles import CITABLE, Passage
from knowledge.embedding import Vectors, embed, fingerprint
from knowledge.packed import vectors

LAYOUT = 2
"""Raise it when the choice of passages, their vectors or their metadata below change."""
TITLE_SHARE = np.float32(0.5)
"""How much a passage's title counts beside its text: few passages name what they are about. From .4 to .6 search is
equally good."""
NAME = "passages"
BUILD_TIMEOUT_S = 300
AT_ONCE = 64
"""Passages added, and written to the file of vectors, in one step. By default Chroma waits for a thousand, and whoever
opens an index of fewer writes that file."""

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with passages done and passages in all."""


class IndexUnusable(Exception):
    """The index could neither be opened nor built; the message says why and what to do."""


@register_embedding_function
class MiniLM(EmbeddingFunction[Documents]):
    """The packaged model as Chroma wants it, so that a collection knows what it was built with."""

    def __init__(self) -> None:
        """Take no settings: there is one model."""

    def __call__(self, input: Documents) -> Embeddings:
        """Embed documents."""
        return list(embed(input))

    @staticmethod
    def name() -> str:
        """Return the name Chroma keeps with the collection."""
        return "sparring-minilm-int8"

    @staticmethod
    def build_from_config(config: dict[str, Any]) -> "MiniLM":
        """Return the function again for a stored collection."""
        return MiniLM()

    def get_config(self) -> dict[str, Any]:
        """Return what the stored collection needs to build it again: nothing."""
        return {}

    def default_space(self) -> Any:
        """Return the distance the vectors are made for."""
        return "cosine"


def version() -> str:
    """Return the name of the index for the articles as they are now."""
    return f"{articles.content_hash()}-{fingerprint()}-{LAYOUT}"


def indexed() -> list[Passage]:
    """Return the passages that are searched: all that can be cited."""
    return [p for article in articles.articles().values() for p in article.passages if p.section in CITABLE]


def open_index(folder: Path, progress: Progress | None = None) -> Collection:
    """Open the index under ``folder``, building it first where there is none or a broken one.

    Raises:
        IndexUnusable: it can be neither opened nor built, such as when ``folder`` cannot be written.
    """
    passages = indexed()
    place = folder / version()
    if (found := _open(place, len(passages))) is not None:
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "build.lock", timeout=BUILD_TIMEOUT_S):
            if (found := _open(place, len(passages))) is not None:
                return found
            _build(place, passages, progress or (lambda done, of: None))
            _remove_others(folder, place)
    except OSError as error:
        raise IndexUnusable(
            f"The index in {folder} cannot be built: {error}. Fix: give room and rights there"
        ) from error
    if (found := _open(place, len(passages))) is None:
        raise IndexUnusable(f"The index in {place} was built and cannot be read. Fix: delete that folder, try again")
    return found


def _open(place: Path, count: int) -> Collection | None:
    """Return the collection if it is whole: it holds ``count`` passages and finds its oldest one by its own vector.

    Chroma answers from what it has: where the file of vectors is gone, from the newest few, without a word.
    """
    if not place.is_dir():
        return None
    try:
        collection: Collection = _client(place).get_collection(NAME, embedding_function=MiniLM())
        if collection.count() != count:
            return None
        oldest = collection.get(limit=1, include=["embeddings"])
        found = collection.query(query_embeddings=oldest["embeddings"], n_results=1)
        if found["ids"][0] == oldest["ids"]:
            return collection
        _log.warning("The index in %s has lost vectors and is built again", place)
    except Exception as error:  # Chroma raises whatever SQLite, its Rust core or a missing file raise
        _log.warning("The index in %s cannot be used and is built again: %s", place, error)
    _close(place)
    return None


def _build(place: Path, passages: Sequence[Passage], progress: Progress) -> None:
    half = place.with_name(f"building-{uuid4().hex[:8]}")
    try:
        collection = _client(half).create_collection(
            NAME,
            embedding_function=MiniLM(),
            metadata={"hnsw:space": "cosine", "hnsw:batch_size": AT_ONCE, "hnsw:sync_threshold": AT_ONCE},
        )
        for i in range(0, len(passages), AT_ONCE):
            some = passages[i : i + AT_ONCE]
            collection.add(
                ids=[p.id for p in some],
                documents=[p.text for p in some],
                embeddings=_placed(some),
                metadatas=[{"article": p.article, "section": p.section} for p in some],
            )
            progress(min(i + AT_ONCE, len(passages)), len(passages))
        _close(half)
        _close(place)
        shutil.rmtree(place, ignore_errors=True)
        if place.is_file():
            place.unlink()
        half.rename(place)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _placed(passages: Sequence[Passage]) -> Vectors:
    """Return the vectors of passages, of unit length: their text's and a share of their title's."""
    both = vectors([p.text for p in passages]) + TITLE_SHARE * vectors([p.title for p in passages])
    placed: Vectors = both / np.linalg.norm(both, axis=1, keepdims=True)
    return placed


def _client(place: Path) -> Any:
    return chromadb.PersistentClient(str(place), Settings(anonymized_telemetry=False, is_persistent=True))


def _close(place: Path) -> None:
    """Let go of Chroma's cached handles for ``place``, so that it can be moved or replaced."""
    from chromadb.api.shared_system_client import SharedSystemClient

    systems = SharedSystemClient._identifier_to_system
    if (system := systems.pop(str(place), None)) is not None:
        with suppress(AttributeError):  # of a system that never started
            system.stop()


def _remove_others(folder: Path, place: Path) -> None:
    for other in folder.iterdir():
        if other.is_dir() and other != place:
            shutil.rmtree(other, ignore_errors=True)
