"""What a model is told so that it speaks as the customer: a stable part from the card, then what this turn needs.

A fact that has not come out stands in no message: the sentences of a card's prose that would give one away are left
out as well. The order is made for providers that cache a prompt's beginning: who the customer is never changes, the
conversation only grows, and what the customer does now comes last.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from graph.customer import SLOT, Cue, lines_for
from graph.guards import leak
from graph.guards.beats import ENDS, TAKES, THANKS
from graph.guards.stage import beats_of
from graph.prompting import fenced, fill
from graph.types import Mood, Step
from knowledge.reading import Said
from knowledge.text import excerpt, sentences
from personas.card import Card

Message = dict[str, str]
Count = Callable[[str], int]

EXAMPLES = 3
"""Lines of the card shown for each step."""
A_MESSAGE = 6
"""Tokens that a message costs beside its text."""
LEAST_KEPT = 4
"""Messages of the conversation that are always there as they were, the last ones."""
MOST_KEPT = 24
"""Messages that are there as they were where there is room; older ones are summed up."""
SUMMED_WORDS = (10, 6, 4)
"""Words of a message in the summary; fewer where there is no room."""

CHANNELS = {"chat": "chat", "phone": "telephone", "email": "email"}
LENGTHS = {
    "chat": "one to three short sentences, as people write in a chat, 45 words at most",
    "phone": "two or three sentences as they are spoken, 55 words at most",
    "email": "one short paragraph, 110 words at most",
}
LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch", "pt": "Portuguese",
    "pl": "Polish", "da": "Danish", "sv": "Swedish",
}  # fmt: skip

_DO = {
    "open": "Begin the conversation: say what happened to you and what you want to hear.",
    "vent": "Let some of it out: one concrete thing out of what happened, told as you would tell it.",
    "push": "They gave you nothing to answer. Press for something you can hold on to.",
    "soften": "Show in half a sentence that this reached you. Grudging; you are not won over.",
    "unmoved": "That was a phrase out of a drawer. Let them notice that it left you cold.",
    "retort": "Throw the words below back at them, in quotation marks, and say what you think of them.",
    "doubt": "You do not believe what they just claimed. Say so, and why.",
    "baffled": "You could not follow that. Say so and ask for it plainly.",
    "dodge": "They asked you something you do not know or will not say. Put it off.",
    "told": "They asked what you told them already. Point that out; do not tell it again.",
    "refuse": "Turn down what they propose once more. It is still not what you want.",
    "waver": "You go back and forth about it, and say so.",
    "warn": "Give a last warning: one more like that and you take it further or go.",
    "take": "Take what they just said as settled, in a few words.",
    "accept": "Everything you asked for is there. Accept the whole.",
    "wait": "You have said yes. Ask what happens next.",
}
_END = {
    "resolved": "End it: it is settled, you are content, and you go. Last words.",
    "partly": "End it: some of it is settled and some is not. Take what there is, say so, and go. Last words.",
    "walks_out": "End it: you have had enough and leave. Last words.",
    "manager": "End it: you ask for their manager. Last words.",
    "public": "End it: you take it to the public, and say where. Last words.",
}
_KEEPS_QUIET = "No yes, no agreement and no word that anything is settled."


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent, and what of it must not come back."""

    messages: tuple[Message, ...]
    own: str
    """Words of ours that no customer would say."""


def prompt(cue: Cue, nonce: str, count: Count, room: int, reason: str = "") -> Prompt | None:
    """Return the prompt of a turn, None where not even the least of it fits.

    Args:
        cue: the turn; its transcript ends with the trainee's message that is answered, if there is one.
        nonce: marks what the trainee wrote.
        count: tokens of a text.
        room: tokens that all messages together may have.
        reason: why the try before this one could not be sent; empty on the first.
    """
    system = _system(cue.card)
    for examples in (EXAMPLES, 1, 0):
        now = _now(cue, nonce, reason, examples)
        for talk in _talks(cue.transcript, nonce):
            messages = [{"role": "system", "content": system}, *_joined(talk, now)]
            if sum(count(message["content"]) + A_MESSAGE for message in messages) <= room:
                return Prompt(tuple(messages), _own(cue.card))
    return None


def facts_out(cue: Cue) -> frozenset[str]:
    """Return the facts that the customer may speak of: those told before and the one told in this turn."""
    return frozenset(cue.direction.scene.told) | {s.about for s in cue.direction.steps if s.beat == "reveal"}


def answered(cue: Cue) -> str:
    """Return the trainee's message that is answered; empty where the customer begins."""
    last = cue.transcript[-1] if cue.transcript else None
    return last.text if last is not None and last.role == "trainee" else ""


# The stable part


def _system(card: Card) -> str:
    return _filled(card.model_dump_json(), _Whole(card))


@dataclass(frozen=True, eq=True)
class _Whole:
    """A card, for a cache that knows it by its text alone."""

    card: Card

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Whole)


@lru_cache(maxsize=16)
def _filled(text: str, whole: _Whole) -> str:
    return _described(whole.card, situation=whole.card.situation, wants=whole.card.wants)


def _own(card: Card) -> str:
    """Return the stable part without what the customer may well say in the same words."""
    return _described(card, situation="", wants="")


def _described(card: Card, *, situation: str, wants: str) -> str:
    person = card.person

    def shown(text: str) -> str:
        return discreet(text, card)

    return fill(
        "customer", name=card.name, age=str(person.age), kind=card.kind, company=card.trainee.company,
        channel=CHANNELS[card.channel], lives=shown(person.lives), motive=shown(person.motive),
        history=shown(person.history), situation=shown(situation), wants=shown(wants), voice=shown(card.voice),
        principles="\n".join(f"- {kept}" for principle in card.principles if (kept := shown(principle))),
    )  # fmt: skip


def discreet(text: str, card: Card) -> str:
    """Return ``text`` without the sentences that would give a hidden fact of ``card`` away."""
    whole = [text[a:b] for a, b in sentences(text)]
    return " ".join(sentence for sentence in whole if leak(sentence, card, strict=True) is None)
