"""Runs a source of pieces in a thread of its own, so that whoever waits for them can give up at any time."""

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Generic, TypeVar

Piece = TypeVar("Piece")


class Pump(Generic[Piece]):
    """One source being read ahead."""

    def __init__(self, source: Callable[[], Iterator[Piece]]) -> None:
        """Call ``source`` in the thread, and begin to read what it returns."""
        self._queue: SimpleQueue[Piece | BaseException | None] = SimpleQueue()
        self._stopped = threading.Event()
        threading.Thread(target=self._run, args=(source,), name="model", daemon=True).start()

    def next(self, patience_s: float) -> Piece | None:
        """Return the next piece, or None at the end.

        Raises:
            queue.Empty: nothing came in time.
            Exception: what the source raised.
        """
        piece = self._queue.get(timeout=max(0.0, patience_s))
        if isinstance(piece, BaseException):
            raise piece
        return piece

    def stop(self) -> None:
        """Have the source closed as soon as it yields again; nobody waits for that."""
        self._stopped.set()

    def _run(self, source: Callable[[], Iterator[Piece]]) -> None:
        try:
            pieces = source()
            for piece in pieces:
                if self._stopped.is_set():
                    break
                self._queue.put(piece)
            if (close := getattr(pieces, "close", None)) is not None:
                close()
        except BaseException as error:  # it belongs to whoever waits
            self._queue.put(error)
        else:
            self._queue.put(None)
