"""Reads cards from YAML, and says of a bad one where it is wrong: file, line, field and the fix."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from personas.card import Card

CARDS = Path(__file__).parent / "cards"
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
"""Deepest nesting of lists and fields; a card needs six levels."""

_YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one written in C reads a card ten times faster; it is in every wheel."""

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a card."""

    file: str
    line: int
    field: str
    message: str
    fix: str

    def __str__(self) -> str:
        """Return it as one line, ``file:line: field: message. Fix: ...``."""
        return f"{self.file}:{self.line}: {self.field or 'card'}: {self.message}. Fix: {self.fix}."


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A card file as read: the card, or what is wrong with it. The same object while the file is the same."""

    path: Path
    card: Card | None
    problems: tuple[Problem, ...]
    lines: dict[Place, int]
    """Line of every key and item of the file, from 1."""

    def problem(self, place: Place, message: str, fix: str) -> Problem:
        """Describe a problem at ``place``, or at the nearest place above it that has a line."""
        return Problem(str(self.path), _line(self.lines, place), dotted(place), message, fix)


def load(path: Path) -> Loaded:
    """Read one card file, again only once it has changed. Never raises for what is in the file."""
    try:
        found = path.stat()
    except OSError as error:
        return _unreadable(path, error)
    return _load(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=64)
def _load(path: Path, _changed: int, size: int) -> Loaded:
    lines: dict[Place, int] = {}
    try:
        if size > MAX_BYTES:
            return _broken(path, 1, f"larger than {MAX_BYTES:,} bytes", "split the card or remove what is not a card")
        text = path.read_text(encoding="utf-8")
        if (refused := _screen(text)) is not None:
            return _broken(path, *refused)
        loader = _YAML(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            return _broken(path, 1, "not a mapping of fields", "begin with `id: ...`")
        problems = [Problem(str(path), *found) for found in _walk(node, (), lines)]
        data = loader.construct_document(node)
    except (OSError, UnicodeDecodeError) as error:
        return _unreadable(path, error)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return _broken(path, line, f"not valid YAML: {error.problem}", "check quotes, colons and indentation here")
    except yaml.YAMLError as error:
        return _broken(path, 1, f"not valid YAML: {error}".splitlines()[0], "remove control characters")
    except ValueError as error:
        return _broken(path, 1, f"a value cannot be read: {error}", "correct it, or write it in quotes")
    try:
        card = Card.model_validate(data)
    except ValidationError as error:
        problems += [_from_pydantic(path, detail, lines) for detail in error.errors()]
        return Loaded(path, None, tuple(sorted(problems, key=lambda p: p.line)), lines)
    return Loaded(path, None if problems else card, tuple(problems), lines)


def load_all(folders: list[Path]) -> list[Loaded]:
    """Read every ``*.yaml`` of the folders, by name; a folder that is not there has none."""
    return [load(path) for folder in folders for path in sorted(folder.glob("*.yaml"))]


def dotted(place: Place) -> str:
    """Write a place as a designer would: ``facts[2].reveal``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def _screen(text: str) -> tuple[int, str, str] | None:
    """Return what makes a file unfit to be composed: a few lines of aliases or brackets can fill the memory."""
    depth = 0
    for event in yaml.parse(text, Loader=_YAML):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            return line, "an alias (`*name`)", "write out what it stands for"
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return line, f"nested more than {MAX_DEPTH} levels deep", "check brackets and indentation here"
    return None


def _walk(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Iterator[tuple[int, str, str, str]]:
    """Note every line and yield duplicate keys."""
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for i, child in enumerate(node.value):
            yield from _walk(child, (*place, i), lines)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, child in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                yield line, dotted((*place, name)), f"given twice, first on line {seen[name]}", "keep one of the two"
            seen[name] = line
            lines[(*place, name)] = line
            yield from _walk(child, (*place, name), lines)


def _line(lines: dict[Place, int], place: Place) -> int:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _broken(path: Path, line: int, message: str, fix: str) -> Loaded:
    return Loaded(path, None, (Problem(str(path), line, "", message, fix),), {})


def _unreadable(path: Path, error: Exception) -> Loaded:
    return _broken(path, 1, f"cannot be read ({error})", "save it as UTF-8 text that this account may read")


_FIXES = {
    "missing": "add this field",
    "invalid_key": "write the key in quotes: YAML takes a bare yes or no for true or false",
    "extra_forbidden": "remove it, or correct its name",
    "too_short": "write more entries",
    "string_type": "write it as text, in quotes if it looks like a number or yes/no",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "float_parsing": "write a number",
    "list_type": "write a list, one `- ` a line",
    "string_pattern_mismatch": "use the form the schema asks for",
    "string_too_long": "shorten it",
    "string_too_short": "write something here, or remove the entry",
}


def _from_pydantic(path: Path, detail: ErrorDetails, lines: dict[Place, int]) -> Problem:
    place = tuple(part for part in detail["loc"] if part != "[key]")
    fix = _FIXES.get(detail["type"], "correct the value as the message says")
    return Problem(str(path), _line(lines, place), dotted(place), detail["msg"], fix)
