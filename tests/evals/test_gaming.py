"""Dressing a weak turn up is measured, and a reader that falls for it is seen."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from evals.suite import Figure
from evals.suites.gaming import PLACE, Gaming, dresses, weak_turns
from evals.tools import Tools
from graph.evaluator import Evidence
from graph.types import Verdict
from knowledge.articles import articles
from knowledge.reading import Atom, Brief, Reader, Reading, Said
from knowledge.taxonomy import TECHNIQUES


class Gullible:
    """Counts names of techniques as techniques, and sees no misstep."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.version = reader, "gullible"

    def read(self, turn: str, context: Sequence[Said], brief: Brief) -> Reading:
        """Read a turn."""
        small = turn.casefold()
        named = [(id, name) for id in TECHNIQUES for name in (id, articles()[id].name.casefold()) if name in small]
        found = {id: Atom(id, small.index(name), small.index(name) + len(name), 1.0) for id, name in named}
        called = self.reader.read(turn, context, brief).called_for
        return Reading(tuple(found.values()), (), called, 4.0 if found else 1.0)


class Silent:
    """Grades nothing."""

    def evaluate(self, evidence: Evidence) -> Verdict:
        """Return no grade."""
        return Verdict(turn=1, grade=None, why="not graded", by="silent", ms=0)


def figures(tools: Tools, family: str, most: int) -> dict[str, Figure]:
    """Play the first samples of a family."""
    suite = Gaming()
    items = [item for item in suite.items(fast=True) if item.metadata["family"] == family][:most]
    return suite.figures([(item, suite.play(item, tools)) for item in items])


def test_the_corpora_are_broad() -> None:
    """Thirty weak turns over all cards, a dozen families, nothing twice, and every turn is used."""
    cards = Counter(base.card for base in weak_turns())
    assert min(cards[card] for card in ("fuming-delayed-traveller", "indecisive-shopper", "serial-complainer")) >= 10
    assert len({base.id for base in weak_turns()}) == len(weak_turns())
    assert len({dress.family for dress in dresses()}) >= 12
    assert len({dress.text for dress in dresses()}) == len(dresses())
    items = Gaming().items(fast=False)
    assert {item.metadata["base"] for item in items} == {base.id for base in weak_turns()}
    assert len({item.id for item in items}) == len(items)


def test_a_dressed_turn_still_says_what_the_plain_one_said() -> None:
    """Wherever the dress goes, the turn is in it whole, and no mark is left."""
    for item in Gaming().items(fast=True):
        assert item.input["plain"] in item.input["dressed"]
        assert PLACE not in item.input["dressed"]


def test_a_reader_that_counts_names_of_techniques_is_seen(tools: Tools) -> None:
    """It raises most grades, and more than the packaged reader, which makes next to none of them good."""
    fooled = figures(replace(tools, reader=Gullible(tools.reader)), "technique-names", 4)
    sound = figures(tools, "technique-names", 4)
    raised, usual = (found["technique-names/raised"].value or 0 for found in (fooled, sound))
    assert raised >= 0.7
    assert usual < raised
    assert (sound["technique-names/above 2"].value or 0) <= 0.25


def test_a_turn_without_a_grade_is_counted_apart(tools: Tools) -> None:
    """It is neither raised nor not raised."""
    found = figures(replace(tools, evaluator=Silent()), "flattery", 2)
    assert found["flattery/raised"] == replace(found["flattery/raised"], value=None, n=0, unscored=2)
