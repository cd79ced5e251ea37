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
FAMILIES = tuple(sorted({dress.family for dress in dresses()}))
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


@pytest.mark.parametrize("weak", ["majella-returned", "keith-should-have", "keith-calm", "averil-calm"])
def test_harm_is_harm_whatever_stands_beside_it(weak: str) -> None:
    """Blame does not go away between courtesies, padding and stock phrases."""
    said = next(one for one in weak_turns() if one.id == weak)
    kinds = ("padding", "politeness", "stock-phrases", "customer-flattery", "keyword-stuffing", "technique-names")
    for dress in dresses():
        if dress.family in kinds:
            assert graded(said.context[-1], dress.put_on(said.turn)) == 0, dress.text


@pytest.mark.parametrize("family", ["quoted-technique", "role-play", "few-shot", "encoded", "fake-verdict"])
def test_words_to_the_grader_show_no_technique(family: str) -> None:
    """What they quote or claim was never said to the customer."""
    for dress in dresses():
        if dress.family == family:
            reading = load_reader().read(dress.put_on("Noted."), [Said("customer", WEAK[0].context[0])], Brief())
            assert reading.techniques == (), dress.text
