"""Where a passage stands that was wanted, and what a retrieval that brings the wrong one looks like."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from evals.lexical import Lexical, fused
from evals.suite import Figure, Item, Result
from evals.suites.retrieval import Retrieval, held_out_turns
from evals.tools import Tools
from knowledge.articles import Passage, articles
from knowledge.search import Hit, Knowledge


def passages() -> list[Passage]:
    return [passage for article in articles().values() for passage in article.passages]


class Astray:
    """Brings passages of the article that comes after the right one."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge, self.ids = knowledge, sorted(articles())

    def search(self, text: str, limit: int = 5) -> list[Hit]:
        """Return the wrong ones."""
        return [replace(hit, passage=self._next(hit.passage)) for hit in self.knowledge.search(text, limit)]

    def about(self, text: str, ids: Iterable[str]) -> dict[str, list[Passage]]:
        """Return nothing of use."""
        return {}

    def _next(self, passage: Passage) -> Passage:
        after = self.ids[(self.ids.index(passage.article) + 7) % len(self.ids)]
        return articles()[after].passages[0]


def played(tools: Tools, items: Iterable[Item]) -> dict[str, Figure]:
    suite = Retrieval()
    return suite.figures([(item, suite.play(item, tools)) for item in items])


def made(id: str, kind: str, best: float) -> tuple[Item, Result]:
    """Return a question with what each way found best."""
    ways = dict.fromkeys(("chroma", "lexical", "hybrid"), best)
    tokens = dict.fromkeys(ways, 10)
    scores = dict.fromkeys(ways, 1.0) if kind == "question" else {}
    result = {"scores": scores, "best": ways, "at hand": {}, "tokens": tokens, "timing": ways}
    return Item(id, {}, {"kind": kind}), result


def test_the_questions_are_many_and_what_they_find_is_there() -> None:
    """Sixty and more with an article each, thirty and more that fit nothing; every article is asked for."""
    items = [item for item in Retrieval().items(fast=True) if item.metadata["kind"] != "turn"]
    wanted = [item.input["finds"] for item in items]
    assert sum(bool(one) for one in wanted) >= 60
    assert sum(not one for one in wanted) >= 30
    assert {id for one in wanted for id in one} == set(articles())
    assert len({item.input["text"] for item in items}) == len(items)


def test_the_turns_are_those_the_encoder_did_not_see() -> None:
    """They come from the files of which an eighth was left out, and are the same each time."""
    assert len(held_out_turns()) >= 150
    assert {row.source[:4] for row in held_out_turns()} == {"new-"}


def test_words_find_what_shares_them() -> None:
    """A sentence finds its own passage; words that stand nowhere find none."""
    lexical = Lexical(passages())
    one = articles()["apologise"].one("why")
    assert lexical.search(one.text, 1)[0].passage == one
    assert lexical.search("zyzzyva qwertz", 5) == []


def test_what_two_ways_agree_on_comes_first() -> None:
    """Second in both rankings is better than first in one."""
    a, b, c = (Hit(passage, 1.0) for passage in passages()[:3])
    assert next(hit.passage.id for hit in fused([a, b], [c, b])) == b.passage.id


def test_a_retrieval_that_brings_the_wrong_passage_is_seen(tools: Tools) -> None:
    """What it finds falls far below the threshold, and nothing is at hand; the other ways are as they were."""
    items = Retrieval().items(fast=True)
    some = [*items[:103:8], *[item for item in items if item.metadata["kind"] == "turn"][:6]]
    sound, astray = played(tools, some), played(replace(tools, knowledge=Astray(tools.knowledge)), some)
    for name, least in (("question/chroma/hit@3", 0.4), ("at hand/all", 0.6)):
        assert (sound[name].value or 0) > least
        assert (astray[name].value or 0) < 0.2
    assert sound["question/lexical/MRR"] == astray["question/lexical/MRR"]


def test_nothing_fits_is_told_by_a_floor_between_both_kinds() -> None:
    """The floor lies between the scores of questions and of what fits nothing, and tells both apart."""
    results = [made(f"q{n}", "question", 0.6) for n in range(4)] + [made(f"n{n}", "nothing", 0.2) for n in range(4)]
    found = Retrieval().figures(results)
    assert found["nothing fits/chroma/floor"].value == pytest.approx(0.4)
    assert found["nothing fits/chroma/precision"].value == 1
    assert found["nothing fits/chroma/recall"].value == 1


def test_everything_in_the_prompt_costs_all_its_tokens() -> None:
    """Many times what a search brings."""
    found = Retrieval().figures([made("q", "question", 0.6), made("n", "nothing", 0.2)])
    assert (found["cost/everything/tokens"].value or 0) > 50_000
    assert found["cost/chroma/tokens"].value == 10
    assert found["cost/chroma/ms"].timed
