"""The cards on offer, read again only when a file changed."""

from functools import lru_cache
from pathlib import Path

from graph.settings import Settings
from personas.card import Card
from personas.lint import lint
from personas.loader import Problem, load_all

Files = tuple[tuple[str, int, int], ...]
"""Path, time of change in nanoseconds and size of every card file."""


def cards() -> tuple[list[Card], list[Problem]]:
    """Return the usable cards, easiest first, and what is wrong with the others; raises Unusable."""
    folders = Settings.from_environment().cards
    return _read(folders, _files(folders))


@lru_cache(maxsize=4)
def _read(folders: tuple[Path, ...], files: Files) -> tuple[list[Card], list[Problem]]:
    good: dict[str, Card] = {}
    problems: list[Problem] = []
    for loaded in load_all(list(folders)):
        if found := lint(loaded):
            problems += found
        elif loaded.card is not None:
            good[loaded.card.id] = loaded.card
    return sorted(good.values(), key=lambda card: (card.difficulty, card.name)), problems


def _files(folders: tuple[Path, ...]) -> Files:
    found = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.yaml"))):
        stat = path.stat()
        found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)
