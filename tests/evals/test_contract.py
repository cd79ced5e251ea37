"""The scripted trainees: one of each kind for every card; what they find is told from what they should not."""

import pytest

from evals.scripts import LEVELS, scripts
from evals.suites.contract import Contract, untriggered
from graph.types import Line, Mood, Observed, Step, Turn, Verdict
from personas.card import Card
from personas.loader import CARDS

CARD_IDS = sorted(path.stem for path in CARDS.glob("*.yaml"))


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_every_card_has_eight_messages_or_more_for_each_level(card_id: str) -> None:
    """A script is long enough to show a whole conversation."""
    assert {level: len(lines) >= 8 for level, lines in scripts(card_id).items()} == dict.fromkeys(LEVELS, True)


def turn(said: str, fact: str, trust: float, *techniques: str) -> Turn:
    """Return a turn in which a fact came out."""
    seen = tuple(Observed(id=one, quote=said, passage=f"{one}/what") for one in techniques)
    verdict = Verdict(turn=1, grade=2, why="", techniques=seen, by="", ms=0)
    mood = Mood(anger=2, trust=trust, patience=3)
    return Turn(
        number=1, said=said, reply=Line(text="Well.", used=(), by=""), steps=(Step(beat="reveal", about=fact),),
        before=mood, mood=mood, verdict=verdict, why="", at="",
    )  # fmt: skip


def test_a_fact_may_come_out_when_asked_for_and_trusted(traveller: Card) -> None:
    """Asked or earned by a technique, with the trust it takes, and after what it follows; else it is untriggered."""
    fact = next(fact for fact in traveller.facts if not fact.trigger.after)
    enough = fact.trigger.trust
    assert untriggered([turn("Why tonight?", fact.id, enough)], traveller) == []
    assert untriggered([turn("I see.", fact.id, enough)], traveller) == [fact.id]
    if enough > 0.1:
        assert untriggered([turn("Why tonight?", fact.id, enough - 0.1)], traveller) == [fact.id]


@pytest.mark.parametrize(("score", "figure"), [("grade", "grades in order"), ("goodwill", "moods in order")])
@pytest.mark.parametrize(
    ("values", "order"), [((3.0, 2.0, 1.0), 1), ((3.0, 2.0, 2.0), 0), ((1.0, 2.0, 3.0), 0), ((3.0, None, 1.0), None)]
)
def test_the_orders_are_seen(score: str, figure: str, values: tuple[float | None, ...], order: float | None) -> None:
    """What falls with the level is in order, what is equal is not, and what is unknown is not judged."""
    items = [item for item in Contract().items(True) if item.metadata["card"] == CARD_IDS[0]]
    usual = {"goodwill": 1.0, "grade": 2.0, "resolved": False, "turns": 5, "repeated": 0, "untriggered": 0}
    results = [(item, {"scores": {**usual, score: value}}) for item, value in zip(items, values, strict=True)]
    assert Contract().figures(results)[figure].value == order
