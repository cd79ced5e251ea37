"""What a session costs: tokens, price and waiting by role, and what each stage of a turn takes.

Tokens and prices come from `Session.calls`. The built-in pair asks nobody, so it has no tokens; its stages are timed
all the same, from the moment a message is sent.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import ceil
from typing import Literal

from evals.intervals import interval, mean_figure, ratio_figure
from evals.scripts import SCRIPTS, scripts
from evals.suite import Data, Figure, Item, Result
from evals.suites.contract import Scored
from evals.tools import Tools
from graph.session import Event, Session
from graph.types import Call

SEEDS, SEEDS_FAST = 3, 1
LEVEL = "mediocre"
"""Whose scripts are played: these conversations are neither cut short nor settled at once."""
FAST_TURNS = 4
Role = Literal["customer", "judge", "debrief"]
ROLES: tuple[Role, ...] = ("customer", "judge", "debrief")
STAGES = {
    "opening": "waiting for the customer's first message",
    "customer": "waiting for the whole reply",
    "verdict": "waiting for the verdict",
    "turn": "waiting until the turn is written down",
    "debrief": "waiting for the debrief",
}


class Cost:
    """Plays one script a card and seed, and adds up what was asked of models and how long everything took."""

    name = "cost"
    about = "tokens, price and waiting by role, of the model-backed and of the built-in pair"

    def items(self, fast: bool) -> list[Item]:
        """Return one session a card and seed; short ones with ``fast``."""
        return [
            Item(
                f"{path.stem}/{seed}",
                {"card": path.stem, "say": scripts(path.stem)[LEVEL][: FAST_TURNS if fast else None], "seed": seed},
                {"card": path.stem, "seed": seed},
            )
            for path in sorted(SCRIPTS.glob("*.yaml"))
            for seed in range(1, (SEEDS_FAST if fast else SEEDS) + 1)
        ]

    def play(self, item: Item, tools: Tools) -> Result:
        """Play a session to its end, with a clock."""
        times: dict[str, list[float]] = {stage: [] for stage in STAGES}
        begun = time.perf_counter()
        session = tools.open(item.input["card"], item.input["seed"])
        times["opening"].append(_ms(begun))
        counted, problems = len(session.calls), list[str]()
        for text in item.input["say"]:
            events = list(_timed(session.say(text)))
            _note(events, times)
            for _, event in events:
                if event["type"] == "paused":
                    raise RuntimeError(f"the customer's model failed: {event['why']}")
                counted += event["calls"] if event["type"] == "calls" else 0
                problems += [event["text"]] if event["type"] == "note" else []
            if any(event["type"] == "debrief" for _, event in events):
                break
        else:
            _note(list(_timed(session.finish())), times)
        return _result(session, counted, times, problems)

    def figures(self, results: Scored) -> dict[str, Figure]:
        """Return tokens and price a session and a turn, waiting by role and by stage."""
        figures = dict(_sums(results))
        for role in ROLES:
            figures |= {f"{role}/{name}": figure for name, figure in _of_role(results, role)}
        for stage in STAGES:
            waits = {_id(item, result): result["timing"]["stages"][stage] for item, result in results}
            figures |= {f"stage {stage}/{name}": figure for name, figure in _percentiles(waits, STAGES[stage])}
        return figures


def roles(calls: Sequence[Call], counted: int) -> list[Role]:
    """Return who each call was for: those after the ``counted`` of opening and turns wrote the debrief."""
    return [call.role if n < counted else "debrief" for n, call in enumerate(calls)]


def _timed(events: Iterator[Event]) -> Iterator[tuple[float, Event]]:
    begun = time.perf_counter()
    for event in events:
        yield _ms(begun), event


def _note(events: Sequence[tuple[float, Event]], times: dict[str, list[float]]) -> None:
    """Take the times of one turn, or of finishing, from its events."""
    at = {event["type"]: taken for taken, event in events}
    for kind, stage in (("customer", "customer"), ("verdict", "verdict"), ("mood", "turn")):
        if kind in at:
            times[stage].append(at[kind])
    if "debrief" in at:
        times["debrief"].append(at["debrief"] - at.get("mood", 0.0))


def _result(session: Session, counted: int, times: dict[str, list[float]], problems: list[str]) -> Result:
    calls, turns = session.calls, len(session.turns)
    asked: dict[str, Data] = {role: {"calls": 0, "failed": 0, "prompt": 0, "completion": 0} for role in ROLES}
    for role, call in zip(roles(calls, counted), calls, strict=True):
        one = asked[role]
        one["calls"] += 1
        one["failed"] += bool(call.error)
        one["prompt"] += call.prompt_tokens
        one["completion"] += call.completion_tokens
    paid = [call for call in calls if not call.error or call.completion_tokens]
    unknown = sorted({call.model for call in paid if call.price is None})
    return {
        "scores": {
            "tokens": sum(call.prompt_tokens + call.completion_tokens for call in calls),
            "price": None if unknown else sum(call.price or 0.0 for call in paid),
            "turns": turns,
        },
        "roles": asked,
        "unknown prices": unknown,
        "problems": problems,
        "timing": {
            "stages": times,
            "calls": [[role, call.first_ms, call.ms] for role, call in zip(roles(calls, counted), calls, strict=True)],
        },
    }  # fmt: skip


def _ms(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 2)


def _id(item: Item, result: Result) -> str:
    return f"{item.id}/{result.get('epoch', 1)}"


# Figures


def _sums(results: Scored) -> Iterator[tuple[str, Figure]]:
    unknown = sorted({model for _, result in results for model in result["unknown prices"]})
    missing = f"; the price of {', '.join(unknown)} is not known" if unknown else ""
    for name, about in (("tokens", "tokens, sent and received"), ("price", f"US dollars{missing}")):
        for per in ("session", "turn"):
            parts = [(_id(i, r), r["scores"][name], r["scores"]["turns"] if per == "turn" else 1) for i, r in results]
            yield f"{name} a {per}", ratio_figure(parts, "lower", f"{about}, a {per}")


def _of_role(results: Scored, role: Role) -> Iterator[tuple[str, Figure]]:
    """Yield what a role asked for, a session, and how long its calls took."""
    for name, about in (
        ("calls", "calls"), ("failed", "calls without an answer"), ("prompt", "tokens sent"),
        ("completion", "tokens received"),
    ):  # fmt: skip
        scores = ((_id(item, result), result["roles"][role][name]) for item, result in results)
        yield f"{name} a session", mean_figure(scores, "lower", f"{about}, a session")
    for name, place in (("first words", 1), ("answer", 2)):
        waits = {
            _id(item, result): [call[place] for call in result["timing"]["calls"] if call[0] == role and call[place]]
            for item, result in results
        }
        for of, figure in _percentiles(waits, f"waiting for the {name}"):
            yield f"{name} {of}", figure


def _percentiles(waits: Mapping[str, Sequence[float]], about: str) -> Iterator[tuple[str, Figure]]:
    """Yield the median and the 95th percentile; intervals draw sessions again."""
    every = [wait for of in waits.values() for wait in of]
    known = {id: of for id, of in waits.items() if of}
    for name, share in (("p50 ms", 50), ("p95 ms", 95)):
        said = f"{about}, milliseconds"
        if not every:
            yield name, Figure(None, better="lower", about=said, timed=True)
            continue
        low, high = interval(known, partial(_percentile, share=share))
        value = _percentile(every, share)
        yield name, Figure(value, low, high, len(every), better="lower", about=said, timed=True)


def _percentile(waits: Sequence[float], share: float) -> float:
    return sorted(waits)[ceil(share / 100 * len(waits)) - 1]
