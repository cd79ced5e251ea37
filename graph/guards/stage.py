"""What a guard is given and what it gives back, and the few looks at text that guards share."""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from graph.types import Step
from knowledge.text import sentences
from personas.card import Card

Kind = Literal[
    "agent", "helps", "narrates", "machine", "leaks", "concedes", "leaves", "repeats", "empty", "long", "language",
    "markup", "echoes",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must not be shown."""

    kind: Kind
    why: str
    """One line for trainers and logs. It may name what was hidden: it never goes into a prompt."""
    span: tuple[int, int]
    """Start and end in the reply."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a reply is spoken into."""

    card: Card
    steps: tuple[Step, ...]
    """What the customer does in this turn."""
    told: frozenset[str] = frozenset()
    """Facts that have come out, those of this turn among them."""
    said: str = ""
    """The trainee's message that is answered."""
    earlier: Sequence[str] = ()
    """What the customer said before, oldest first."""
    prompt: str = ""
    """Words of ours that the customer was given and must not say."""
    nonce: str = ""
    growing: bool = False
    """Whether more of the reply may follow."""

    @property
    def beats(self) -> frozenset[str]:
        """Return what the steps are; an ending stands there with its kind, as ``end:resolved``."""
        return beats_of(self.steps)


def beats_of(steps: Sequence[Step]) -> frozenset[str]:
    """Return what ``steps`` are; an ending stands there with its kind, as ``end:resolved``."""
    return frozenset(f"end:{step.about}" if step.beat == "end" else step.beat for step in steps)


Guard = Callable[[str, Stage], Finding | None]

_QUOTED = re.compile(r'["“«][^"“”«»]*["”»]')
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
MOSTLY = 0.85
"""A reply of which more than this stands in quotation marks is not taken for one that quotes."""


def words(text: str) -> list[str]:
    """Return the words of ``text``, small, with straight apostrophes."""
    return [match[0].casefold().replace("’", "'") for match in _WORD.finditer(text)]


def own_words(text: str, said: str) -> str:
    """Return ``text`` with what it quotes blanked out, so that places in it stay the same.

    A customer may quote anybody. What is quoted counts as theirs after all where it is most of the reply and no
    words of the trainee's.
    """
    quoted = list(_QUOTED.finditer(text))
    heard = " ".join(words(said))
    strange = sum(len(q[0]) for q in quoted if " ".join(words(q[0])) not in heard)
    if strange > MOSTLY * max(1, len(text.strip())):
        return text
    for quote in quoted:
        text = text[: quote.start()] + " " * len(quote[0]) + text[quote.end() :]
    return text


def without_echo(text: str, said: str) -> str:
    """Return ``text`` with quoted words of the trainee's blanked out, quotation marks included, and no others."""
    heard = " ".join(words(said))
    for quote in _QUOTED.finditer(text):
        if " ".join(words(quote[0])) in heard:
            text = text[: quote.start()] + " " * len(quote[0]) + text[quote.end() :]
    return text


def straight(text: str) -> str:
    """Return ``text`` with straight apostrophes: as long as it was."""
    return text.replace("’", "'")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of every sentence."""
    return sentences(text)


def search(kind: Kind, why: str, sought: re.Pattern[str], text: str) -> Finding | None:
    """Return a finding for the first place of ``sought`` in ``text``."""
    hit = sought.search(text)
    return Finding(kind, f"{why}: {hit[0]!r}", hit.span()) if hit else None


def either(*parts: str) -> re.Pattern[str]:
    """Return one pattern for any of ``parts``, upper or lower case."""
    return re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE)


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return one pattern for all that ``patterns.toml`` lists under ``name``; KeyError where it has no such list."""
    listed = tomllib.loads((Path(__file__).parent / "patterns.toml").read_text(encoding="utf-8"))
    parts = listed["parts"]
    return either(*(re.sub(r"@(\w+)@", lambda part: parts[part[1]], one) for one in listed[name]["any"]))
