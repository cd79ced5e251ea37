"""The labelled turns the reader is trained on, from ``data/*.jsonl``.

A line is either one turn with its context or a whole conversation with labels on every trainee turn; both
become rows of one kind. A row whose labels do not hold together (an unknown id, a quote that is not in the
turn) is left out and reported.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.reading import Brief, Said
from knowledge.taxonomy import MISSTEPS, TECHNIQUES

DATA = Path(__file__).parent / "data"

OBSERVED = (*TECHNIQUES, *MISSTEPS)
CALLED = tuple(TECHNIQUES)
GRADES = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled trainee turn."""

    id: str
    source: str
    """The file it comes from, which stands for its writer."""
    group: str
    """Rows of one conversation share it, so that no conversation stands on both sides of a split."""
    turn: str
    context: tuple[Said, ...]
    brief: Brief
    atoms: tuple[tuple[str, int, int], ...]
    """(id, start, end) of every technique and misstep."""
    called_for: tuple[str, ...]
    grade: int | None
    """None where a change to the turn made the grade unknown."""
    unknown: frozenset[str] = field(default_factory=frozenset)
    """Atoms of which this row says neither yes nor no."""
    teaches_called_for: bool = True
    outside: tuple[str, ...] | None = None
    """Labels of an outside corpus, which has heads of its own; None for our rows."""


class BrokenRow(ValueError):
    """A labelled turn whose labels do not hold together."""


def read_rows(paths: Iterable[Path] | None = None) -> tuple[list[Row], list[str]]:
    """Return all sound rows of ``paths`` (by default all of ``data/``), and what was wrong with the others."""
    rows: list[Row] = []
    problems: list[str] = []
    for path in paths or sorted(DATA.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                rows.extend(_rows(json.loads(line), path.name))
            except (ValueError, KeyError, TypeError) as error:
                problems.append(f"{path.name}:{number}: {error!r}")
    return rows, problems


def held_out(row: Row, parts: int = 8) -> bool:
    """Tell whether the row's conversation belongs to the part of ``parts`` that training never sees."""
    return int(hashlib.md5(("s" + row.group).encode()).hexdigest(), 16) % parts == 0


def _rows(line: Mapping[str, Any], source: str) -> Iterator[Row]:
    if "turns" not in line:
        first = (line["context"][0]["text"] if line["context"] else line["turn"])[:60]
        group = "c:" + hashlib.md5(first.encode()).hexdigest()
        yield _row(line, line["id"], source, group, line["turn"], line["context"], line.get("brief"))
        return
    for place, turn in enumerate(line["turns"]):
        if turn["role"] == "trainee" and "grade" in turn:
            id, before = f"{line['id']}@{place}", line["turns"][:place]
            yield _row(turn, id, source, f"{source}:{line['id']}", turn["text"], before, line.get("brief"))


def _row(
    labels: Mapping[str, Any],
    id: str,
    source: str,
    group: str,
    turn: str,
    context: Sequence[Mapping[str, Any]],
    brief: Mapping[str, Any] | None,
) -> Row:
    called_for = tuple(labels["called_for"])[:4]
    if not set(called_for) <= set(TECHNIQUES) or labels["grade"] not in range(GRADES):
        raise BrokenRow(f"{id}: {called_for}, grade {labels['grade']}")
    atoms = [_atom(atom, turn, TECHNIQUES) for atom in labels["techniques"]]
    atoms += [_atom(atom, turn, MISSTEPS) for atom in labels["missteps"]]
    said = tuple(Said(message["role"], message["text"]) for message in context)
    disputed = frozenset(labels.get("disputed", ()))
    if not disputed <= set(OBSERVED):
        raise BrokenRow(f"{id}: disputed {sorted(disputed)}")
    return Row(
        id, source, group, turn, said, brief_of(brief or {}), tuple(atoms), called_for, labels["grade"], disputed
    )


def _atom(atom: Mapping[str, str], turn: str, known: Iterable[str]) -> tuple[str, int, int]:
    start = turn.find(atom["quote"])
    if atom["id"] not in known or start < 0 or not atom["quote"]:
        raise BrokenRow(f"{atom} does not fit {turn!r}")
    return atom["id"], start, start + len(atom["quote"])


def brief_of(brief: Mapping[str, Any]) -> Brief:
    """Return the brief of a conversation; what is missing stays empty."""

    def several(value: object) -> tuple[str, ...]:
        return tuple(value) if isinstance(value, list) else ((str(value),) if value else ())

    return Brief(
        brief.get("company") or "",
        brief.get("situation") or "",
        several(brief.get("agent_may")),
        several(brief.get("agent_may_not")),
    )
