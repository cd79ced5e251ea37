"""Plays samples beside each other: in processes where they cost computing, in threads where they wait for a model."""

import atexit
import os
import signal
import traceback
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from typing import Protocol

from evals.suite import Item, Result, Suite
from evals.tools import Tools, opened
from graph.session import open_knowledge
from graph.settings import Settings

THREADS = 64
"""Conversations at once where models are asked."""
_tools: list[Tools] = []
"""Of this worker process; empty in the process that started it."""


class SampleFailed(Exception):
    """A sample could not be played; the message is what was raised, then where."""

    def __repr__(self) -> str:
        """Return the message: inspect keeps an error as Python shows it."""
        return str(self)


class Pool(Protocol):
    """Plays samples."""

    at_once: int

    def submit(self, suite: Suite, item: Item, seed: int) -> "Future[Result]":
        """Play a sample; the future raises SampleFailed where that fails."""
        ...


class Threads:
    """Plays in this process, with tools that are open already."""

    def __init__(self, tools: Tools, executor: Executor, at_once: int) -> None:
        self.at_once = at_once
        self._tools, self._executor = tools, executor

    def submit(self, suite: Suite, item: Item, seed: int) -> "Future[Result]":
        """Play a sample."""
        return self._executor.submit(played, suite, item, self._tools.seeded(seed))


class Processes:
    """Plays in processes of their own, each with its own tools."""

    def __init__(self, executor: Executor, at_once: int) -> None:
        self.at_once = at_once
        self._executor = executor

    def submit(self, suite: Suite, item: Item, seed: int) -> "Future[Result]":
        """Play a sample."""
        return self._executor.submit(_played_here, suite, item, seed)


@contextmanager
def pool(settings: Settings, processes: int | None = None) -> Iterator[Pool]:
    """Open a pool that fits the settings, and close it; samples that have not begun are dropped then.

    Args:
        settings: which cards and which models.
        processes: how many; 0: none, all is played here. By default as many as there are cores, and none with models.
    """
    with ExitStack() as stack:
        executor: Executor
        if processes == 0 or settings.models.configured:
            at_once = THREADS if settings.models.configured else 1
            tools = stack.enter_context(opened(settings))
            executor = ThreadPoolExecutor(at_once, thread_name_prefix="sample")
            made: Pool = Threads(tools, executor, at_once)
        else:
            open_knowledge(settings)  # built once, and what is wrong with it said once
            at_once = processes or os.cpu_count() or 1
            os.environ["SPARRING_THREADS"] = "1"  # a core for each process; read when these start
            executor = ProcessPoolExecutor(at_once, get_context("spawn"), initializer=_start, initargs=(settings,))
            made = Processes(executor, at_once)
        stack.callback(executor.shutdown, wait=True, cancel_futures=True)
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


def _start(settings: Settings) -> None:
    """Open the tools of this process; an interrupt is for the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stack = ExitStack()
    atexit.register(stack.close)
    _tools.append(stack.enter_context(opened(settings)))


def _played_here(suite: Suite, item: Item, seed: int) -> Result:
    return played(suite, item, _tools[0].seeded(seed))
