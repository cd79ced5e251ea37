"""Every suite in its fast form: the thresholds hold, and each kind of damage that was planted breaks one."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from doubles import Fooled, OutOfRole

from evals import thresholds
from evals.suite import Figure, Item, Result, Suite
from evals.suites import SUITES
from evals.tools import Tools
from graph import mood
from graph.model_customer import ModelCustomer
from graph.model_evaluator import ModelEvaluator
from graph.session import Ring
from graph.types import Step
from knowledge.reading import Brief, Reader, Reading, Said
from personas.card import Band, Card

Results = list[tuple[Item, Result]]


def play(suite: Suite, tools: Tools, wanted: Callable[[Item], bool] = lambda item: True) -> Results:
    """Play the fast form of a suite, or those of its samples that are wanted."""
    return [(item, suite.play(item, tools)) for item in suite.items(True) if wanted(item)]


def below(suite: Suite, results: Results) -> list[str]:
    """Return which thresholds of the fast form do not hold."""
    failed = {"failed samples": Figure(0, n=len(results))}
    figures = failed | suite.figures([(item, {**result, "epoch": 1}) for item, result in results])
    checks = thresholds.check(suite.name, figures, thresholds.read()[suite.name], fast=True)
    return [check.says for check in checks if not check.holds]


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_holds_its_thresholds(name: str, tools: Tools) -> None:
    """In the fast form, with the built-in pair."""
    assert below(SUITES[name], play(SUITES[name], tools)) == []


@pytest.mark.parametrize("name", SUITES)
def test_a_sample_has_one_id(name: str) -> None:
    """Two runs are compared by it; and what is asked is JSON."""
    for items in (SUITES[name].items(False), SUITES[name].items(True)):
        assert len({item.id for item in items}) == len(items)
        json.dumps([(item.input, item.metadata) for item in items])


# Damage, planted


def one_card(item: Item) -> bool:
    return item.metadata["card"] == "serial-complainer"


def test_a_softer_customer_breaks_thresholds_of_replay(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whom nothing angers: moods no longer go where they should."""

    def weak(item: Item) -> bool:
        return item.metadata["level"] == "poor"

    assert not [says for says in below(SUITES["replay"], play(SUITES["replay"], tools, weak)) if "mood/" in says]
    for misstep in mood.SEVERITY:
        monkeypatch.setitem(mood.SEVERITY, misstep, 0.0)
    assert [says for says in below(SUITES["replay"], play(SUITES["replay"], tools, weak)) if "mood/" in says]


def test_a_customer_who_gives_in_breaks_thresholds_of_contract(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """One who is satisfied after two turns, whatever was said."""
    contract = SUITES["contract"]
    assert below(contract, play(contract, tools, one_card)) == []
    monkeypatch.setattr("graph.director._satisfied", lambda card, after: after.turn > 2)
    assert "contract: mediocre resolved is 1.000, 0 is the most" in below(contract, play(contract, tools, one_card))


def test_a_customer_who_tells_all_breaks_a_threshold_of_contract(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """One who lets out a hidden fact whatever is said."""

    def tells(now: Any) -> tuple[str, str, bool]:
        left = [fact.id for fact in now.card.facts if fact.id not in now.scene.told]
        return (left[0], "", False) if left else ("", "", False)

    monkeypatch.setattr("graph.director._told", tells)
    found = below(SUITES["contract"], play(SUITES["contract"], tools, one_card))
    assert [says for says in found if "untriggered facts" in says]


def test_a_customer_who_repeats_herself_breaks_a_threshold_of_contract(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who forgets what she said, and likes the first of her lines best."""
    from graph import customer

    def first(card: Card, step: Step, band: Band, *_: object) -> str | None:
        return next((line for pool in customer.lines_for(card, step, band) for line in pool), None)

    monkeypatch.setattr(customer, "pick", first)
    found = below(SUITES["contract"], play(SUITES["contract"], tools, one_card))
    assert [says for says in found if "repeated lines" in says]


@pytest.mark.parametrize("lost", ["techniques", "missteps", "called_for"])
def test_a_worse_reader_breaks_thresholds_of_agreement(lost: str, tools: Tools, reader: Reader) -> None:
    """One that never sees one kind of thing."""

    class Blind:
        version = "blind"

        def read(self, turn: str, context: Sequence[Said], brief: Brief) -> Reading:
            return replace(reader.read(turn, context, brief), **{lost: ()})

    suite = SUITES["agreement"]
    assert below(suite, play(suite, replace(tools, reader=Blind())))


def test_guards_that_look_away_break_a_threshold_of_character(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that drops out of its role is stopped by the guards; without them it shows in the figures."""
    customer = ModelCustomer(OutOfRole())
    ring = Ring(tools.ring.settings, reader=tools.reader, knowledge=tools.knowledge, customer=customer)

    def found() -> list[str]:
        return below(SUITES["character"], play(SUITES["character"], replace(tools, ring=ring), only_poor))

    def only_poor(item: Item) -> bool:
        return one_card(item) and item.metadata["level"] == "poor"

    assert not [says for says in found() if "guard findings" in says]
    monkeypatch.setattr("graph.model_customer.check", lambda text, stage: None)
    assert [says for says in found() if "guard findings" in says]
    ring.close()


def test_a_judge_nobody_checks_breaks_a_threshold_of_gaming(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that every turn convinces is overruled by the reader; without that it shows in the figures."""

    def found() -> list[str]:
        judged = ModelEvaluator(Fooled(), retrieve=tools.knowledge.about, reader=tools.reader)
        return below(SUITES["gaming"], play(SUITES["gaming"], replace(tools, evaluator=judged), some))

    def some(item: Item) -> bool:
        return item.id in {one.id for one in SUITES["gaming"].items(True)[1::9]}

    assert not [says for says in found() if "above 2" in says]
    monkeypatch.setattr("graph.model_evaluator.HIGHEST", (4, 4, 4, 4, 4))
    monkeypatch.setattr("graph.model_evaluator.settled", lambda held, ground: held)
    assert [says for says in found() if "above 2" in says]
