"""Has the reader read what was said while the trainee writes, so that the turn itself is read in half the time."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from knowledge.reading import Brief, Reader, Said

AFTER_S = 0.05
"""By then the turn that asks for this has been written down, which two busy cores would hold up."""


class Ahead:
    """One thread for all sessions of a process. What it has not come to is read with the turn, as it would be else."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="reads-ahead")

    def read(self, context: Sequence[Said], brief: Brief) -> None:
        """Have the reader prepare for the turn after ``context``, in a moment; returns at once."""
        self._pool.submit(self._prepare, context, brief)

    def close(self) -> None:
        """Stop once all is read that was asked for."""
        self._pool.shutdown()

    def _prepare(self, context: Sequence[Said], brief: Brief) -> None:
        time.sleep(AFTER_S)
        self._reader.prepare(context, brief)
