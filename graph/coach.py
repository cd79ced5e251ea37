"""Says what could have been said: a rewrite that fits this customer and this moment."""

import random
import re
from collections.abc import Sequence

from graph.types import Scene
from knowledge.reading import Brief, Said
from knowledge.text import sentences
from personas.card import Advice, Card

ORDER = (
    "set_boundary", "redirect_hot_button", "thank", "paraphrase", "acknowledge_feeling", "apologise",
    "use_history", "positive_priming", "bad_news", "explain_policy", "narrow_choice", "offer_solution",
    "offer_alternative", "escalate", "explain_next_steps", "partnership_language", "invite_to_vent",
    "clarifying_question", "seek_acceptance", "check_satisfaction",
)  # fmt: skip
"""The order in which techniques follow one another within one message."""
STALE = 2
"""How far a line falls behind each time it was suggested: as far as one demand."""
MAX_WORDS = 75
"""A rewrite is meant to be sent: what is needed less is left out."""
_ASK = frozenset({"invite_to_vent", "clarifying_question", "seek_acceptance", "check_satisfaction"})
"""A message ends on one question."""


def rewrite(called_for: Sequence[str], card: Card | None, scene: Scene | None, context: Sequence[Said], brief: Brief,
            suggested: Sequence[str] = ()) -> str:  # fmt: skip
    """Compose a message that does the most needed of ``called_for``.

    Args:
        called_for: technique ids, most needed first.
        card: the customer, whose advice lines are used where there are any.
        scene: where the session stood before the turn: no line may know more than the trainee could.
        context: what was said before the turn.
        brief: what the agent may do.
        suggested: rewrites given before; what stands in one is given again only where there is nothing else.
    """
    chosen: dict[str, str] = {}
    stale: list[str] = []
    for technique in called_for:
        if technique in _ASK and _ASK.intersection(chosen):
            continue
        if card is None or scene is None:
            line = _from_transcript(technique, context, brief)
        else:
            line = _from_card(technique, card, scene, suggested)
        if line and _times(line, suggested):
            stale.append(line)
        elif line and (not chosen or _words(*chosen.values(), line) <= MAX_WORDS):
            chosen[technique] = line
    if not chosen:
        return stale[0] if stale else _from_transcript("clarifying_question", context, brief)
    return " ".join(chosen[technique] for technique in ORDER if technique in chosen)


def _times(line: str, suggested: Sequence[str]) -> int:
    """Return how often a line was suggested."""
    return sum(line in before for before in suggested)


def _words(*lines: str) -> int:
    return sum(len(line.split()) for line in lines)


def _from_card(technique: str, card: Card, scene: Scene, suggested: Sequence[str]) -> str:
    """Choose the advice line that fits the moment best: for the demand at hand, then for any moment, then for
    the demands that follow; one that was suggested before falls behind.
    """
    unmet = [d.id for d in card.demands if d.id not in scene.met]
    places: dict[str | None, int] = {one: -2 * n for n, one in enumerate(unmet)} | {None: -1}

    def nearness(advice: Advice) -> tuple[int, int]:
        return places[advice.demand] - STALE * _times(advice.say, suggested), len(advice.told)

    fitting = [
        (nearness(advice), advice.say)
        for advice in card.advice
        if advice.technique == technique and advice.demand in places and set(advice.told) <= set(scene.told)
    ]
    best = max((near for near, _ in fitting), default=None)
    choices = [say for near, say in fitting if near == best]
    return random.Random(f"{card.id}/{scene.turn}/{technique}").choice(choices) if choices else ""


# Without a card: from what the customer said and the agent may do

_SWAPS = {
    "i": "you", "i'm": "you're", "i've": "you've", "i'd": "you'd", "i'll": "you'll", "me": "you", "my": "your",
    "mine": "yours", "myself": "yourself", "am": "are", "we": "you", "we're": "you're", "we've": "you've",
    "us": "you", "our": "your", "you": "we", "your": "our", "you're": "we're", "you've": "we've", "you'd": "we'd",
    "you'll": "we'll", "yours": "ours", "her": "you", "him": "you", "them": "you", "his": "your", "their": "your",
    "she": "you", "he": "you",
}  # fmt: skip
_THIRD = frozenset({"her", "him", "them", "his", "their", "she", "he"})
_OWNS = re.compile(
    r"\s+(?!(?:a|an|the|to|for|by|with|in|on|at|and|or|that|what|if|when|today|tonight|tomorrow|now|free|back|any|one|two)\b)[a-z]",
    re.IGNORECASE,
)
"""What follows a "her" that means "your"."""
_STRONG = re.compile(
    r"\d|\b(still|again|never|nobody|no one|twice|three|hours?|days?|weeks?|months?|broken|wrong|late)\b", re.IGNORECASE
)


def _from_transcript(technique: str, context: Sequence[Said], brief: Brief) -> str:
    point = _point(context)
    may = [entry for entry in brief.agent_may if not entry.lower().startswith("record")]
    record = [entry.split(":", 1)[1].strip() for entry in brief.agent_may if entry.lower().startswith("record:")]
    option = _swapped(may[0], third=True) if may else ""
    refusal = _swapped(brief.agent_may_not[0], third=True) if brief.agent_may_not else ""
    other = _swapped(may[1], third=True) if may[1:] else ""
    lines = {
        "paraphrase": point and f"Let me check I have this right: {point}.",
        "acknowledge_feeling": point and f"{_capital(point)}: no wonder you are fed up with it.",
        "apologise": "That should not have happened, and I am sorry it did.",
        "invite_to_vent": "Tell me what happened from the beginning, I am reading every word.",
        "clarifying_question": "Before I suggest anything: what matters most to you in how this ends?",
        "offer_solution": option and f"Here is what I can do now: {option}.",
        "offer_alternative": other and f"If that is no use to you, there is another way: {other}.",
        "narrow_choice": option and f"From what you have told me, I would take this one: {option}.",
        "seek_acceptance": "Would that do it for you?",
        "explain_next_steps": "I will write down here what happens next, who does it and by when, before you go.",
        "use_history": record and f"I can see on your record: {record[0]}.",
        "bad_news": refusal and f"I cannot {refusal}, and I would rather say so now.",
        "partnership_language": "Let's get this sorted between us.",
        "positive_priming": "I am glad you told me, this is something I can work on now.",
        "thank": "Thank you for telling me all of that.",
        "escalate": "This needs somebody with more say than I have, and they will get the whole story from me first.",
        "set_boundary": "I want to get this right for you, and I can once we leave the insults out. Shall we go on?",
        "redirect_hot_button": "I will leave that to others, what I can change is what happened to you.",
        "check_satisfaction": "Is there anything about this that still bothers you?",
    }
    return str(lines.get(technique) or "")


def _point(context: Sequence[Said]) -> str:
    """Return the most concrete sentence of the customer's last message, turned to the second person."""
    last = next((said.text for said in reversed(context) if said.role == "customer"), "")
    parts = [last[a:b].rstrip(".!?… ") for a, b in sentences(last) if not last[a:b].endswith("?")]
    short = [part for part in parts if 3 <= len(part.split()) <= 22]
    best = max(short, key=lambda part: len(_STRONG.findall(part)), default="")
    return _swapped(best) if best else ""


def _swapped(text: str, *, third: bool = False) -> str:
    """Turn the first person into the second and back; with ``third`` the third into the second instead."""

    def swap(match: re.Match[str]) -> str:
        word = match[0].lower()
        if third and word == "her" and _OWNS.match(text, match.end()):
            return "your"
        return _SWAPS[word] if word in _SWAPS and (word in _THIRD) is third else match[0]

    swapped = re.sub(r"[A-Za-z']+", swap, text).replace("you was", "you were").rstrip(".")
    return swapped[:1].lower() + swapped[1:] if swapped[1:2].islower() else swapped


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
