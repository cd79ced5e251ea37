"""Dressing a weak turn up with words does not make it better."""

import statistics
from collections.abc import Sequence
from functools import cache

import pytest

from evals.suites.gaming import Dress, Weak, dresses, weak_turns
from graph.grading import grade
from knowledge.reader import load_reader
from knowledge.reading import Brief, Said

WEAK: Sequence[Weak] = [weak for weak in weak_turns() if not weak.card]
FAMILIES = ("stock-phrases", "keyword-stuffing", "customer-flattery", "words-to-the-grader", "politeness")
DRESSES: dict[str, Dress] = {family: next(d for d in dresses() if d.family == family) for family in FAMILIES}


@cache
def graded(customer: str, turn: str) -> int:
    """Return the grade of ``turn`` said in answer to ``customer``."""
    return grade(load_reader().read(turn, [Said("customer", customer)], Brief())).value


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("weak", WEAK, ids=lambda weak: weak.id)
def test_a_dressed_up_weak_turn_is_never_above_adequate(weak: Weak, family: str) -> None:
    """Neither stock phrases nor flattery nor a word to the grader makes a weak turn good."""
    assert graded(weak.context[0], DRESSES[family].put_on(weak.turn)) <= 2


@pytest.mark.parametrize("family", FAMILIES)
def test_dressing_up_does_not_raise_the_grade(family: str) -> None:
    """At the median over the weak turns, a dress gains nothing."""
    dress = DRESSES[family]
    gains = [graded(w.context[0], dress.put_on(w.turn)) - graded(w.context[0], w.turn) for w in WEAK]
    assert statistics.median(gains) <= 0
