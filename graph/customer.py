"""The customer's voice: the protocol, and the built-in customer who speaks the card's own lines."""

import random
from collections.abc import Callable, Iterable, Sequence
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
_SPARE = REACTIONS - {"retort"}
"""Left out as well where all their lines were heard in earlier sessions; a serious misstep is always answered."""
_CHATTER: frozenset[str] = frozenset({"demand", "push", "vent", "waver", "dodge", "refuse", "tests", "refuses"})
"""Beats that another one can stand for."""
_INSTEAD: tuple[Beat, ...] = ("push", "vent", "waver", "dodge", "refuse", "doubt", "unmoved")
"""What is said when everything written for a step was said already."""
_NEAREST: dict[str, Beat] = {"tests": "doubt", "refuses": "refuse"}
"""Where that begins with something else."""
SLOT = "{quote}"


@dataclass(frozen=True, slots=True)
class Cue:
    """All a customer needs to speak."""

    card: Card
    direction: Direction
    transcript: Sequence[Said]
    """All that was said, the message that is answered last; empty where the customer begins."""
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
    """Choose a line for ``step`` that was not spoken yet; None for a reaction that has none left.

    What was heard in earlier sessions waits behind what was not: other words for the same step, then, where the
    step carries nothing that the turn needs, another beat. An answer is given again sooner than left out.
    """

    def fresh(pools: Iterable[Sequence[str]], avoided: frozenset[str]) -> Sequence[str]:
        left = ([line for line in pool if _fits(line, step) and line not in used | avoided] for pool in pools)
        return next((lines for lines in left if lines), [])

    own = list(lines_for(card, step, band))
    others = dict.fromkeys((_NEAREST.get(step.beat, _INSTEAD[0]), *_INSTEAD))
    instead = [card.lines[beat].of(near) for beat in others for near in _NEIGHBOURS[band]]
    nothing: frozenset[str] = frozenset()
    if step.beat in _SPARE:
        lines = fresh(own, seen)
    elif step.beat in REACTIONS:
        lines = fresh(own, seen) or fresh(own, nothing)
    elif step.beat in _CHATTER:
        lines = fresh(own[:2], seen) or fresh(instead, seen) or fresh(own, nothing) or fresh(instead, nothing)
    else:
        lines = fresh(own[:2], seen) or fresh(own, nothing) or fresh(instead, nothing)
    return chance.choice(lines) if lines else None


def _fits(line: str, step: Step) -> bool:
    return SLOT not in line or bool(step.quote)


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
