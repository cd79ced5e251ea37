"""What a model is told so that it speaks as the customer: a stable part from the card, then what this turn needs.

A fact that has not come out stands in no message: the sentences of a card's prose that would give one away are left
out as well. The order is made for providers that cache a prompt's beginning: who the customer is never changes, the
conversation only grows, and what the customer does now comes last.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "pt": "Portuguese", "pl": "Polish", "da": "Danish", "sv": "Swedish",
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
    system, own = _parts(cue.card)
    for examples in (EXAMPLES, 1, 0):
        now = _now(cue, nonce, reason, examples)
        for talk in _talks(cue.transcript, nonce):
            messages = [{"role": "system", "content": system}, *_joined(talk, now)]
            if sum(count(message["content"]) + A_MESSAGE for message in messages) <= room:
                return Prompt(tuple(messages), own)
    return None


def facts_out(cue: Cue) -> frozenset[str]:
    """Return the facts that the customer may speak of: those told before and the one told in this turn."""
    return frozenset(cue.direction.scene.told) | {s.about for s in cue.direction.steps if s.beat == "reveal"}


def answered(cue: Cue) -> str:
    """Return the trainee's message that is answered; empty where the customer begins."""
    last = cue.transcript[-1] if cue.transcript else None
    return last.text if last is not None and last.role == "trainee" else ""


# The stable part


_SYSTEMS: dict[str, tuple[str, str]] = {}
"""By a card's text, what `_parts` gave for it: looking for what would give facts away takes a while."""
_MOST_SYSTEMS = 32


def _parts(card: Card) -> tuple[str, str]:
    """Return the stable part, and all words of ours without those that the customer may well say."""
    key = card.model_dump_json()
    if key not in _SYSTEMS:
        if len(_SYSTEMS) >= _MOST_SYSTEMS:
            _SYSTEMS.clear()
        whole = _described(card, situation=card.situation, wants=card.wants)
        _SYSTEMS[key] = (whole, f"{_described(card, situation='', wants='')}\n{_frame(card)}")
    return _SYSTEMS[key]


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


# What this turn needs


def _now(cue: Cue, nonce: str, reason: str, examples: int) -> str:
    card, scene, steps = cue.card, cue.direction.scene, cue.direction.steps
    return fill(
        "customer-now", name=card.name, so_far=_so_far(cue), mood=in_words(scene.mood),
        do="\n".join(f"- {_do(card, step, nonce)}" for step in steps), not_yet=_not_yet(steps),
        examples=_examples(cue, examples), language=LANGUAGES.get(card.language, f"the language {card.language!r}"),
        length=LENGTHS[card.channel], again=fill("customer-again", reason=reason) if reason else "",
    )  # fmt: skip


def _frame(card: Card) -> str:
    """Return the words around what a turn needs."""
    turn = dict.fromkeys(("so_far", "mood", "do", "not_yet", "examples", "language", "length", "again"), "")
    return fill("customer-now", name=card.name, **turn)


def _so_far(cue: Cue) -> str:
    card, scene = cue.card, cue.direction.scene
    now = {step.about for step in cue.direction.steps}
    lines = [f"You have told them: {card.fact(one).fact}" for one in scene.told if one not in now]
    lines += [f"Settled: {card.demand(one).what}" for one in scene.met]
    lines += [f"You have taken: {card.offer(one).what}" for one in scene.taken if one not in now]
    lines += [f"You have turned down: {card.offer(one).what}" for one in scene.refused if one not in now]
    return "\n".join(f"- {line}" for line in lines) or "- nothing yet"


def in_words(mood: Mood) -> str:
    """Return a mood as one would say it."""
    anger = ("calm", "put out", "annoyed", "angry", "very angry")[min(4, int(mood.anger))]
    trust = ("no trust in them at all", "hardly any trust", "some trust", "trust", "a good deal of trust")
    patience = ("out of patience", "almost out of patience", "short of patience", "patient enough", "in no hurry")
    return f"{anger}, {trust[min(4, int(mood.trust))]}, {patience[min(4, int(mood.patience))]}."


def _do(card: Card, step: Step, nonce: str) -> str:
    """Return in plain words what a step asks for; words of the trainee's stand fenced in it."""
    words = f"\n{fenced(step.quote, nonce)}" if step.quote else ""
    match step.beat:
        case "demand":
            return f"Say in your own way what you want now: {card.demand(step.about).what}"
        case "reveal":
            return f"They have earned it. Tell them now, plainly and in the first person: {card.fact(step.about).fact}"
        case "answer":
            return f"They asked for something you tell readily. It is this, in your own words: {_says(card, step)}"
        case "accepts":
            return f"You take this offer of theirs: {card.offer(step.about).what}"
        case "tests":
            return f"You doubt this offer and put it to the test with one hard question: {card.offer(step.about).what}"
        case "refuses":
            return f"You turn this down, it is not what you came for: {card.offer(step.about).what}"
        case "end":
            return _END[step.about]
        case beat:
            return _DO[beat] + words


def _says(card: Card, step: Step) -> str:
    return card.answer(step.about).says[0]


def _not_yet(steps: Sequence[Step]) -> str:
    beats = beats_of(steps)
    rules = [] if beats & TAKES else [_KEEPS_QUIET]
    rules += [] if beats & THANKS else ["No thanks."]
    rules += [] if beats & ENDS else ["No goodbye, no threat to leave or to go higher, no asking for a manager."]
    rules += [] if "reveal" in beats else ["Nothing about yourself that you have not told them already."]
    return "\n".join(f"- {rule}" for rule in (*rules, "No help, advice or apology as if you worked there."))


def _examples(cue: Cue, most: int) -> str:
    chosen: list[str] = []
    for n, step in enumerate(cue.direction.steps):
        pools = lines_for(cue.card, step, cue.direction.scene.mood.band)
        left = [line for pool in pools for line in pool if SLOT not in line and line not in cue.used | cue.seen]
        chance = random.Random(f"{cue.seed}/{cue.direction.scene.turn}/{n}/examples")
        chosen += chance.sample(left[: most * 3], min(most, len(left)))
    return "\n".join(f"- {line}" for line in chosen) or "- (none)"


# The conversation


def _talks(said: Sequence[Said], nonce: str) -> Iterable[list[Message]]:
    """Yield the conversation, ever shorter: what is left out at its beginning is summed up after the opening."""
    if not said:
        yield []
        return
    begun, rest = said[0], said[1:]
    opening = [_message("user", fill("customer-begin", nonce=nonce)), _message("assistant", begun.text)]
    steps = (2, *SUMMED_WORDS)
    for kept in sorted({min(len(rest), most) for most in (MOST_KEPT, 12, LEAST_KEPT)}, reverse=True):
        older, recent = rest[: len(rest) - kept], rest[len(rest) - kept :]
        told = [_message("user" if one.role == "trainee" else "assistant", _typed(one, nonce)) for one in recent]
        for words in steps[1:] if older else steps[:1]:
            yield [*opening, *_summed(older, words, nonce), *told]
        for last in (20, 8, 0) if older else ():
            yield [*opening, *_summed(older, SUMMED_WORDS[-1], nonce, last), *told]


def _summed(older: Sequence[Said], words: int, nonce: str, last: int | None = None) -> list[Message]:
    """Return one message that says in a short line each who said what; of very many only the ``last`` ones."""
    if not older:
        return []
    shown = older if last is None else older[len(older) - last :]
    lines = [f"{len(older) - len(shown)} messages before these"] if len(shown) < len(older) else []
    lines += [f"{'they' if one.role == 'trainee' else 'you'}: {excerpt(one.text, words)}" for one in shown]
    return [_message("user", fill("customer-earlier", summary=fenced("\n".join(lines), nonce)))]


def _typed(one: Said, nonce: str) -> str:
    return fenced(one.text, nonce) if one.role == "trainee" else one.text


def _joined(talk: Sequence[Message], now: str) -> list[Message]:
    """Return the messages with ``now`` at the end, user and assistant in turn: some models take nothing else."""
    joined: list[Message] = []
    for message in (*talk, _message("user", now)):
        if joined and joined[-1]["role"] == message["role"]:
            joined[-1] = _message(message["role"], f"{joined[-1]['content']}\n\n{message['content']}")
        else:
            joined.append(message)
    return joined


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}
