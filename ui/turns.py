"""Turns in progress: each runs in a thread of its own, so that no click, reload or closed tab cuts it off.

A page follows a turn from wherever it joined; the events it missed are told again.
"""

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.session import Event


class Run:
    """One turn, or the end of a session, in progress."""

    def __init__(self, said: str, act: "Callable[[], Iterator[Event]]") -> None:
        """Begin.

        Args:
            said: what the trainee said; empty for the end of a session.
            act: does it, yielding what happens.
        """
        self.said = said
        self.error: Exception | None = None
        self._events: list[Event] = []
        self._done = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._play, args=(act,), name="turn", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Return whether nothing more will happen."""
        return self._done

    def follow(self) -> "Iterator[Event]":
        """Yield every event from the first on, waiting for those to come; raises what the turn ended with."""
        told = 0
        while fresh := self._after(told):
            yield from fresh
            told += len(fresh)
        if self.error is not None:
            raise self.error

    def _after(self, told: int) -> "list[Event]":
        """Return the events after the first ``told``, waiting for one; none once nothing more will happen."""
        with self._news:
            self._news.wait_for(lambda: self._done or len(self._events) > told)
            return self._events[told:]

    def _play(self, act: "Callable[[], Iterator[Event]]") -> None:
        try:
            for event in act():
                self._add(event)
        except Exception as error:  # the page that follows tells it
            self.error = error
        with self._news:
            self._done = True
            self._news.notify_all()

    def _add(self, event: "Event") -> None:
        with self._news:
            self._events.append(event)
            self._news.notify_all()


_running: dict[str, Run] = {}
_lock = threading.Lock()


def current(session_id: str) -> Run | None:
    """Return the turn in progress in a session, if this process is in the middle of one."""
    with _lock:
        run = _running.get(session_id)
        return run if run is not None and not run.done else None


def start(session_id: str, said: str, act: "Callable[[], Iterator[Event]]") -> Run | None:
    """Begin a turn; None where another is in progress."""
    with _lock:
        before = _running.get(session_id)
        if before is not None and not before.done:
            return None
        for finished in [key for key, run in _running.items() if run.done]:
            del _running[finished]
        _running[session_id] = run = Run(said, act)
        return run
