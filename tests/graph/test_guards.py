"""The guards catch what must not be shown and let a difficult customer be difficult; run with ``-s`` for the rates.

Both corpora were split in two by the hash of their ids. The guards were tuned on one half only; the floors below are
for each half, so that the other one shows how they do on what they have not seen. What is marked as later is no
held-out set: 40 were written to get past the guards when they were done (4 were caught then), 2 a small model wrote.
The lines of the cards and the customers of the labelled conversations were written without a thought of guards.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import knowledge
from graph.guards import GUARDS, Stage, check, leak
from graph.types import Step
from knowledge import packed
from knowledge.embedding import Vectors, embed
from knowledge.text import sentences
from personas.card import Card

DATA = Path(__file__).parent / "data"
HALVES = ("tuned on", "held out")
PARTS = (*HALVES, "later")
LABELLED = Path(knowledge.__file__).parent / "training" / "data"
Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


CATCH, PASS = rows("guard-must-catch.jsonl"), rows("guard-must-pass.jsonl")


def half(row: Row) -> str:
    return "later" if row.get("fresh") else HALVES[int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2]


def stage(row: Row, cards: dict[str, Card]) -> Stage:
    steps = tuple(Step(beat=beat, about=about) for beat, _, about in (step.partition(":") for step in row["steps"]))  # type: ignore[arg-type]
    told = frozenset(row.get("told", ())) | {step.about for step in steps if step.beat == "reveal"}
    return Stage(cards[row["card"]], steps, told, row.get("said", ""), row.get("earlier", ()))


@pytest.fixture(scope="module")
def found(cards: dict[str, Card]) -> dict[str, bool]:
    """Return for every row whether any guard found something."""
    return {row["id"]: check(row["text"], stage(row, cards)) is not None for row in (*CATCH, *PASS)}


@pytest.fixture(scope="module", autouse=True)
def _report(found: dict[str, bool]) -> Iterator[None]:
    yield
    print(f"\n{'':24}" + "".join(f"{one:>14}" for one in PARTS))
    for name, listed, key, wanted in (("caught", CATCH, "kind", True), ("let pass", PASS, "looks", False)):
        of: Counter[tuple[str, str]] = Counter()
        right: Counter[tuple[str, str]] = Counter()
        for row in listed:
            for group in (row[key], "all"):
                of[group, half(row)] += 1
                right[group, half(row)] += found[row["id"]] is wanted
        for group in [*sorted({row[key] for row in listed}), "all"]:
            rates = "".join(f"{right[group, one]:>8}/{of[group, one]:<5}" for one in PARTS)
            print(f"{name:>10}  {group:12}{rates}")


@pytest.mark.parametrize("which", HALVES)
def test_what_must_not_be_shown_is_caught(which: str, found: dict[str, bool]) -> None:
    """At least 92 of 100 in either half, and at least half of every kind."""
    listed = [row for row in CATCH if half(row) == which]
    missed = [row["id"] for row in listed if not found[row["id"]]]
    assert len(missed) <= 0.08 * len(listed), missed
    for kind, of in Counter(row["kind"] for row in listed).items():
        assert sum(one.startswith(f"{kind}-") for one in missed) <= of / 2, kind


@pytest.mark.parametrize("which", HALVES)
def test_what_only_looks_wrong_passes(which: str, found: dict[str, bool]) -> None:
    """At least 96 of 100 in either half: a good reply thrown away is a worse customer."""
    listed = [row for row in PASS if half(row) == which]
    stopped = [row["id"] for row in listed if found[row["id"]]]
    assert len(stopped) <= 0.04 * len(listed), stopped


def test_the_corpora_are_of_a_size_and_their_ids_are_their_own() -> None:
    """60 and 80 at least, over all kinds of guards."""
    assert len(CATCH) >= 60
    assert len(PASS) >= 80
    assert len({row["id"] for row in (*CATCH, *PASS)}) == len(CATCH) + len(PASS)
    assert {row["kind"] for row in CATCH} | {"echoes"} == set(GUARDS)


def test_the_lines_of_the_cards_pass_where_they_belong(cards: dict[str, Card]) -> None:
    """Written by hand for these very customers, they are what a good reply sounds like: 99 of 100 at least.

    Every fourth is held against the guard of what is hidden too, which compares by meaning and takes its time.
    """
    stopped = []
    lines = [(card, place, line) for card in cards.values() for place, line in card.spoken()]
    said = "we can give you a voucher"
    for n, (card, place, line) in enumerate(lines):
        step, told = _step(card, place)
        now = Stage(card, (step,), told, said)
        looking = [kind for kind in GUARDS if kind != "leaks" or n % 4 == 0]
        stopped += [(card.id, place, kind) for kind in looking if GUARDS[kind](line.replace("{quote}", said), now)]
    assert len(stopped) <= 0.01 * len(lines), stopped


def _step(card: Card, place: tuple[str | int, ...]) -> tuple[Step, frozenset[str]]:
    match place[0]:
        case "facts":
            fact = card.facts[int(place[1])]
            return Step(beat="reveal", about=fact.id), frozenset({fact.id, *fact.trigger.after})
        case "lines":
            return Step(beat=place[1]), frozenset()  # type: ignore[arg-type]
        case "offers":
            return Step(beat=place[2], about=card.offers[int(place[1])].id), frozenset()  # type: ignore[arg-type]
        case "endings":
            return Step(beat="end", about=str(place[1])), frozenset()
        case group:
            beat = {"opens": "open", "demands": "demand", "answers": "answer"}[str(group)]
            return Step(beat=beat), frozenset()  # type: ignore[arg-type]


def test_other_customers_sound_like_customers(traveller: Card) -> None:
    """Hundreds of strangers complaining in the labelled conversations: 2 of 1000 sentences at most seem out of role."""
    said = {
        turn["text"][a:b]
        for path in sorted(LABELLED.glob("conversations-*.jsonl"))
        for talk in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        for turn in talk["turns"]
        if turn["role"] == "customer"
        for a, b in sentences(turn["text"])
    }
    now = Stage(traveller, (Step(beat="push"),))
    found = [line for line in said for kind in ("agent", "helps", "machine") if GUARDS[kind](line, now)]
    assert len(said) > 1000
    assert len(found) <= 0.002 * len(said), found


def test_every_way_of_telling_a_fact_is_a_leak_before_its_time(cards: dict[str, Card]) -> None:
    """Whatever else has come out before it."""
    missed = [
        (card.id, fact.id, line)
        for card in cards.values()
        for fact in card.facts
        for line in (fact.fact, *fact.reveal)
        if leak(line, card, set(fact.trigger.after)) is None
    ]
    assert missed == []


def test_a_fact_that_has_come_out_may_be_spoken_of(cards: dict[str, Card]) -> None:
    """The same words are no leak once it was told."""
    for card in cards.values():
        told = {fact.id for fact in card.facts}
        assert all(leak(line, card, told) is None for fact in card.facts for line in fact.reveal)


def test_nothing_is_embedded_once_every_fact_is_out(traveller: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card with no secret left has nothing to be compared with; with one left, every sentence is."""
    embedded: list[str] = []

    def counted(texts: list[str]) -> Vectors:
        embedded.extend(texts)
        return embed(texts)

    monkeypatch.setattr(packed, "embed", counted)
    text = "Nobody at your counter would so much as look at me today."
    first, *others = (fact.id for fact in traveller.facts)
    assert leak(text, traveller, {first, *others}) is None
    assert embedded == []
    assert leak(text, traveller, others) is None
    assert embedded == [text]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The mark is 0123456789ab, since you ask.", "echoes"),
        ("What you want is not given to you for a kind word, I am told.", "echoes"),
        ("I'm cold.\n\nHow you feel: furious, and who wouldn't be.", "echoes"),
    ],
)
def test_words_of_ours_do_not_come_back(text: str, kind: str, traveller: Card) -> None:
    """Neither the fence's mark nor six words in a row nor a title of the prompt."""
    prompt = "How you feel: calm.\nWhat you want is not given to you for a kind word. You take it only when told."
    seen = check(text, Stage(traveller, (Step(beat="push"),), prompt=prompt, nonce="0123456789ab"))
    assert seen is not None
    assert seen.kind == kind


def test_a_finding_says_where_and_why(traveller: Card) -> None:
    """The span holds the words that were found."""
    text = "Well now. Is there anything else I can help you with?"
    seen = check(text, Stage(traveller, (Step(beat="push"),)))
    assert seen is not None
    assert seen.kind == "helps"
    assert text[slice(*seen.span)] == "Is there anything else"
    assert "Is there anything else" in seen.why


def test_a_reply_that_may_go_on_is_not_empty_yet(traveller: Card) -> None:
    """Only the end of a stream tells that nothing was said."""
    assert check("", Stage(traveller, (Step(beat="push"),), growing=True)) is None
    assert check("", Stage(traveller, (Step(beat="push"),))) is not None


def test_a_card_in_another_language_is_held_to_that_language(traveller: Card) -> None:
    """What is foreign depends on the card; in a language without a profile only markup and the like are looked for."""
    german = "Ich stehe seit einer Stunde hier und niemand hat mir etwas gesagt."
    for language, finds in (("de", None), ("en", "language"), ("fi", None)):
        card = traveller.model_copy(update={"language": language})
        seen = check(german, Stage(card, (Step(beat="push"),)))
        assert (seen and seen.kind) == finds
