"""A rewrite fits the customer and the moment, and knows no more than the trainee could."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import coach
from graph.director import begin
from graph.types import Mood, Scene
from knowledge.reading import Brief, Said
from knowledge.taxonomy import TECHNIQUES
from personas.card import Card
from personas.loader import CARDS, load

PACKAGED = [card for path in sorted(CARDS.glob("*.yaml")) if (card := load(path).card)]
CALLED = st.lists(st.sampled_from(sorted(TECHNIQUES)), min_size=1, max_size=4, unique=True)
CONTEXT = [Said("customer", "My kettle came broken twice and nobody called me back. What now?")]
BRIEF = Brief(
    company="Kettles", situation="A broken kettle.",
    agent_may=("Refund her card today.", "Send a new kettle by courier.", "record: third order since May"),
    agent_may_not=("promise a delivery date",),
)  # fmt: skip


MOMENTS = st.tuples(st.integers(0, len(PACKAGED) - 1), st.integers(0, 10**6))
"""Which card, and a seed for where the session stands."""


def moment_of(drawn: tuple[int, int]) -> tuple[Card, Scene]:
    """Return a card, and a scene somewhere in a session with it."""
    card, chance = PACKAGED[drawn[0]], random.Random(drawn[1])
    met = tuple(d.id for d in card.demands)[: chance.randint(0, len(card.demands))]
    told = tuple(chance.sample([f.id for f in card.facts], chance.randint(0, len(card.facts))))
    mood = Mood(anger=2, trust=2, patience=2)
    return card, begin(card).model_copy(update={"met": met, "told": told, "mood": mood, "turn": chance.randint(0, 20)})


@settings(max_examples=200, deadline=None)
@given(MOMENTS, CALLED)
def test_advice_is_used_only_where_it_fits(moment: tuple[int, int], called: list[str]) -> None:
    """Never what hangs on a fact that was not told, nor on a demand that is settled."""
    card, scene = moment_of(moment)
    said = coach.rewrite(called, card, scene, CONTEXT, BRIEF)
    for advice in card.advice:
        if advice.say in said:
            assert set(advice.told) <= set(scene.told)
            assert advice.demand not in scene.met
            assert advice.technique in called


@settings(max_examples=200, deadline=None)
@given(MOMENTS, CALLED)
def test_a_rewrite_is_never_empty(moment: tuple[int, int], called: list[str]) -> None:
    """Whatever was called for, with a card or without."""
    card, scene = moment_of(moment)
    assert coach.rewrite(called, card, scene, CONTEXT, BRIEF)
    assert coach.rewrite(called, None, None, CONTEXT, BRIEF)


@pytest.mark.parametrize("technique", sorted(TECHNIQUES))
def test_a_rewrite_without_a_brief_or_a_customer_is_not_empty(technique: str) -> None:
    """A bare transcript is enough."""
    assert coach.rewrite([technique], None, None, [], Brief())


@settings(max_examples=100, deadline=None)
@given(MOMENTS, CALLED)
def test_a_rewrite_asks_at_most_once_and_can_be_sent(moment: tuple[int, int], called: list[str]) -> None:
    """One piece of advice that asks, and no more words than a customer would read."""
    card, scene = moment_of(moment)
    said = coach.rewrite(called, card, scene, CONTEXT, BRIEF)
    used = [advice for advice in card.advice if advice.say in said]
    assert sum(advice.technique in coach._ASK for advice in used) <= 1
    assert len(said.split()) <= coach.MAX_WORDS or len(used) == 1


def test_a_line_that_was_suggested_is_not_suggested_again(cards: dict[str, Card]) -> None:
    """While there is another that fits as well."""
    for card in cards.values():
        scene, suggested = begin(card), []
        for _ in range(2):
            suggested.append(coach.rewrite(["acknowledge_feeling"], card, scene, CONTEXT, BRIEF, suggested))
        fitting = [
            advice for advice in card.advice
            if advice.technique == "acknowledge_feeling" and advice.demand == card.demands[0].id and not advice.told
        ]  # fmt: skip
        if len(fitting) > 1:
            assert suggested[0] != suggested[1]


def test_a_line_that_was_suggested_makes_room_for_the_rest(cards: dict[str, Card]) -> None:
    """The same beginning in every rewrite would be read once."""
    for card in cards.values():
        alone = coach.rewrite(["acknowledge_feeling"], card, begin(card), CONTEXT, BRIEF)
        before = [advice.say for advice in card.advice if advice.technique == "acknowledge_feeling"]
        said = coach.rewrite(["acknowledge_feeling", "apologise"], card, begin(card), CONTEXT, BRIEF, before)
        assert alone in before
        assert said
        assert not any(line in said for line in before)


def test_where_every_line_was_suggested_one_is_given_again(cards: dict[str, Card]) -> None:
    """Better than none."""
    for card in cards.values():
        before = [advice.say for advice in card.advice]
        assert coach.rewrite(["apologise"], card, begin(card), CONTEXT, BRIEF, before) in before


def test_the_same_moment_gives_the_same_rewrite(traveller: Card) -> None:
    """A session told again is the same."""
    said = {coach.rewrite(["apologise"], traveller, begin(traveller), CONTEXT, BRIEF) for _ in range(5)}
    assert len(said) == 1


def test_a_rewrite_from_a_transcript_names_what_the_customer_said() -> None:
    """Turned to the second person."""
    said = coach.rewrite(["paraphrase"], None, None, CONTEXT, BRIEF)
    assert "your kettle came broken twice" in said
    assert "called you back" in said


def test_a_rewrite_from_a_transcript_offers_only_what_the_agent_may() -> None:
    """And reads the record where it is asked to."""
    assert "refund your card today" in coach.rewrite(["offer_solution"], None, None, CONTEXT, BRIEF)
    assert "third order since May" in coach.rewrite(["use_history"], None, None, CONTEXT, BRIEF)


def test_every_technique_has_its_place_in_a_message() -> None:
    """A new id of the taxonomy must be ordered."""
    assert set(coach.ORDER) == set(TECHNIQUES)
