"""Everything in a debrief can be traced to a turn; nothing is made up."""

import random
from typing import get_args

import pytest

from graph import mood as moods
from graph.debrief import Debrief, debrief, skill_score
from graph.types import How, Line, Mood, Observed, Turn, Verdict
from knowledge.articles import articles
from knowledge.taxonomy import MISSTEPS, SKILLS, TECHNIQUES
from personas.card import Card, Feedback


def verdict(number: int, grade: int | None, shown: str = "", wrong: str = "", called: str = "") -> Verdict:
    """Return a verdict on a turn of which each atom quotes a part of its own."""

    def atoms(ids: str) -> tuple[Observed, ...]:
        return tuple(Observed(id=one, quote=f"{one} {number}", passage=f"{one}/what") for one in ids.split())

    return Verdict(
        turn=number, grade=grade, why="because", techniques=atoms(shown), missteps=atoms(wrong),
        called_for=tuple(called.split()), rewrite="Better said.", by="built-in", ms=1,
    )  # fmt: skip


def settled(one: Verdict, before: Mood, after: Mood) -> Turn:
    """Return the turn of a verdict."""
    said = ", ".join(atom.quote for atom in (*one.techniques, *one.missteps)) or "Hm."
    reply = Line(text=f"Reply {one.turn}.", used=(), by="built-in")
    return Turn(
        number=one.turn, said=said, reply=reply, steps=(), before=before, mood=after, verdict=one, why="",
        at="2026-01-01T00:00:00.000+00:00",
    )  # fmt: skip


def session(card: Card, seed: int, most: int = 12) -> list[Turn]:
    """Return a session of random verdicts and moods."""
    chance = random.Random(seed)
    turns, mood = [], moods.start(card.temper)
    for number in range(1, chance.randint(1, most) + 1):
        shown = " ".join(chance.sample(list(TECHNIQUES), chance.randint(0, 3)))
        wrong = " ".join(chance.sample(list(MISSTEPS), chance.choice([0, 0, 1, 2])))
        called = " ".join(chance.sample(list(TECHNIQUES), chance.randint(0, 4)))
        after = Mood(anger=chance.uniform(0, 5), trust=chance.uniform(0, 5), patience=chance.uniform(0, 5))
        turns.append(settled(verdict(number, chance.choice([None, 0, 1, 2, 3, 4]), shown, wrong, called), mood, after))
        mood = after
    return turns


def report(card: Card, turns: list[Turn], how: How = "stopped", met: tuple[str, ...] = ()) -> Debrief:
    """Debrief a session."""
    return debrief(card, "Opening.", moods.start(card.temper), turns, met, (), how, 1)


@pytest.mark.parametrize("seed", range(30))
def test_every_quote_stands_in_the_turn_it_names(traveller: Card, seed: int) -> None:
    """Skills and moments; what the customer said before is what was said before."""
    turns = session(traveller, seed)
    made = report(traveller, turns)
    by_number = {turn.number: turn for turn in turns}
    heard = ["Opening.", *(turn.reply.text for turn in turns)]
    for skill in made.skills:
        for evidence in (*skill.shown, *skill.damaged):
            assert evidence.quote in by_number[evidence.turn].said
    for moment in made.moments:
        turn = by_number[moment.turn]
        assert moment.quote in turn.said
        assert moment.customer == heard[moment.turn - 1]
        assert moment.better in ("", turn.verdict.rewrite)
        atoms = (*turn.verdict.techniques, *turn.verdict.missteps)
        assert moment.passage in ("", *(atom.passage for atom in atoms))


@pytest.mark.parametrize("seed", range(30))
def test_turns_that_were_not_graded_are_counted_and_count_for_nothing(traveller: Card, seed: int) -> None:
    """Neither in the average nor in a skill nor as a moment."""
    turns = session(traveller, seed)
    made = report(traveller, turns)
    grades = [t.verdict.grade for t in turns if t.verdict.grade is not None]
    assert (made.turns, made.graded) == (len(turns), len(grades))
    assert made.average == (round(sum(grades) / len(grades), 2) if grades else None)
    ungraded = {t.number for t in turns if t.verdict.grade is None}
    named = {e.turn for s in made.skills for e in (*s.shown, *s.damaged)} | {m.turn for m in made.moments}
    assert not named & ungraded


@pytest.mark.parametrize("seed", range(30))
def test_no_turn_is_two_moments_and_the_best_is_a_good_one(traveller: Card, seed: int) -> None:
    """At most one of each kind, in the order of the session."""
    turns = session(traveller, seed)
    moments = report(traveller, turns).moments
    numbers = [moment.turn for moment in moments]
    assert numbers == sorted(set(numbers))
    assert len({moment.kind for moment in moments}) == len(moments)
    for moment in moments:
        grade = turns[moment.turn - 1].verdict.grade
        assert grade is not None
        if moment.kind == "best":
            assert grade >= 3
        elif moment.kind == "costliest":
            assert grade <= 2


@pytest.mark.parametrize("seed", range(10))
def test_what_to_practise_was_done_wrong_or_missed(traveller: Card, seed: int) -> None:
    """Three at most, with the article's own tip."""
    turns = session(traveller, seed)
    practise = report(traveller, turns).practise
    graded = [t.verdict for t in turns if t.verdict.grade is not None]
    wrong = {a.id for v in graded for a in v.missteps}
    missed = {c for v in graded for c in v.called_for if c not in {a.id for a in v.techniques}}
    assert len(practise) <= 3
    assert len({one.id for one in practise}) == len(practise)
    for one in practise:
        assert one.id in wrong | missed
        assert one.tip == articles()[one.id].tip


def test_the_moods_run_from_the_start_to_the_end(traveller: Card) -> None:
    """One more than there are turns."""
    turns = session(traveller, 3)
    made = report(traveller, turns)
    assert made.moods == (moods.start(traveller.temper), *(turn.mood for turn in turns))


@pytest.mark.parametrize(
    ("verdicts", "score", "called", "done"),
    [
        ([], None, 0, 0),
        ([verdict(1, 2)], None, 0, 0),
        ([verdict(1, 2, "", "", "apologise")], 0, 1, 0),
        ([verdict(1, 4, "apologise", "", "apologise")], 100, 1, 1),
        ([verdict(1, 4, "thank", "", "apologise")], 100, 1, 1),
        ([verdict(1, 4, "apologise", "", "apologise"), verdict(2, 1, "", "", "thank")], 50, 2, 1),
        ([verdict(1, 1, "apologise", "dismiss", "apologise"), verdict(2, 4, "thank", "", "thank")], 50, 2, 2),
        ([verdict(1, 1, "", "dismiss"), verdict(2, 1, "", "empty_script")], 0, 0, 0),
        ([verdict(1, 3, "apologise")], None, 0, 0),
        ([verdict(1, None, "apologise", "dismiss", "apologise")], None, 0, 0),
    ],
)
def test_a_skill_is_the_share_of_chances_taken_less_the_turns_that_harmed(
    verdicts: list[Verdict], score: int | None, called: int, done: int
) -> None:
    """For empathy; another skill of the same turns is not touched."""
    made = skill_score("empathise", verdicts)
    assert (made.score, made.called, made.done) == (score, called, done)
    assert skill_score("close", verdicts).score is None


@pytest.mark.parametrize("seed", range(10))
def test_scores_stay_within_a_hundred(traveller: Card, seed: int) -> None:
    """And every skill is there, in the order of a conversation."""
    made = report(traveller, session(traveller, seed))
    assert tuple(one.skill for one in made.skills) == SKILLS
    for one in made.skills:
        assert one.score is None or 0 <= one.score <= 100
        assert one.done <= one.called


def test_a_session_without_turns_says_so(traveller: Card) -> None:
    """No grade, no feedback, nothing to practise."""
    made = report(traveller, [])
    assert (made.turns, made.average, made.moments, made.feedback, made.practise) == (0, None, (), (), ())
    assert "before saying anything" in made.summary


@pytest.mark.parametrize("how", [*get_args(How.__args__[0]), "stopped"])
def test_every_way_to_end_has_words(traveller: Card, how: How) -> None:
    """And says how much was settled, but where nothing was."""
    made = report(traveller, session(traveller, 1), how, (traveller.demands[0].id,))
    assert (f"1 of {len(traveller.demands)} demands settled" in made.summary) is (how != "stopped")
    assert made.demands_met == (traveller.demands[0].what,)
    assert len(made.demands_open) == len(traveller.demands) - 1


def test_the_feedback_is_in_the_customers_words(traveller: Card) -> None:
    """Four questions, each answered with a line of the card for its level, and what it rests on."""
    made = report(traveller, session(traveller, 2))
    assert [one.question for one in made.feedback] == list(Feedback.model_fields)
    for one in made.feedback:
        assert one.says in getattr(getattr(traveller.feedback, one.question), one.level)
        assert any(c.isdigit() for c in one.because)


def test_listening_is_felt_and_brushing_aside_too(traveller: Card) -> None:
    """The customer's answers follow what was done."""
    calm, angry = Mood(anger=0.5, trust=4, patience=4), Mood(anger=5, trust=0, patience=0)
    kind = [settled(verdict(n, 4, "paraphrase acknowledge_feeling"), calm, calm) for n in (1, 2, 3)]
    cold = [settled(verdict(n, 0, "", "rude"), angry, angry) for n in (1, 2, 3)]
    everything = tuple(demand.id for demand in traveller.demands)
    assert {one.level for one in report(traveller, kind, "resolved", everything).feedback} == {"yes"}
    assert {one.level for one in report(traveller, cold, "public").feedback} == {"no"}


def test_the_same_session_has_the_same_debrief(traveller: Card) -> None:
    """For the same seed."""
    assert report(traveller, session(traveller, 4)) == report(traveller, session(traveller, 4))
