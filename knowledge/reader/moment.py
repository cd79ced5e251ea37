"""What a moment asks of the trainee, told by rules from what was said before: the plain baseline."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.reader.patterns import compiled, table
from knowledge.reading import Said

_MOST = 4
_ALWAYS = ("offer_solution", "explain_next_steps", "acknowledge_feeling")
_AT_FIRST = ("acknowledge_feeling", "apologise")


@dataclass(frozen=True, slots=True)
class Moment:
    """A kind of customer message, and what it asks of the next turn."""

    says: re.Pattern[str]
    wants: tuple[str, ...]
    """Techniques, most needed first."""
    answered: bool
    """Whether it is such a moment only after the trainee has answered before."""


@lru_cache(maxsize=1)
def moments() -> tuple[Moment, ...]:
    """Return the kinds of moment, the more pressing first."""
    return tuple(
        Moment(compiled(entry["says"]), tuple(entry["wants"]), entry.get("answered", False))
        for entry in table("moment")
    )


def called_for(context: Sequence[Said]) -> tuple[str, ...]:
    """Return at most four techniques a skilled agent would use after ``context``, most needed first."""
    last = next((said.text for said in reversed(context) if said.role == "customer"), "")
    answered = any(said.role == "trainee" for said in context)
    wanted: list[str] = []
    for moment in moments():
        if (answered or not moment.answered) and moment.says.search(last):
            wanted += moment.wants
    if not answered:
        wanted += _AT_FIRST
    return tuple(dict.fromkeys([*wanted, *_ALWAYS]))[:_MOST]
