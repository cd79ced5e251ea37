"""Plays samples beside each other: a process for each core, with many threads in each where models are asked."""

import gc
import os
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from multiprocessing import get_context, parent_process
from multiprocessing.managers import BaseManager
from typing import Any, Protocol

from evals.suite import Item, Result, Suite
from evals.tools import Tools, opened
from graph.session import open_knowledge
from graph.settings import Settings

WAITING = 64
"""Conversations at once where models are asked, of all processes together."""


class SampleFailed(Exception):
    """A sample could not be played; the message is what was raised, then where."""

    def __repr__(self) -> str:
        """Return the message: inspect keeps an error as Python shows it."""
        return str(self)


class Pool(Protocol):
    """Plays samples."""

    at_once: int

    def submit(self, suite: Suite, item: Item, seed: int) -> "Future[Result]":
        """Play a sample; the future raises SampleFailed where that fails, BrokenExecutor where none can be played."""
        ...


class Player:
    """Plays samples in a process of its own, several at once where several threads ask."""

    def __init__(self, settings: Settings) -> None:
        """Open the tools."""
        threading.Thread(target=_end_with_parent, daemon=True).start()
        self._stack = ExitStack()
        self._tools = self._stack.enter_context(opened(settings))
        gc.freeze()  # models and cards stay, and need no looking through

    def play(self, suite: Suite, item: Item, seed: int) -> Result:
        """Play a sample; raises SampleFailed."""
        return played(suite, item, self._tools.seeded(seed))

    def close(self) -> None:
        """Throw away what was written."""
        self._stack.close()


class _Home(BaseManager):
    """A process with a player in it; each thread that asks has a thread there."""

    Player: Callable[[Settings], Any]


_Home.register("Player", Player)


class Processes:
    """Plays in processes; each thread here waits for one sample in one of them."""

    def __init__(self, players: list[Any], at_once: int) -> None:
        """Take the players, of which each has the same share of what is played at once."""
        self.at_once = at_once
        self._mine, self._shared, self._sharing = threading.local(), cycle(players), threading.Lock()
        self._executor: Executor = ThreadPoolExecutor(at_once, "sample", initializer=self._begin)

    def submit(self, suite: Suite, item: Item, seed: int) -> "Future[Result]":
        """Play a sample."""
        return self._executor.submit(self._played, suite, item, seed)

    def close(self) -> None:
        """Begin no further sample."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        with self._sharing:
            self._mine.player = next(self._shared)

    def _played(self, suite: Suite, item: Item, seed: int) -> Result:
        try:
            result: Result = self._mine.player.play(suite, item, seed)
        except (EOFError, ConnectionError) as error:
            raise BrokenExecutor("it ended while it played") from error
        return result


@contextmanager
def pool(settings: Settings, processes: int | None = None) -> Iterator[Pool]:
    """Open a pool that fits the settings, and close it; samples that were not played to their end are dropped then.

    Args:
        settings: which cards and which models.
        processes: how many; by default as many as there are cores.
    """
    open_knowledge(settings)  # built once, and what is wrong with it said once
    count = processes or os.cpu_count() or 1
    os.environ["SPARRING_THREADS"] = "1"  # a core for each process; read when these start
    with ExitStack() as stack, ThreadPoolExecutor(count) as starting:
        homes = [_Home(ctx=get_context("spawn")) for _ in range(count)]
        players = list(starting.map(lambda home: stack.enter_context(_player(home, settings)), homes))
        made = Processes(players, max(count, WAITING) if settings.models.configured else count)
        stack.callback(made.close)
        yield made


def played(suite: Suite, item: Item, tools: Tools) -> Result:
    """Play a sample; raises SampleFailed, which other processes can be told, for whatever was raised."""
    try:
        return suite.play(item, tools)
    except Exception as error:  # a suite may raise anything, and one sample must not end the run
        where = "".join(traceback.format_exception(error)[-3:])
        raise SampleFailed(f"{type(error).__name__}: {error}\n{where}") from None
    finally:
        tools.forget()


@contextmanager
def _player(home: _Home, settings: Settings) -> Iterator[Any]:
    with home:
        player = home.Player(settings)
        yield player
        with suppress(EOFError, ConnectionError):
            player.close()


def _end_with_parent() -> None:
    """End this process when the one that started it has: nobody else would."""
    parent = parent_process()
    assert parent is not None, "players live in processes that were started for them"
    parent.join()
    os._exit(1)
