"""What a session costs is added up by role, and what nobody knows is not guessed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.suite import Figure, Item, Result
from evals.suites.cost import ROLES, STAGES, Cost
from evals.tools import Tools
from graph.calls import collect
from graph.gateway import Message, Role
from graph.session import Ring
from graph.settings import Endpoint, Models, Settings
from graph.types import Call
from personas.loader import CARDS

PROMPT, ANSWER = 100, 10


class Counting:
    """A gateway that answers at once and counts a hundred tokens sent and ten received a call."""

    def __init__(self, price: float | None) -> None:
        self.price = price

    def stream(self, role: Role, messages: Sequence[Message], **options: Any) -> Iterator[str]:
        """Speak as the customer."""
        self._collect(role)
        yield "I want to know when I am in Exeter and who pays for the taxi."

    def complete(self, role: Role, messages: Sequence[Message], **options: Any) -> str:
        """Judge: nothing was found."""
        self._collect(role)
        return '{"called_for": [], "atoms": [], "fix": "", "rewrite": ""}'

    def window(self, role: Role) -> int:
        """Return a large window."""
        return 100_000

    def count(self, text: str) -> int:
        """Count words."""
        return len(text.split())

    def name(self, role: Role) -> str:
        """Return a name."""
        return "some/model"

    def _collect(self, role: Role) -> None:
        at = "2025-01-01T00:00:00.000+00:00"
        call = Call(role=role, model="some/model", prompt_tokens=PROMPT, completion_tokens=ANSWER, price=self.price,
                    first_ms=5, ms=20, tries=1, at=at)  # fmt: skip
        collect(call)


@pytest.fixture(params=[0.25, None], ids=["known price", "unknown price"])
def counted(request: pytest.FixtureRequest, tmp_path: Path, tools: Tools) -> Iterator[tuple[Tools, float | None]]:
    """Return tools with a model behind both parts, and what a call costs."""
    models = Models(customer=Endpoint("some/model"), judge=Endpoint("some/model"))
    settings = Settings(tmp_path, (CARDS,), f"sqlite:///{tmp_path}/store.sqlite", models)
    ring = Ring(settings, knowledge=tools.knowledge, reader=tools.reader, gateway=Counting(request.param))
    yield replace(tools, ring=ring), request.param
    ring.close()


def played(tools: Tools, turns: int) -> tuple[Result, dict[str, Figure]]:
    """Play the first turns of one script."""
    suite = Cost()
    item = suite.items(fast=True)[0]
    item = replace(item, input={**item.input, "say": item.input["say"][:turns]})
    result = suite.play(item, tools)
    return result, suite.figures([(item, result)])


def test_calls_are_told_apart_and_prices_added_where_they_are_known(counted: tuple[Tools, float | None]) -> None:
    """Every call is in one role, the debrief's is not the judge's, and an unknown price stays unknown by name."""
    tools, price = counted
    result, found = played(tools, 2)
    calls = {role: result["roles"][role]["calls"] for role in ROLES}
    assert calls["customer"] >= 3
    assert calls["judge"] >= 2
    assert calls["debrief"] == 1
    assert found["tokens a session"].value == sum(calls.values()) * (PROMPT + ANSWER)
    assert found["tokens a turn"].value == sum(calls.values()) * (PROMPT + ANSWER) / 2
    assert found["customer/answer p50 ms"].value == 20
    priced = found["price a session"]
    if price is None:
        assert priced.value is None
        assert "some/model is not known" in priced.about
    else:
        assert priced.value == pytest.approx(sum(calls.values()) * price)


def test_the_built_in_pair_has_no_tokens_and_its_stages_are_timed(tools: Tools) -> None:
    """Nobody is asked, which costs nothing; every stage took some time, and is marked as of a clock."""
    result, found = played(tools, 2)
    assert found["tokens a session"].value == found["price a session"].value == 0
    assert found["judge/answer p50 ms"].value is None
    for stage in STAGES:
        figure = found[f"stage {stage}/p50 ms"]
        assert figure.timed
        assert (figure.value or 0) > 0
    assert "timing" in result


def test_percentiles_are_over_all_turns_of_all_sessions() -> None:
    """Nineteen quick turns and a slow one: the slow one is beyond the 95th."""
    result = {
        "scores": {"tokens": 0, "price": 0.0, "turns": 20}, "unknown prices": [],
        "roles": {role: dict.fromkeys(("calls", "failed", "prompt", "completion"), 0) for role in ROLES},
        "timing": {"calls": [], "stages": {stage: [*[1.0] * 19, 9.0] for stage in STAGES}},
    }  # fmt: skip
    found = Cost().figures([(Item("a", {}, {"card": "x"}), result)])
    assert found["stage turn/p50 ms"].value == 1
    assert found["stage turn/p95 ms"].value == 1
    assert found["stage turn/p95 ms"].n == 20
