"""What the tests of suites share: an installation with everything built in; its reader reads each turn once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import pytest

from evals.tools import Tools
from graph.evaluator import BuiltInEvaluator
from graph.session import Ring
from knowledge.reader import load_reader
from knowledge.reading import Brief, Reader, Reading, Said


class Remembering:
    """The reader, which remembers what it read: suites read the same turns again."""

    def __init__(self, reader: Reader) -> None:
        self.version = reader.version
        self._read = cache(reader.read)

    def prepare(self, context: Sequence[Said], brief: Brief) -> None:
        """Do nothing: what is remembered needs no preparing."""

    def read(self, turn: str, context: Sequence[Said], brief: Brief) -> Reading:
        """Read, or remember."""
        return self._read(turn, tuple(context), brief)


@pytest.fixture(scope="session")
def reader() -> Reader:
    """Return the packaged reader."""
    return Remembering(load_reader())


@pytest.fixture(scope="session")
def tools(ring: Ring, reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """Return tools on a data directory of their own, with the index of the whole run."""
    folder = tmp_path_factory.mktemp("evals")
    settings = replace(ring.settings, data=folder, store_url=f"sqlite:///{folder / 'store.sqlite'}")
    own = Ring(settings, reader=reader, knowledge=ring.knowledge, durable=False)
    yield Tools(own, ring.knowledge, reader, BuiltInEvaluator())
    own.close()
