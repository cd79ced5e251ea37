"""The customer's voice: the protocol, and the built-in customer who speaks the card's own lines."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from graph.types import Direction, Line, Step
from knowledge.reading import Said
from personas.card import Band, Beat, Card

BY = "built-in"

_NEIGHBOURS: dict[Band, tuple[Band, ...]] = {
    "hot": ("hot", "tense", "cool"),
    "tense": ("tense", "hot", "cool"),
    "cool": ("cool", "tense", "hot"),
}
REACTIONS: frozenset[str] = frozenset({"soften", "unmoved", "retort", "doubt", "baffled", "take"})
"""Beats that go before what the customer has to say; left out rather than repeated."""
_INSTEAD: tuple[Beat, ...] = ("push", "vent", "waver", "dodge", "refuse", "doubt", "unmoved")
"""What is said when everything written for a step was said already."""
SLOT = "{quote}"


@dataclass(frozen=True, slots=True)
class Cue:
    """All a customer needs to speak."""

    card: Card
    direction: Direction
    transcript: Sequence[Said]
    used: frozenset[str]
    """Lines spoken in this session."""
    seen: frozenset[str]
    """Lines the same trainee heard in earlier sessions: avoided while there are others."""
    seed: int


class Customer(Protocol):
    """Speaks what the director decided."""

    def speak(self, cue: Cue, write: Callable[[str], None]) -> Line:
        """Return the customer's message, having written it piece by piece."""
        ...


class BuiltInCustomer:
    """Speaks the lines of the card: picks by beat and heat, throws words back, never says one twice."""

    def speak(self, cue: Cue, write: Callable[[str], None]) -> Line:
        """Return the message. The same cue gives the same words."""
        picked: list[tuple[str, str]] = []
        for n, step in enumerate(cue.direction.steps):
            taken = cue.used | {line for line, _ in picked}
            chance = random.Random(f"{cue.seed}/{cue.direction.scene.turn}/{n}")
            if (line := pick(cue.card, step, cue.direction.scene.mood.band, taken, cue.seen, chance)) is not None:
                picked.append((line, line.replace(SLOT, step.quote)))
        text = " ".join(said for _, said in picked)
        write(text)
        return Line(text=text, used=tuple(line for line, _ in picked), by=BY)


def pick(
    card: Card, step: Step, band: Band, used: frozenset[str] | set[str], seen: frozenset[str], chance: random.Random
) -> str | None:
    """Choose a line for ``step`` that was not spoken yet; None where a reaction has none left."""
    for pool in _pools(card, step, band):
        fresh = [line for line in pool if line not in used and (SLOT not in line or step.quote)]
        if fresh:
            return chance.choice([line for line in fresh if line not in seen] or fresh)
    return None


def _pools(card: Card, step: Step, band: Band) -> Iterator[Sequence[str]]:
    """Yield what could be said, best fit first."""
    yield from lines_for(card, step, band)
    if step.beat not in REACTIONS:
        for beat in _INSTEAD:
            yield from (card.lines[beat].of(near) for near in _NEIGHBOURS[band] if beat in card.lines)


def lines_for(card: Card, step: Step, band: Band) -> Iterable[Sequence[str]]:
    """Return the card's lines for a step: one list, or one a band, the nearest band first."""
    match step.beat:
        case "open":
            return [card.opens]
        case "end":
            return [getattr(card.endings, step.about)]
        case "reveal":
            return [card.fact(step.about).reveal]
        case "answer":
            return [card.answer(step.about).says]
        case "accepts" | "tests" | "refuses":
            return [getattr(card.offer(step.about), step.beat)]
        case "demand":
            banded = card.demand(step.about).says
        case beat:
            banded = card.lines[beat]
    return [banded.of(near) for near in _NEIGHBOURS[band]]
