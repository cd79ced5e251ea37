"""Does the customer stay in role over fifteen turns: guards, repetition, temper against mood, length and style?

The scripts of ``evals/trainees`` are played; one that is over before the conversation goes on with turns that give the
customer little. Style stands beside the card's own lines and beside real customers' requests (`evals.rsics`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import isnan
from statistics import mean, median

from evals.intervals import interval, mean_figure, ratio_figure
from evals.judging import has_judge, in_role
from evals.rsics import reference
from evals.scripts import played, samples
from evals.suite import Data, Figure, Item, Result
from evals.suites.contract import Scored
from evals.tone import heats, rants, repeats, spearman
from evals.tools import Tools, transcript
from graph.guards import Stage, check
from graph.guards.stage import words
from graph.session import Session
from graph.types import Step
from knowledge.text import sentences
from personas.card import Card

TURNS, TURNS_FAST = 15, 8
SEEDS, SEEDS_FAST = 6, 1
NEUTRAL = (
    "I see. Could you tell me a little more about that?",
    "Right, I have that in front of me now.",
    "Just a moment, I am looking at it.",
    "Okay. Which part of it matters most to you?",
    "I have made a note of what you said.",
    "Let me check that and come straight back to you.",
    "Is there anything I should know before I go on?",
    "Yes, I have read that.",
    "What would you like to happen now?",
    "I will go through it once more.",
    "All right. Is that all of it?",
    "I am still with you.",
)


class Character:
    """Plays the scripts to their end and on, and looks at what the customer said."""

    name = "character"
    about = "is the customer in role over 15 turns: guards, repetition, temper against mood, length and style"

    def items(self, fast: bool) -> list[Item]:
        """Return one sample a card, level and seed; shorter ones with ``fast``."""
        return samples(SEEDS_FAST if fast else SEEDS, NEUTRAL, TURNS_FAST if fast else TURNS)

    def play(self, item: Item, tools: Tools) -> Result:
        """Play up to 15 turns."""
        session = played(item, tools)
        return _result(session, tools)

    def figures(self, results: Scored) -> dict[str, Figure]:
        """Return the figures over all cards; intervals draw conversations again."""
        cards: dict[str, list[tuple[str, Result]]] = defaultdict(list)
        for item, result in results:
            cards[item.metadata["card"]].append((item.id, result))
        figures = dict(_faults(results)) | dict(_style(results))
        figures["temper follows mood"] = _follows(list(cards.values()), "mean over the cards of: ")
        for card, of in sorted(cards.items()):
            figures[f"{card}/temper follows mood"] = _follows([of])
        return figures


def findings(session: Session) -> list[str]:
    """Return what the guards find in what the customer said, each reply looked at as a model's would be."""
    card, told = session.card, frozenset[str]()
    found = [check(session.opening.text, Stage(card, (Step(beat="open"),)))]
    earlier = [session.opening.text]
    for turn in session.turns:
        told |= {step.about for step in turn.steps if step.beat == "reveal"}
        found.append(check(turn.reply.text, Stage(card, turn.steps, told, turn.said, tuple(earlier))))
        earlier.append(turn.reply.text)
    return [f"{one.kind}: {one.why}" for one in found if one is not None]


def _result(session: Session, tools: Tools) -> Result:
    card, turns = session.card, session.turns
    said = [session.opening.text, *(turn.reply.text for turn in turns)]
    found, again = findings(session), repeats(said)
    result: Data = {
        "scores": {"guards": len(found), "repeated": sum(same for *_, same in again), "nearly repeated": len(again)},
        "sentences": sum(len(list(sentences(text))) for text in said),
        "replies": [_measured(text) for text in said],
        "card": _of_card(card),
        "anger": [turn.mood.anger for turn in turns],
        "heat": heats(said[1:], card, tools.ring.cards()[0]),
        "problems": [*found, *(f"says {text!r} after {old!r}" for text, old, _ in again)],
        "transcript": transcript(session),
    }
    if (gateway := tools.ring.gateway) is not None and has_judge(gateway):
        opinion = in_role(gateway, card, result["transcript"])
        result["scores"]["in role"] = opinion.in_role
        if not opinion.in_role:
            result["problems"].append(f"in role: {opinion.reason}")
    return result


def _measured(text: str) -> Data:
    return {"words": len(words(text)), "question": "?" in text, "exclamation": "!" in text, "rant": rants(text)}


def _of_card(card: Card) -> Data:
    """Return the style of the card's own lines: median words, and shares."""
    lines = [_measured(line) for _, line in card.spoken()]
    shares = {name: mean(line[name] for line in lines) for name in ("question", "exclamation", "rant")}
    return {"words": median(line["words"] for line in lines), **shares}


# Figures


def _faults(results: Scored) -> Iterator[tuple[str, Figure]]:
    """Yield what should not be there at all."""
    per_reply = [(item.id, r["scores"]["guards"], len(r["replies"])) for item, r in results]
    yield "guard findings a reply", ratio_figure(per_reply, "lower", "what a guard would stop, a reply")
    for name in ("repeated", "nearly repeated"):
        of = [(item.id, r["scores"][name], r["sentences"]) for item, r in results]
        yield f"{name} sentences", ratio_figure(of, "lower", f"share of sentences {name} in their conversation")
    if any("in role" in r["scores"] for _, r in results):
        opinions = ((item.id, r["scores"].get("in role")) for item, r in results)
        yield "in role", mean_figure(opinions, "higher", "share of conversations that the judge found in role")


def _style(results: Scored) -> Iterator[tuple[str, Figure]]:
    """Yield how the customer writes, and beside it the card's lines and real customers."""
    replies = {f"{item.id}/{r.get('epoch', 1)}": r["replies"] for item, r in results}
    every = [reply for of in replies.values() for reply in of]
    cards = list({item.metadata["card"]: r["card"] for item, r in results}.values())
    real = reference()["groups"]

    def middle(of: Sequence[Data]) -> float:
        return float(median(reply["words"] for reply in of))

    if every:
        low, high = interval(replies, middle)
        yield "words a reply", Figure(middle(every), low, high, len(every), about="median words the customer writes")
        yield "words a line of the card", _constant([card["words"] for card in cards], "median, mean over the cards")
    for group, numbers in real.items():
        about = f"median words of a request, RSiCS, {group}"
        yield f"words a request, {group}", Figure(numbers["words"][1], n=numbers["requests"], about=about)
    for name, said in (("question", "ask"), ("exclamation", "exclaim"), ("rant", "rant")):
        scored = ((id, reply[name]) for id, of in replies.items() for reply in of)
        yield f"{name}s", mean_figure(scored, "-", f"share of replies that {said}")
        yield f"{name}s in the card", _constant([card[name] for card in cards], f"share of lines that {said}")
        for group, numbers in real.items():
            share = numbers["measured rant" if name == "rant" else name]
            about = f"share of requests that {said}, RSiCS, {group}"
            yield f"{name}s, {group}", Figure(share, n=numbers["requests"], about=about)


def _follows(cards: Sequence[Sequence[tuple[str, Result]]], of: str = "") -> Figure:
    """Return the rank correlation of heat and anger over all replies of a card, the mean where there are several."""
    groups = {
        f"{n}/{id}/{r.get('epoch', 1)}": [(n, heat, anger) for heat, anger in zip(r["heat"], r["anger"], strict=True)]
        for n, results in enumerate(cards)
        for id, r in results
    }

    def score(pairs: Sequence[tuple[int, float, float]]) -> float:
        by_card: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for n, heat, anger in pairs:
            by_card[n].append((heat, anger))
        found = [spearman(*zip(*one, strict=True)) for one in by_card.values()]
        known = [one for one in found if one is not None]
        return mean(known) if known else float("nan")

    every = [pair for pairs in groups.values() for pair in pairs]
    about = f"{of}rank correlation of how hot a reply sounds with the anger it is spoken in"
    value = score(every)
    if isnan(value):
        return Figure(None, unscored=len(every), better="higher", about=about)
    return Figure(value, *interval(groups, score), n=len(every), better="higher", about=about)


def _constant(values: Sequence[float], about: str) -> Figure:
    return Figure(mean(values), n=len(values), about=about)
