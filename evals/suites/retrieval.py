"""Does the passage come back that a trainer asks for, or that a labelled turn is about? And what does each way cost?

Questions stand in ``data/retrieval-questions.jsonl``; those that fit nothing have no article to find. Turns are
labelled ones that the reader's encoder was not trained on (its calibration was fitted there); their labels are by
language models.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from evals.intervals import mean_figure
from evals.lexical import Lexical, fused
from evals.suite import Figure, Item, Result
from evals.tools import Tools
from graph.gateway import LiteLLMGateway
from graph.settings import Models
from knowledge.articles import Passage, articles
from knowledge.reading import Brief, Said
from knowledge.search import Hit
from knowledge.training.corpus import Row, held_out, read_rows

QUESTIONS = Path(__file__).parents[1] / "data" / "retrieval-questions.jsonl"
DEPTH = 10
"""Passages looked at; what comes later is a miss."""
SHOWN = 5
"""Passages that go on to a reader or a prompt, as in `Knowledge.search`."""
FAST_TURNS = 40
HELD_OUT_OF = tuple(f"new-{letter}" for letter in "abcd")
"""The files of which training left an eighth out; see its model card."""
SEARCHES = ("chroma", "lexical", "hybrid")
PRODUCT = "product"
"""What a turn gets in a session: the reader names ids, Chroma finds the passages of their articles."""
EVERYTHING = "everything"


class Retrieval:
    """Searches in every way, and looks where what was wanted stands."""

    name = "retrieval"
    about = "the passage asked for: Chroma against lexical, hybrid and everything in the prompt, with cost and time"

    def items(self, fast: bool) -> list[Item]:
        """Return questions, questions that fit nothing, and held-out labelled turns."""
        asked = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
        items = [
            Item(q["id"], {"text": q["ask"], "finds": q["finds"]}, {"kind": "question" if q["finds"] else "nothing"})
            for q in asked
        ]
        return items + [_turn_item(row) for row in held_out_turns()[: FAST_TURNS if fast else None]]

    def play(self, item: Item, tools: Tools) -> Result:
        """Search in every way."""
        text, wanted = item.input["text"], set(item.input["finds"])
        found, took = _searched(text, tools)
        if item.metadata["kind"] == "turn":
            begun = time.perf_counter()
            found[PRODUCT] = _in_session(item, tools)
            took[PRODUCT] = _ms(begun)
        scores = {way: _reciprocal_rank(hits, wanted) for way, hits in found.items()} if wanted else {}
        first = [hit.passage.id for hit in found["chroma"][:3]]
        missed = item.metadata["kind"] == "question" and not scores["chroma"] >= 1 / 3
        return {
            "scores": scores,
            "best": {way: found[way][0].score if found[way] else 0.0 for way in SEARCHES},
            "at hand": _at_hand(found[PRODUCT], wanted) if PRODUCT in found else {},
            "tokens": {way: sum(_tokens(hit.passage) for hit in _shown(way, hits)) for way, hits in found.items()},
            "problems": [f"asked for {', '.join(sorted(wanted))}: {text!r} brought {', '.join(first)}"]
            if missed
            else [],
            "timing": took,
        }

    def figures(self, results: Sequence[tuple[Item, Result]]) -> dict[str, Figure]:
        """Return hit rates by way, "nothing fits", what was at hand by technique, tokens and time."""
        kinds: dict[str, list[tuple[Item, Result]]] = defaultdict(list)
        for item, result in results:
            kinds[item.metadata["kind"]].append((item, result))
        figures: dict[str, Figure] = {}
        for kind, ways in (("question", SEARCHES), ("turn", (PRODUCT, *SEARCHES))):
            for way in ways:
                figures |= {f"{kind}/{way}/{name}": figure for name, figure in _hits(kinds[kind], way)}
        for way in SEARCHES:
            figures |= {f"nothing fits/{way}/{name}": figure for name, figure in _nothing_fits(kinds, way)}
        return figures | dict(_costs(results)) | dict(_by_technique(kinds["turn"]))


@cache
def held_out_turns() -> tuple[Row, ...]:
    """Return the labelled turns that the encoder was not trained on, mixed, so that the first few stand for all."""
    rows = [row for row in read_rows()[0] if row.source.startswith(HELD_OUT_OF) and row.atoms and held_out(row)]
    return tuple(rows[n] for n in np.random.default_rng(0).permutation(len(rows)))


def _turn_item(row: Row) -> Item:
    return Item(
        row.id,
        {
            "text": row.turn,
            "finds": sorted({one for one, _, _ in row.atoms}),
            "context": [[said.role, said.text] for said in row.context],
            "brief": [row.brief.company, row.brief.situation, row.brief.agent_may, row.brief.agent_may_not],
        },
        {"kind": "turn", "conversation": row.group},
    )


# Searching


def _searched(text: str, tools: Tools) -> tuple[dict[str, list[Hit]], dict[str, float]]:
    """Return what each way brings, and the milliseconds it took."""
    begun = time.perf_counter()
    near = tools.knowledge.search(text, DEPTH)
    took = {"chroma": _ms(begun)}
    begun = time.perf_counter()
    sharing = _lexical().search(text, DEPTH)
    took["lexical"] = _ms(begun)
    both = fused(near, sharing)
    took["hybrid"] = took["chroma"] + took["lexical"]
    return {"chroma": near, "lexical": sharing, "hybrid": both[:DEPTH]}, took


def _in_session(item: Item, tools: Tools) -> list[Hit]:
    """Return a passage for every id that the reader saw or found called for, as a verdict gets them."""
    said = [Said(role, text) for role, text in item.input["context"]]
    company, situation, may, may_not = item.input["brief"]
    text = item.input["text"]
    reading = tools.reader.read(text, said, Brief(company, situation, tuple(may), tuple(may_not)))
    seen = sorted((*reading.techniques, *reading.missteps), key=lambda atom: -atom.confidence)
    ids = dict.fromkeys([*(atom.id for atom in seen), *reading.called_for])
    passages = tools.knowledge.about(text, ids)
    return [Hit(passages[one][0], 0.0) for one in ids if passages.get(one)]


@cache
def _lexical() -> Lexical:
    return Lexical([passage for article in articles().values() for passage in article.passages])


def _reciprocal_rank(hits: Sequence[Hit], wanted: set[str]) -> float:
    return next((1 / rank for rank, hit in enumerate(hits, start=1) if hit.passage.article in wanted), 0.0)


def _at_hand(hits: Sequence[Hit], wanted: set[str]) -> dict[str, bool]:
    there = {hit.passage.article for hit in hits}
    return {one: one in there for one in sorted(wanted)}


def _shown(way: str, hits: Sequence[Hit]) -> Sequence[Hit]:
    return hits if way == PRODUCT else hits[:SHOWN]


@cache
def _tokens(passage: Passage) -> int:
    return _count()(passage.text)


@cache
def _count() -> Callable[[str], int]:
    return LiteLLMGateway(Models()).count


def _ms(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000


# Figures


def _hits(results: Sequence[tuple[Item, Result]], way: str) -> Iterator[tuple[str, Figure]]:
    ranks = [(item.metadata.get("conversation", item.id), result["scores"][way]) for item, result in results]
    yield "hit@1", mean_figure(((g, r == 1) for g, r in ranks), "higher", "share with it in the first place")
    yield "hit@3", mean_figure(((g, r >= 1 / 3) for g, r in ranks), "higher", "share with it among the first three")
    yield "MRR", mean_figure(ranks, "higher", f"mean of 1/rank among the first {DEPTH}")


def _nothing_fits(kinds: Mapping[str, Sequence[tuple[Item, Result]]], way: str) -> Iterator[tuple[str, Figure]]:
    """Yield how well a floor under the best score tells that nothing fits: set on one half, measured on the other."""
    asked = [
        (item.id, result["best"][way], item.metadata["kind"] == "nothing")
        for kind in ("question", "nothing")
        for item, result in kinds[kind]
    ]
    floor = _best_floor([(score, nothing) for _, score, nothing in asked[::2]])
    held = [(id, score < floor, nothing) for id, score, nothing in asked[1::2]]
    yield "floor", Figure(floor, n=len(asked[::2]), about="best score under which nothing fits, set on one half")
    claimed = ((id, nothing) for id, said, nothing in held if said)
    yield "precision", mean_figure(claimed, "higher", 'share of "nothing fits" that is so, on the other half')
    there = ((id, said) for id, said, nothing in held if nothing)
    yield "recall", mean_figure(there, "higher", "share of what fits nothing that is told, on the other half")


def _best_floor(scored: Sequence[tuple[float, bool]]) -> float:
    """Return the floor with the best F1 of "nothing fits": in the middle between two scores."""
    scores = sorted({score for score, _ in scored})
    middles = [(a + b) / 2 for a, b in pairwise(scores)] or scores

    def f1(floor: float) -> float:
        right = sum(nothing for score, nothing in scored if score < floor)
        return 2 * right / max(1, sum(score < floor for score, _ in scored) + sum(nothing for _, nothing in scored))

    return max(middles, key=f1, default=0.0)


def _costs(results: Sequence[tuple[Item, Result]]) -> Iterator[tuple[str, Figure]]:
    whole = sum(_tokens(passage) for article in articles().values() for passage in article.passages)
    about = "tokens of the passages, in a prompt"
    for way in (PRODUCT, *SEARCHES):
        tokens = [(item.id, result["tokens"][way]) for item, result in results if way in result["tokens"]]
        yield f"cost/{way}/tokens", mean_figure(tokens, "lower", about)
        times = [(item.id, result["timing"][way]) for item, result in results if way in result["timing"]]
        yield f"cost/{way}/ms", mean_figure(times, "lower", "milliseconds a query, on this machine", timed=True)
    yield f"cost/{EVERYTHING}/tokens", Figure(whole, n=1, better="lower", about=about)


def _by_technique(results: Sequence[tuple[Item, Result]]) -> Iterator[tuple[str, Figure]]:
    found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for item, result in results:
        for one, there in result["at hand"].items():
            found[one].append((item.metadata["conversation"], there))
    about = "share of labelled turns that had a passage of it at hand in a session"
    every = [pair for pairs in found.values() for pair in pairs]
    yield "at hand/all", mean_figure(every, "higher", about)
    for one, pairs in sorted(found.items()):
        yield f"at hand/{one}", mean_figure(pairs, "higher", about)
