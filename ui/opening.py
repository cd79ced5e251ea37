"""Opens the ring beside the page: the libraries under it take seconds to import, the first page does not need them."""

import importlib
import logging
import os
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from graph.errors import SparringError, Unusable

if TYPE_CHECKING:
    from graph.session import Ring


_CHARTS = ("pandas", "pyarrow")
"""What Streamlit imports for its first chart: a second that the first debrief should not wait for."""

_log = logging.getLogger(__name__)


class Opening:
    """A ring that is being opened in a thread of its own."""

    def __init__(self) -> None:
        """Begin to open."""
        self.passages = (0, 0)
        """Passages indexed and passages in all, while the index is built; (0, 0) where it need not be."""
        self.error: SparringError | None = None
        self._ring: Ring | None = None
        self._done = threading.Event()
        threading.Thread(target=self._open, name="opening", daemon=True).start()

    @property
    def ready(self) -> bool:
        """Return whether `ring` answers at once, be it with an error."""
        return self._done.is_set()

    def ring(self) -> "Ring":
        """Return the ring, waiting for it; raises Unusable."""
        self._done.wait()
        if self._ring is None:
            raise self.error or Unusable("Sparring could not be opened. Fix: see the terminal that it runs in.")
        return self._ring

    def wait(self, seconds: float) -> bool:
        """Wait for at most ``seconds``; return whether the ring is open."""
        return self._done.wait(seconds)

    def _open(self) -> None:
        try:
            from graph.session import Ring

            self._ring = Ring(progress=self._progress)
        except SparringError as error:
            self.error = error
        except Exception as error:  # the page that waits tells it; a thread has nobody else to tell
            _log.error("Sparring could not be opened", exc_info=error)
            self.error = Unusable(f"{type(error).__name__}: {error}. Fix: see the terminal that Sparring runs in.")
        self._done.set()
        if self._ring is not None:
            self._ring.knowledge.search("warm up", 1)  # else the first turn waits for the model to load
        for library in _CHARTS:
            importlib.import_module(library)

    def _progress(self, done: int, of: int) -> None:
        self.passages = (done, of)
        time.sleep(0)  # the page's thread gets its turn between two batches


def opening() -> Opening:
    """Return the opening of this process, begun at the first call and again after it failed."""
    where = tuple(os.environ.get(name, "") for name in ("SPARRING_DATA", "SPARRING_CARDS", "SPARRING_STORE_URL"))
    with _lock:
        return _opening(where)


def begun() -> bool:
    """Return whether this process has begun to open a ring."""
    return _opening.cache_info().currsize > 0


def again() -> None:
    """Forget an opening that failed, so that the next call tries anew."""
    if opening().error is not None:
        _opening.cache_clear()


_lock = threading.Lock()


@lru_cache(maxsize=8)
def _opening(where: tuple[str, ...]) -> Opening:
    return Opening()
