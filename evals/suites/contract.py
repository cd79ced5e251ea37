"""Scripted poor, mediocre and expert trainees against every card: their moods and grades come out in that order.

The scripts stand in ``evals/trainees``, one file a card, each line one message. A poor trainee is never served, an
expert is within some turns; no line of the card is said twice, and no hidden fact comes out that nobody asked for.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import mean

from evals.intervals import mean_figure
from evals.scripts import LEVELS, played, samples
from evals.suite import Better, Data, Figure, Item, Result
from evals.tools import Tools, transcript
from graph.session import Session
from graph.types import Turn
from personas.card import Card, Fact

SEEDS, SEEDS_FAST = 12, 1
EXPERT_TURNS = 12
"""An expert is served within so many turns."""
_ASKS = re.compile(r"\?|\b(tell|talk|walk) me\b|\bgo on\b|\bsay more\b|\b(hear|know|understand)\b", re.IGNORECASE)
_ROUNDING = 0.01

Scored = Sequence[tuple[Item, Result]]


class Contract:
    """Sends each script until it or the conversation ends."""

    name = "contract"
    about = "scripted poor, mediocre and expert trainees against every card: who is served, with what grade"

    def items(self, fast: bool) -> list[Item]:
        """Return one sample a card, level and seed."""
        return samples(SEEDS_FAST if fast else SEEDS)

    def play(self, item: Item, tools: Tools) -> Result:
        """Play one script, then finish."""
        session = played(item, tools)
        return _result(session, item.metadata["level"])

    def figures(self, results: Scored) -> dict[str, Figure]:
        """Return what holds over all cards, and for each card the order and the grades."""
        figures = dict(_overall(results))
        for card in sorted({item.metadata["card"] for item, _ in results}):
            here = [(item, result) for item, result in results if item.metadata["card"] == card]
            figures |= {f"{card}/{name}": figure for name, figure in _of_card(here)}
        return figures


def untriggered(turns: Sequence[Turn], card: Card) -> list[str]:
    """Return the facts that came out with nobody asking, or before the customer trusted enough."""
    told: set[str] = set()
    early = []
    for turn in turns:
        for step in (step for step in turn.steps if step.beat == "reveal"):
            if not _triggered(turn, card.fact(step.about), told):
                early.append(step.about)
            told.add(step.about)
    return early


def _triggered(turn: Turn, fact: Fact, told: set[str]) -> bool:
    trigger = fact.trigger
    earned = {one.id for one in turn.verdict.techniques} & set(trigger.techniques) or _ASKS.search(turn.said)
    trust = max(turn.before.trust, turn.mood.trust) + _ROUNDING
    return bool(earned) and trust >= trigger.trust and set(trigger.after) <= told


def _result(session: Session, level: str) -> Result:
    report, turns = session.debrief, session.turns
    assert report is not None, "a finished session has a debrief"
    lines = [line for reply in (session.opening, *(turn.reply for turn in turns)) for line in reply.used]
    again = sorted({line for line in lines if lines.count(line) > 1})
    early = untriggered(turns, session.card)
    mood = report.moods[-1]
    served = report.how == "resolved"
    problems = [f"said twice: {line}" for line in again] + [f"came out with nobody asking: {fact}" for fact in early]
    if (level == "expert" and not (served and report.turns <= EXPERT_TURNS)) or (level == "poor" and served):
        problems.append(f"the {level} trainee's session ended as {report.how} after {report.turns} turns")
    return {
        "scores": {
            "grade": report.average, "anger": round(mood.anger, 4), "trust": round(mood.trust, 4), "resolved": served,
            "goodwill": round(mean(m.trust - m.anger for m in report.moods[1:]), 4) if turns else None,
            "turns": report.turns, "repeated": len(again), "untriggered": len(early),
            "settled": len(report.demands_met) / len(session.card.demands),
        },
        "how": report.how,
        "problems": problems,
        "transcript": transcript(session),
    }  # fmt: skip


def _overall(results: Scored) -> Iterator[tuple[str, Figure]]:
    for level in LEVELS:
        here = [(i.metadata["card"], r["scores"]) for i, r in results if i.metadata["level"] == level]
        better: Better = "higher" if level == "expert" else "lower" if level == "poor" else "-"
        served = ((c, s["resolved"]) for c, s in here)
        yield f"{level} resolved", mean_figure(served, better, f"{level}: served in full")
        yield f"{level} grade", mean_figure(((c, s["grade"]) for c, s in here), better, f"{level}: mean grade")
        if level == "expert":
            quick = ((c, s["resolved"] and s["turns"] <= EXPERT_TURNS) for c, s in here)
            about = f"expert: served within {EXPERT_TURNS} turns"
            yield "expert in time", mean_figure(quick, "higher", about)
    every = [(item.metadata["card"], result["scores"]) for item, result in results]
    yield "repeated lines", mean_figure(((c, s["repeated"]) for c, s in every), "lower", "lines said twice, a session")
    yield (
        "untriggered facts",
        mean_figure(((c, s["untriggered"]) for c, s in every), "lower", "facts told early, a session"),
    )
    yield from _orders(results)


def _of_card(results: Scored) -> Iterator[tuple[str, Figure]]:
    yield from _orders(results)
    for level in LEVELS:
        grades = ((item.id, r["scores"]["grade"]) for item, r in results if item.metadata["level"] == level)
        yield f"{level} grade", mean_figure(grades, "-", f"{level}: mean grade")


def _orders(results: Scored) -> Iterator[tuple[str, Figure]]:
    """Yield how often the three trainees of one card and seed came out in their order."""
    groups: dict[tuple[str, int, int], dict[str, Data]] = defaultdict(dict)
    for item, result in results:
        meta = item.metadata
        groups[meta["card"], meta["seed"], result.get("epoch", 1)][meta["level"]] = result["scores"]
    whole = {key: group for key, group in groups.items() if len(group) == len(LEVELS)}
    grades = ((key[:2], _falls([group[level]["grade"] for level in LEVELS])) for key, group in whole.items())
    yield "grades in order", mean_figure(grades, "higher", "expert, mediocre, poor get grades in that order")
    moods = ((key[:2], _falls([group[level]["goodwill"] for level in LEVELS])) for key, group in whole.items())
    yield "moods in order", mean_figure(moods, "higher", "trust less anger, mean of the turns, falls in that order")


def _falls(values: Sequence[float | None]) -> bool | None:
    known = [value for value in values if value is not None]
    return known == sorted(set(known), reverse=True) if len(known) == len(values) else None
