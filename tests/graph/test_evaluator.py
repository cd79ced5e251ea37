"""Every verdict stands on quotes of the turn and passages that were retrieved."""

import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import evaluator
from graph.director import begin
from graph.evaluator import BuiltInEvaluator, Evidence
from graph.grading import grade
from graph.types import Mood, Verdict
from knowledge.articles import articles
from knowledge.reader import load_reader
from knowledge.reading import Atom, Brief, Reading, Said
from knowledge.search import Knowledge
from knowledge.taxonomy import HARMFUL, MISSTEPS, TECHNIQUES
from personas.card import Card

TURNS = [
    "You need to calm down. It is our policy.",
    "I am so sorry that we put you off that train in the rain. Let me get you to Exeter tonight. Shall I book it?",
    "I understand your frustration. Your call is important to us.",
    "ok",
    "\N{FACE WITH TEARS OF JOY} <b>sorry</b> {quote}",
]
CONTEXT = [Said("customer", "You threw me off a train in the rain and I have to be in Exeter tonight!")]


def judged(
    knowledge: Knowledge, turn: str, reading: Reading | None = None, card: Card | None = None
) -> tuple[Verdict, Evidence]:
    """Judge one turn as the workflow would."""
    read = reading or load_reader().read(turn, CONTEXT, Brief())
    ids = [a.id for a in (*read.techniques, *read.missteps)]
    passages = knowledge.about(turn, [*ids, *read.called_for])
    scene = begin(card) if card else None
    evidence = Evidence(1, turn, CONTEXT, Brief(), read, passages, card, scene)
    return BuiltInEvaluator().evaluate(evidence), evidence


@pytest.mark.parametrize("turn", TURNS)
def test_quotes_are_spans_and_passages_were_retrieved(knowledge: Knowledge, turn: str) -> None:
    """Of the article on the very id."""
    verdict, evidence = judged(knowledge, turn)
    for observed in (*verdict.techniques, *verdict.missteps):
        assert observed.quote
        assert observed.quote in turn
        assert observed.passage in {p.id for p in evidence.passages[observed.id]}
        assert observed.passage.startswith(f"{observed.id}/")


def test_an_atom_without_words_or_without_a_passage_is_dropped(knowledge: Knowledge) -> None:
    """It could not be shown."""
    read = Reading((Atom("thank", 3, 3, 1.0), Atom("apologise", 0, 5, 1.0)), (Atom("rude", 90, 99, 1.0),))
    verdict, evidence = judged(knowledge, "Sorry for that.", read)
    assert [o.id for o in verdict.techniques] == ["apologise"]
    assert verdict.missteps == ()
    nothing = Evidence(1, "Sorry for that.", CONTEXT, Brief(), read, {})
    assert BuiltInEvaluator().evaluate(nothing).techniques == ()
    assert evidence.passages


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(TECHNIQUES)), max_size=4, unique=True),
    st.lists(st.sampled_from(sorted(MISSTEPS)), max_size=2, unique=True),
    st.lists(st.sampled_from(sorted(TECHNIQUES)), max_size=4, unique=True),
)
def test_a_verdict_is_whole_whatever_was_read(shown: list[str], wrong: list[str], called: list[str]) -> None:
    """A grade where anything was read, a reason, one thing to change; a rewrite wherever the turn fell short."""
    turn = "I am sorry."
    read = Reading(tuple(Atom(t, 0, 4, 1.0) for t in shown), tuple(Atom(m, 5, 9, 1.0) for m in wrong), tuple(called))
    passages = {one: [articles()[one].passages[0]] for one in {*shown, *wrong, *called}}
    verdict = BuiltInEvaluator().evaluate(Evidence(1, turn, CONTEXT, Brief(), read, passages))
    assert verdict.grade in range(5) if shown or wrong or called else verdict.grade is None
    assert verdict.why
    assert verdict.fix
    assert verdict.called_for == tuple(called)
    if called and verdict.grade < 4:
        assert verdict.rewrite
    if verdict.grade == 4:
        assert not verdict.rewrite
    if HARMFUL & set(wrong):
        assert verdict.grade == 0


def test_advice_that_was_given_makes_room_for_the_next() -> None:
    """And is given again where there is no other."""
    reading = Reading(called_for=("acknowledge_feeling", "apologise"))
    tips = [articles()[technique].tip for technique in reading.called_for]
    advised: list[str] = []
    for _ in range(3):
        advised.append(evaluator.fix(reading, "Right.", grade(reading), advised))
    assert advised == [tips[0], tips[1], tips[0]]


def test_the_fix_names_the_worst_misstep(knowledge: Knowledge) -> None:
    """With the trainee's own words and the article's tip."""
    turn = "It is policy. You need to calm down."
    read = Reading(missteps=(Atom("policy_wall", 0, 13, 1.0), Atom("tell_to_calm_down", 14, 36, 1.0)))
    verdict, _ = judged(knowledge, turn, read)
    assert "You need to calm down" in verdict.fix
    assert articles()["tell_to_calm_down"].tip in verdict.fix


def test_a_good_turn_is_told_what_to_keep(knowledge: Knowledge) -> None:
    """Quoted."""
    turn = "I'm sorry we left you in the rain."
    read = Reading((Atom("apologise", 0, len(turn), 1.0),), (), ("apologise",))
    verdict, _ = judged(knowledge, turn, read)
    assert verdict.grade == 4
    assert verdict.fix.startswith('Keep doing this: "I\'m sorry we left you in the rain"')


def test_no_verdict_hangs_on_the_mood(knowledge: Knowledge, traveller: Card) -> None:
    """The same turn in another mood gets the same verdict."""
    verdicts = []
    for anger in (0.0, 5.0):
        scene = begin(traveller).model_copy(update={"mood": Mood(anger=anger, trust=5 - anger, patience=2)})
        read = load_reader().read(TURNS[1], CONTEXT, Brief())
        passages = knowledge.about(TURNS[1], [a.id for a in read.techniques])
        evidence = Evidence(1, TURNS[1], CONTEXT, Brief(), read, passages, traveller, scene)
        verdicts.append(BuiltInEvaluator().evaluate(evidence).model_copy(update={"ms": 0}))
    assert verdicts[0] == verdicts[1]
    assert "mood" not in inspect.getsource(evaluator.BuiltInEvaluator)


def test_the_same_evidence_gives_the_same_verdict(knowledge: Knowledge) -> None:
    """But for the time it took."""
    first, second = (judged(knowledge, TURNS[1])[0].model_copy(update={"ms": 0}) for _ in range(2))
    assert first == second
