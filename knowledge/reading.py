"""What one trainee turn shows: the types every reader takes and returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["customer", "trainee"]


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What the agent in this conversation knows and may do. Every field may be empty."""

    company: str = ""
    situation: str = ""
    agent_may: tuple[str, ...] = ()
    agent_may_not: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Atom:
    """One technique or misstep seen in a turn."""

    id: str
    """An id of `knowledge.taxonomy`."""
    start: int
    """Where the quote begins in the turn, in characters."""
    end: int
    """Where it ends; ``turn[start:end]`` is the quote."""
    confidence: float
    """How sure the reader is, 0 to 1."""

    def quote(self, turn: str) -> str:
        """Return the words of ``turn`` this atom stands on."""
        return turn[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader saw in one turn, and what it thinks the moment asked for."""

    techniques: tuple[Atom, ...] = ()
    """At most one a technique id, in the order of the text."""
    missteps: tuple[Atom, ...] = ()
    """At most one a misstep id, in the order of the text."""
    called_for: tuple[str, ...] = ()
    """At most four technique ids, most needed first, judged from what came before the turn."""
    merit: float | None = None
    """How specific and complete the turn is for this moment, 0 to 4, where the reader can tell.
    It is one input of the grade, which `graph.grading` computes."""


class Reader(Protocol):
    """Reads a trainee's turn in its conversation. Pure: same input, same reading."""

    version: str
    """Changes whenever a reading could."""

    def prepare(self, context: Sequence[Said], brief: Brief) -> None:
        """Do ahead what can be done before the turn after ``context`` is there; may do nothing."""
        ...

    def read(self, turn: str, context: Sequence[Said], brief: Brief) -> Reading:
        """Read ``turn``, said after ``context`` (oldest first, may be empty) under ``brief``."""
        ...
