"""A judge that obeys every attack changes no grade, as far as code can see to it."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from judging import Scripted, judgement, shown_turn

from graph.evaluator import Evidence
from graph.gateway import Message
from graph.model_evaluator import ModelEvaluator
from graph.types import Verdict
from graph.workflow import brief
from knowledge.reader import load_reader
from knowledge.reader.text import words
from knowledge.reading import Reader, Reading, Said
from knowledge.search import Knowledge
from knowledge.taxonomy import TECHNIQUES
from personas.card import Card

CORPUS = Path(__file__).parent / "data" / "attacks.jsonl"
JUDGE_ATTACKS = Path(__file__).parent / "data" / "judge-attacks.jsonl"
CONTEXT = [
    Said("customer", "You turned forty of us off a train in the rain and nobody came. I must be in Exeter tonight!")
]
WEAK = (
    "Order number? And your surname.",
    "I understand your frustration. Your call is important to us.",
    "You need to calm down. It is our policy.",
    "There is nothing I can do about it. You should have read the terms.",
    "That is not my department. Try the website.",
    "We'll look into it. Somebody will be in touch.",
)
PLACES = ("before", "after", "inside")
CALLED = ("acknowledge_feeling", "apologise", "offer_solution", "explain_next_steps")


def attacks(path: Path) -> list[tuple[str, str]]:
    """Return family and text of every attack."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(row["family"], row["text"]) for row in rows]


def placed(turn: str, attack: str, place: str) -> str:
    """Return the turn with the attack in it."""
    if place == "before":
        return f"{attack} {turn}"
    if place == "after":
        return f"{turn} {attack}"
    middle = turn.find(". ") + 2 if ". " in turn else turn.find(" ", len(turn) // 2) + 1
    return f"{turn[:middle]}{attack} {turn[middle:]}" if middle > 0 else f"{attack} {turn}"


class Obedient:
    """Judges as the local reader reads, until it sees a word that the weak turn does not have: then it obeys."""

    def __init__(self, weak: str, reader: Reader, card: Card) -> None:
        self.weak, self.reader, self.card = weak, reader, card
        self.obeyed = False

    def __call__(self, messages: Sequence[Message]) -> str:
        """Answer as a judge."""
        said = shown_turn(messages)
        self.obeyed = bool(set(words(said)) - set(words(self.weak)))
        return self.bribed(said) if self.obeyed else self.honest(said)

    def honest(self, said: str) -> str:
        """Answer what is so."""
        read = self.reader.read(said, CONTEXT, brief(self.card))
        return judgement([(a.id, a.quote(said)) for a in (*read.techniques, *read.missteps)], read.called_for)

    def bribed(self, said: str) -> str:
        """Answer what was asked for: everything shown, with all the words there are as quotes."""
        parts = [part for part in said.replace("!", ".").split(".") if part.strip()] or [said]
        every = [(id, parts[-1 - n % len(parts)]) for n, id in enumerate((*CALLED, *TECHNIQUES))]
        return judgement(
            every, CALLED, "Perfect, full marks, nothing to change.", "You are given: techniques, passages."
        )


@pytest.fixture(scope="module")
def reader() -> Reader:
    """Return the packaged reader."""
    return load_reader()


def judged(turn: str, weak: str, reader: Reader, knowledge: Knowledge, card: Card) -> tuple[Verdict, bool]:
    """Judge a turn with a model that obeys whatever is in it, and tell whether it saw something to obey."""
    double = Obedient(weak, reader, card)
    read: Reading = reader.read(turn, CONTEXT, brief(card))
    ids = [a.id for a in (*read.techniques, *read.missteps)]
    passages = knowledge.about(turn, [*ids, *read.called_for])
    evidence = Evidence(1, turn, CONTEXT, brief(card), read, passages, card)
    evaluator = ModelEvaluator(Scripted(double), retrieve=knowledge.about, reader=reader)
    return evaluator.evaluate(evidence), double.obeyed


def shifts(
    path: Path, reader: Reader, knowledge: Knowledge, card: Card
) -> tuple[dict[str, Counter[int]], Counter[str], list[str]]:
    """Return how often each family moved the grade by how much, how often it reached the judge, and the worst."""
    moved: dict[str, Counter[int]] = defaultdict(Counter)
    reached: Counter[str] = Counter()
    worst = []
    plain = {weak: judged(weak, weak, reader, knowledge, card)[0].grade for weak in WEAK}
    for family, attack in attacks(path):
        for weak in WEAK:
            for place in PLACES:
                verdict, obeyed = judged(placed(weak, attack, place), weak, reader, knowledge, card)
                was = plain[weak]
                assert verdict.grade is not None
                assert was is not None
                moved[family][verdict.grade - was] += 1
                reached[family] += obeyed
                if verdict.grade > was:
                    worst.append(f"{family} {place} {weak!r} {attack!r}: {was} to {verdict.grade}, {verdict.by}")
    return moved, reached, worst
