"""The built-in customer never repeats itself, is the same for a seed, and throws words back as they were."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playing import TRAINEES, greet, play, spoken

from graph.customer import BuiltInCustomer, Cue, lines_for, pick
from graph.director import begin
from graph.types import Direction, Line, Step
from personas.card import Card
from personas.loader import CARDS, load

NAMES = sorted(path.stem for path in CARDS.glob("*.yaml"))
PACKAGED = {name: card for name in NAMES if (card := load(CARDS / f"{name}.yaml").card)}
STYLES = sorted(TRAINEES)
SEEDS = st.integers(0, 2**31)
CASES = [(name, style) for name in NAMES for style in STYLES]


def say(card: Card, *steps: Step, seed: int = 1, used: frozenset[str] = frozenset()) -> Line:
    """Have the customer speak these steps at the start of a session."""
    direction = Direction(steps=steps, scene=begin(card), why="a test")
    return BuiltInCustomer().speak(Cue(card, direction, [], used, frozenset(), seed), lambda piece: None)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(CASES), SEEDS, st.booleans())
def test_no_line_is_spoken_twice(case: tuple[str, str], seed: int, patient: bool) -> None:
    """In 40 turns of any trainee, also with a customer whose patience never ends; and no turn is left unanswered."""
    card = PACKAGED[case[0]]
    played = play(card, TRAINEES[case[1]], seed, patient=patient)
    said = spoken(played, greet(card, seed))
    assert len(said) == len(set(said))
    assert all(turn.line.text for turn in played)


@pytest.mark.parametrize(("name", "style"), CASES)
def test_two_runs_of_fifteen_turns_share_no_line(name: str, style: str) -> None:
    """The same person meets the same customer again and hears other words."""
    card = PACKAGED[name]
    for seed in range(8):
        first = frozenset(spoken(play(card, TRAINEES[style], seed, most=15), greet(card, seed)))
        again = play(card, TRAINEES[style], seed + 100, seen=first, most=15)
        assert not first & set(spoken(again, greet(card, seed + 100, first)))


@pytest.mark.parametrize("name", NAMES)
def test_a_customer_whose_every_line_was_heard_still_speaks(name: str) -> None:
    """Somebody who comes often hears lines again, but never twice in one session."""
    card = PACKAGED[name]
    heard = frozenset(line for _, line in card.spoken())
    for style in STYLES:
        played = play(card, TRAINEES[style], 5, seen=heard, patient=True)
        said = spoken(played, greet(card, 5, heard))
        assert all(turn.line.text for turn in played)
        assert len(said) == len(set(said))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(CASES), SEEDS)
def test_the_same_seed_gives_the_same_words(case: tuple[str, str], seed: int) -> None:
    """A session can be told again."""
    card = PACKAGED[case[0]]
    one, two = (play(card, TRAINEES[case[1]], seed) for _ in range(2))
    assert [turn.line for turn in one] == [turn.line for turn in two]


def test_other_seeds_give_other_words(traveller: Card) -> None:
    """Two trainees do not sit the same test."""
    assert len({greet(traveller, seed).text for seed in range(20)}) > 1


@pytest.mark.parametrize("quote", ["{quote}", "{0} {name!r}", "<b>now</b>", "100 % %s", "\\1 \\g<0>", "**x** [y](z)"])
def test_words_thrown_back_are_left_as_they_are(traveller: Card, quote: str) -> None:
    """Braces, markup and patterns of the trainee's are text and nothing else."""
    slotted = next(line for line in traveller.lines["retort"].hot if "{quote}" in line)
    others = frozenset(line for pool in lines_for(traveller, Step(beat="retort"), "hot") for line in pool) - {slotted}
    said = say(traveller, Step(beat="retort", quote=quote), used=others)
    before, after = slotted.split("{quote}")
    assert said.text == before + quote + after
    assert said.used == (slotted,)


def test_no_slot_is_left_open_where_nothing_is_quoted(traveller: Card) -> None:
    """A line that quotes is not used without a quote."""
    for seed in range(50):
        assert "{" not in say(traveller, Step(beat="retort"), seed=seed).text


def test_a_reaction_without_fresh_lines_is_left_out(traveller: Card) -> None:
    """Rather than said twice; what the customer has to say follows as ever."""
    used = frozenset(line for pool in lines_for(traveller, Step(beat="soften"), "hot") for line in pool)
    assert say(traveller, Step(beat="soften"), used=used).text == ""
    both = say(traveller, Step(beat="soften"), Step(beat="vent"), used=used)
    assert len(both.used) == 1


def test_an_answer_is_given_again_sooner_than_left_out(traveller: Card) -> None:
    """What was heard in an earlier session waits, but a fact that comes out is told."""
    told = frozenset(traveller.facts[0].reveal)
    line = pick(traveller, Step(beat="reveal", about=traveller.facts[0].id), "hot", set(), told, random.Random(1))
    assert line in told


def test_lines_fit_the_heat(traveller: Card) -> None:
    """A customer at the start of a furious session speaks hot lines."""
    assert begin(traveller).mood.band == "hot"
    for seed in range(20):
        assert say(traveller, Step(beat="vent"), seed=seed).text in traveller.lines["vent"].hot


def test_what_is_said_is_written_out(traveller: Card) -> None:
    """The pieces that are streamed make up the line."""
    pieces: list[str] = []
    direction = Direction(steps=(Step(beat="open"),), scene=begin(traveller), why="a test")
    line = BuiltInCustomer().speak(Cue(traveller, direction, [], frozenset(), frozenset(), 1), pieces.append)
    assert "".join(pieces) == line.text
    assert line.by == "built-in"
