"""Trainees for the tests: scripted readings, and a ring without its workflow that plays hundreds of turns a second."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from graph.customer import BuiltInCustomer, Cue
from graph.director import begin, direct
from graph.hearing import Found, Heard
from graph.types import Direction, Line, Scene, Step
from knowledge.reading import Atom, Reading, Said
from knowledge.taxonomy import MISSTEPS, TECHNIQUES
from personas.card import Card

TURN = "You should have read the terms, it is 9.99 {quote} <b>now</b>."
"""What a scripted trainee says; every atom quotes the whole of it."""


def reading(techniques: Iterable[str] = (), missteps: Iterable[str] = (), turn: str = TURN) -> Reading:
    """Return a reading that saw these ids in ``turn``."""
    return Reading(
        tuple(Atom(one, 0, len(turn), 1.0) for one in techniques),
        tuple(Atom(one, 0, len(turn), 1.0) for one in missteps),
    )


def offering(*ids: str) -> Heard:
    """Return what is heard when these offers are made."""
    return Heard(offers=tuple(Found(one, TURN) for one in ids))


@dataclass(frozen=True)
class Played:
    """One turn of a game."""

    reading: Reading
    heard: Heard
    before: Scene
    direction: Direction
    line: Line


Trainee = Callable[[Card, Scene, random.Random], tuple[Reading, Heard]]


def rude(card: Card, scene: Scene, chance: random.Random) -> tuple[Reading, Heard]:
    """Insult, blame and brush aside."""
    return reading(missteps=[chance.choice(["rude", "blame_customer", "dismiss", "policy_wall"])]), Heard()


def silent(card: Card, scene: Scene, chance: random.Random) -> tuple[Reading, Heard]:
    """Say nothing of any use."""
    return reading(), Heard()


def mediocre(card: Card, scene: Scene, chance: random.Random) -> tuple[Reading, Heard]:
    """Ask and offer without warmth, now and then from a script."""
    if chance.random() < 0.25:
        return reading(["thank"], [chance.choice(["empty_script", "rush_to_fix", "jargon"])]), Heard()
    if chance.random() < 0.5:
        return reading(["clarifying_question"]), Heard(answers=(chance.choice(card.answers).id,), asks=True)
    return reading(["offer_solution"]), offering(chance.choice(card.offers).id)


def asking(card: Card, scene: Scene, chance: random.Random) -> tuple[Reading, Heard]:
    """Ask, kindly, for one thing after the other."""
    facts = tuple(fact.id for fact in card.facts if fact.id not in scene.told)[:1]
    answers = tuple(answer.id for answer in card.answers if answer.id not in scene.answered)[:1]
    return reading(["clarifying_question", "acknowledge_feeling"]), Heard(facts=facts, answers=answers, asks=True)


def kind(card: Card, scene: Scene, chance: random.Random) -> tuple[Reading, Heard]:
    """Feel with the customer and do nothing for them."""
    return reading([chance.choice(["acknowledge_feeling", "apologise", "invite_to_vent", "paraphrase"])]), Heard()


def expert(card: Card, scene: Scene, chance: random.Random) -> tuple[Reading, Heard]:
    """Take the heat out first, then do what the open demand waits for, and close."""
    left = [demand for demand in card.demands if demand.id not in scene.met]
    if not left:
        return reading(["check_satisfaction", "thank"]), Heard()
    warm = ["acknowledge_feeling", "apologise"] if scene.turn % 2 else ["paraphrase", "use_history"]
    if scene.turn < 2:
        facts = tuple(fact.id for fact in card.facts if fact.id not in scene.told)[:1]
        return reading([*warm, "clarifying_question"]), Heard(facts=facts, asks=True)
    offers = [o.id for o in card.offers if o.within_authority and left[0].id in o.meets]
    heard = Heard(offers=tuple(Found(one, TURN) for one in offers[:1]), demands=(left[0].id,))
    return reading([*warm, "explain_next_steps", "offer_solution", *left[0].met_by_techniques[:1]]), heard


def anything(card: Card, scene: Scene, chance: random.Random) -> tuple[Reading, Heard]:
    """Show and say any of what there is."""

    def some(ids: Sequence[str], most: int) -> list[str]:
        return chance.sample(list(ids), min(len(ids), chance.randint(0, most)))

    heard = Heard(
        offers=tuple(Found(one, TURN) for one in some([o.id for o in card.offers], 2)),
        facts=tuple(some([f.id for f in card.facts], 2)),
        answers=tuple(some([a.id for a in card.answers], 2)),
        demands=tuple(some([d.id for d in card.demands], 1)),
        asks=chance.random() < 0.5,
    )
    missteps = some(list(MISSTEPS), 2) if chance.random() < 0.3 else []
    return reading(some(list(TECHNIQUES), 4), missteps), heard


TRAINEES: dict[str, Trainee] = {
    "rude": rude, "silent": silent, "mediocre": mediocre, "asking": asking, "kind": kind, "expert": expert,
    "anything": anything,
}  # fmt: skip


def greet(card: Card, seed: int, seen: frozenset[str] = frozenset()) -> Line:
    """Return the customer's first message."""
    direction = Direction(steps=(Step(beat="open"),), scene=begin(card), why="the customer begins")
    return BuiltInCustomer().speak(Cue(card, direction, [], frozenset(), seen, seed), lambda piece: None)


def play(
    card: Card,
    trainee: Trainee,
    seed: int,
    *,
    seen: frozenset[str] = frozenset(),
    most: int = 40,
    patient: bool = False,
) -> list[Played]:
    """Play until the session ends or ``most`` turns are over; a patient customer never leaves."""
    chance, scene = random.Random(seed), begin(card)
    used = frozenset(greet(card, seed, seen).used)
    played: list[Played] = []
    said: list[Said] = []
    while len(played) < most:
        read, heard = trainee(card, scene, chance)
        direction = direct(card, scene, TURN, read, heard)
        line = BuiltInCustomer().speak(Cue(card, direction, said, used, seen, seed), lambda piece: None)
        played.append(Played(read, heard, scene, direction, line))
        used |= frozenset(line.used)
        scene = direction.scene
        if direction.ending is not None:
            break
        if patient:
            scene = scene.model_copy(
                update={"mood": scene.mood.model_copy(update={"patience": 4.0}), "turn": scene.turn}
            )
    return played


def spoken(played: Sequence[Played], opening: Line) -> list[str]:
    """Return every line of the card that was spoken, in order."""
    return [*opening.used, *(line for turn in played for line in turn.line.used)]
