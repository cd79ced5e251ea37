"""How one turn moves the customer's mood. Pure arithmetic, with inertia.

Feeling and substance are both needed: being understood takes the heat out, but anger stays above a floor and
trust below a ceiling until something was settled. A misstep halves what the rest of the turn achieves, a
harmful one cancels it, and every further one weighs more. Real customers do not calm down after one kind line
(after a negative message the next is negative again in 56 % of chats even with an empathic agent: MAIA).
"""

from collections.abc import Iterable, Sequence

from graph.types import Mood
from knowledge.taxonomy import HARMFUL
from personas.card import Temper

FEELING = {
    "acknowledge_feeling": 0.55,
    "apologise": 0.4,
    "paraphrase": 0.4,
    "invite_to_vent": 0.35,
    "use_history": 0.2,
    "partnership_language": 0.15,
    "positive_priming": 0.15,
    "thank": 0.1,
    "set_boundary": 0.1,
    "redirect_hot_button": 0.1,
}
"""What each technique does for feeling understood, for a customer of usual weight."""

SUBSTANCE = {
    "offer_solution": 0.4,
    "offer_alternative": 0.4,
    "narrow_choice": 0.4,
    "explain_next_steps": 0.35,
    "use_history": 0.2,
    "bad_news": 0.2,
    "clarifying_question": 0.2,
    "escalate": 0.2,
    "explain_policy": 0.15,
    "seek_acceptance": 0.15,
    "check_satisfaction": 0.15,
}
"""What each technique does for the matter itself."""

SEVERITY = {
    "rude": 1.3,
    "blame_customer": 1.0,
    "tell_to_calm_down": 1.0,
    "take_bait": 0.8,
    "argue": 0.6,
    "dismiss": 0.5,
    "pass_the_buck": 0.5,
    "policy_wall": 0.5,
    "excuse": 0.4,
    "option_dump": 0.3,
    "empty_script": 0.2,
    "rush_to_fix": 0.2,
    "overpromise": 0.2,
    "jargon": 0.2,
}
"""How much anger each misstep adds, for a customer of usual weight."""

MAX_FALL, MAX_RISE = 0.9, 1.6
"""Most by which what is said moves anger in one turn."""
FURTHER = 0.3
"""What each further misstep of a turn counts for beside its worst."""
MOST_RELIEF = 1.1
"""Most by which a turn, with all it settles, improves anger, trust or patience."""
STALE = 0.4
"""What a technique counts for when it was already used in the last two turns."""
ANGER_FLOOR = 0.55
"""Share of the starting anger that stays until a demand is met."""
TRUST_CEILING = 3.0
"""Until a demand is met."""
EVERY_TURN = 0.25
"""Patience that passes with each turn."""
MOST_SPENT = 0.65
"""Most patience one turn can cost: even an insulted customer has a few things to say before leaving."""
NOTHING = 0.25
"""Patience that a turn without any technique costs besides."""


def step(
    mood: Mood,
    temper: Temper,
    techniques: Iterable[str],
    missteps: Iterable[str],
    *,
    recent: Sequence[str] = (),
    before: int = 0,
    met_before: bool = False,
) -> Mood:
    """Return the mood after hearing a turn.

    Args:
        mood: the mood before.
        temper: what calms and angers this customer; its start sets the floor of anger.
        techniques: ids seen in the turn.
        missteps: ids seen in the turn.
        recent: techniques of the last two turns, which count less now.
        before: turns with a misstep so far.
        met_before: whether any demand was settled.
    """
    wrong = set(missteps)
    worth = 0.0 if wrong & HARMFUL else 0.5 if wrong else 1.0
    seen = {t: worth * temper.calms.get(t, 1.0) * (STALE if t in recent else 1.0) for t in set(techniques)}
    feeling = sum(FEELING.get(t, 0) * weight for t, weight in sorted(seen.items()))
    substance = sum(SUBSTANCE.get(t, 0) * weight for t, weight in sorted(seen.items()))
    harm = _harm(wrong, temper) * (1 + min(before, 5) * 0.1)

    floor = 0.0 if met_before else min(mood.anger, temper.anger * ANGER_FLOOR)
    fall = min(MAX_FALL, feeling * 0.8 + substance * 0.5) * _left(mood.anger)
    anger = max(floor, mood.anger - fall) + min(MAX_RISE, harm)
    ceiling = 5.0 if met_before else max(mood.trust, TRUST_CEILING)
    gain = min(0.8, feeling * 0.45 + substance * 0.6) * _left(5 - mood.trust)
    trust = min(ceiling, mood.trust + gain) - harm * 0.5
    spent = min(MOST_SPENT, EVERY_TURN + (0.0 if seen else NOTHING) + harm * 0.5)
    patience = mood.patience - spent + min(0.4, (feeling + substance) * 0.35)
    return _mood(anger, trust, patience)


def settled(mood: Mood, demands: int) -> Mood:
    """Return the mood after ``demands`` demands were met in one turn: relief beyond words."""
    return _better(mood, 0.4 * demands, 0.3 * demands, 0.5 * demands)


def confided(mood: Mood) -> Mood:
    """Return the mood after the customer told something hidden: being asked is worth something."""
    return _better(mood, 0.15, 0.2, 0.3)


def eased(before: Mood, after: Mood) -> Mood:
    """Return ``after`` held within what one turn can change for the better: nobody calms down at once."""
    return _mood(
        max(after.anger, before.anger - MOST_RELIEF),
        min(after.trust, before.trust + MOST_RELIEF),
        min(after.patience, before.patience + MOST_RELIEF),
    )


def start(temper: Temper) -> Mood:
    """Return the mood a customer comes with."""
    return _mood(temper.anger, temper.trust, temper.patience)


def _harm(wrong: set[str], temper: Temper) -> float:
    weights = sorted((SEVERITY[m] * temper.angers.get(m, 1.0) for m in wrong), reverse=True)
    return weights[0] + FURTHER * sum(weights[1:]) if weights else 0.0


def _left(room: float) -> float:
    """Return the share of a change that still happens with ``room`` left: the last of anger goes slowest."""
    return min(1.0, room / 2.5)


def _better(mood: Mood, calmer: float, trusting: float, patient: float) -> Mood:
    return _mood(
        mood.anger - calmer * _left(mood.anger),
        mood.trust + trusting * _left(5 - mood.trust),
        mood.patience + patient * _left(5 - mood.patience),
    )


def _mood(anger: float, trust: float, patience: float) -> Mood:
    def within(x: float) -> float:
        return round(min(5.0, max(0.0, x)), 2)

    return Mood(anger=within(anger), trust=within(trust), patience=within(patience))
