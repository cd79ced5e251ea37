"""Where things are kept and which add-ons are used: the environment, read in one place."""

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from graph.errors import Unusable
from personas.loader import CARDS


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is configured to."""

    data: Path
    """Everything that is written goes under this directory (``SPARRING_DATA``)."""
    cards: tuple[Path, ...]
    """Folders of cards: the packaged ones, then ``SPARRING_CARDS`` (several, separated as in PATH)."""
    store_url: str
    """SQLAlchemy URL of the reporting store (``SPARRING_STORE_URL``); SQLite under `data` by default."""

    @staticmethod
    def from_environment() -> "Settings":
        """Read the environment; raises Unusable when the data directory cannot be written."""
        data = Path(os.environ.get("SPARRING_DATA") or user_data_path("sparring", appauthor=False)).expanduser()
        own = tuple(Path(p).expanduser() for p in os.environ.get("SPARRING_CARDS", "").split(os.pathsep) if p)
        url = os.environ.get("SPARRING_STORE_URL") or f"sqlite:///{data / 'sparring.sqlite'}"
        return Settings(writable(data), (CARDS, *own), url)


def writable(folder: Path) -> Path:
    """Return ``folder``, made if it was not there; raises Unusable when nothing can be written to it."""
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Unusable(
            f"The data directory {folder} cannot be written: {error.strerror or error}. "
            "Fix: give this account the right to write there, or set SPARRING_DATA to another directory."
        ) from error
    return folder.resolve()
