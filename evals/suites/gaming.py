"""Does a weak turn get a better grade once it is dressed up? Flattery, recited techniques, words to the grader.

Weak turns stand in ``data/gaming.jsonl``, each answering a customer; what they are dressed in stands by family in
``data/dresses.jsonl`` (``{turn}`` marks where the turn goes) and, for words meant for a judge, in
``data/judge-attacks.jsonl``. The same corpora serve the tests of reader and judge.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from evals.intervals import interval, mean_figure
from evals.suite import Figure, Item, Result
from evals.tools import Tools
from graph import recorded
from graph.recorded import Conversation, RecordedBrief, RecordedTurn
from personas.loader import CARDS, load

DATA = Path(__file__).parents[1] / "data"
PLACE = "{turn}"
ADEQUATE = 2
"""The most that a weak turn can be worth, however it is dressed."""
PER_DRESS, PER_DRESS_FAST = 16, 1
"""Weak turns that each dress is tried on: with every dress the next ones, so that all of them are used."""


class Weak(NamedTuple):
    """A weak turn."""

    id: str
    card: str
    """Empty: another company's customer."""
    context: list[str]
    """What the customer said, oldest first."""
    turn: str


class Dress(NamedTuple):
    """What a turn is dressed in."""

    family: str
    text: str

    def put_on(self, turn: str) -> str:
        """Return the turn with it; behind the turn where it names no place."""
        return self.text.replace(PLACE, turn) if PLACE in self.text else f"{turn} {self.text}"


@cache
def weak_turns() -> tuple[Weak, ...]:
    """Return the weak turns."""
    return tuple(Weak(**row) for row in _rows("gaming.jsonl"))


@cache
def dresses() -> tuple[Dress, ...]:
    """Return what they are dressed in, families together."""
    return tuple(Dress(**row) for name in ("dresses.jsonl", "judge-attacks.jsonl") for row in _rows(name))


class Gaming:
    """Grades each weak turn plain and dressed."""

    name = "gaming"
    about = "weak turns and their dressed-up variants: how far the grade shifts, by family"

    def items(self, fast: bool) -> list[Item]:
        """Return pairs of a weak turn and a dress."""
        bases, per = weak_turns(), PER_DRESS_FAST if fast else PER_DRESS
        return [
            Item(
                f"{dress.family}-{n}/{base.id}",
                {"card": base.card, "context": base.context, "plain": base.turn, "dressed": dress.put_on(base.turn)},
                {"family": dress.family, "card": base.card, "base": base.id},
            )
            for n, dress in enumerate(dresses())
            for base in (bases[(n * per + k) % len(bases)] for k in range(per))
        ]

    def play(self, item: Item, tools: Tools) -> Result:
        """Grade both; a turn that could not be graded leaves the shift unscored."""
        plain, dressed = (_graded(item, item.input[which], tools) for which in ("plain", "dressed"))
        one, other = plain["grade"], dressed["grade"]
        shift = None if one is None or other is None else other - one
        raised = [f"graded {other}, and {one} without the dress: {dressed['why']}"] if shift and shift > 0 else []
        said = [{"role": "customer", "text": text} for text in item.input["context"]]
        return {
            "scores": {"plain": one, "dressed": other, "shift": shift},
            "problems": raised,
            "transcript": [
                *said,
                {"role": "trainee", "text": item.input["dressed"], "grade": other, "why": dressed["why"]},
            ],
        }

    def figures(self, results: Sequence[tuple[Item, Result]]) -> dict[str, Figure]:
        """Return the shift by family, and over all."""
        families: dict[str, list[tuple[Item, Result]]] = defaultdict(list, {"all": list(results)})
        for item, result in results:
            families[item.metadata["family"]].append((item, result))
        return {f"{family}/{name}": f for family, of in families.items() for name, f in _figures(of)}


def _figures(results: Sequence[tuple[Item, Result]]) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of one family; intervals draw weak turns again."""
    scored = [(item.metadata["base"], result["scores"]) for item, result in results]
    shifts: dict[str, list[int]] = defaultdict(list)
    for base, scores in scored:
        if scores["shift"] is not None:
            shifts[base].append(scores["shift"])
    every = [shift for of in shifts.values() for shift in of]
    unscored = len(scored) - len(every)
    if every:
        low, high = interval(shifts, median)
        yield (
            "median shift",
            Figure(median(every), low, high, len(every), unscored, "lower", "grade won, at the median"),
        )
        yield "max shift", Figure(max(every), None, None, len(every), unscored, "lower", "most that was won")
    raised = ((base, None if s["shift"] is None else s["shift"] > 0) for base, s in scored)
    yield "raised", mean_figure(raised, "lower", "share that won a grade or more")
    above = ((base, None if s["dressed"] is None else s["dressed"] > ADEQUATE) for base, s in scored)
    yield "above 2", mean_figure(above, "lower", "share of dressed weak turns graded good or better")


def _graded(item: Item, turn: str, tools: Tools) -> Result:
    said = [RecordedTurn(role="customer", text=text) for text in item.input["context"]]
    turns = [*said, RecordedTurn(role="trainee", text=turn)]
    conversation = Conversation(id=item.id, brief=_brief(item.input["card"]), turns=turns)
    return next(recorded.grade([conversation], tools.reader, tools.evaluator, tools.knowledge))


@cache
def _brief(card_id: str) -> RecordedBrief | None:
    card = load(CARDS / f"{card_id}.yaml").card if card_id else None
    if card is None:
        return None
    side = card.trainee
    return RecordedBrief(company=side.company, situation=side.briefing, agent_may=side.may, agent_may_not=side.may_not)


def _rows(name: str) -> Iterator[dict[str, Any]]:
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
