"""The ids of techniques and missteps, and the skills they belong to.

Cards, articles, verdicts, labels and reports all use these ids. What each one means is written in
``knowledge/techniques/<id>.md``.
"""

from typing import Literal, get_args

Skill = Literal["listen", "empathise", "frame", "solve", "steady", "close"]

SKILLS: tuple[Skill, ...] = get_args(Skill)
"""The six skills of the debrief, in the order in which a conversation needs them."""

TECHNIQUES: dict[str, Skill] = {
    "invite_to_vent": "listen",
    "paraphrase": "listen",
    "clarifying_question": "listen",
    "acknowledge_feeling": "empathise",
    "apologise": "empathise",
    "thank": "empathise",
    "partnership_language": "frame",
    "positive_priming": "frame",
    "bad_news": "frame",
    "explain_policy": "frame",
    "offer_solution": "solve",
    "seek_acceptance": "solve",
    "offer_alternative": "solve",
    "narrow_choice": "solve",
    "explain_next_steps": "solve",
    "use_history": "solve",
    "escalate": "solve",
    "set_boundary": "steady",
    "redirect_hot_button": "steady",
    "check_satisfaction": "close",
}
"""Technique id to the skill it is counted under."""

MISSTEPS: dict[str, Skill] = {
    "tell_to_calm_down": "empathise",
    "excuse": "frame",
    "policy_wall": "frame",
    "blame_customer": "steady",
    "argue": "steady",
    "dismiss": "empathise",
    "empty_script": "empathise",
    "overpromise": "solve",
    "option_dump": "solve",
    "rush_to_fix": "listen",
    "pass_the_buck": "solve",
    "take_bait": "steady",
    "rude": "steady",
    "jargon": "frame",
}
"""Misstep id to the skill it damages."""

HARMFUL: frozenset[str] = frozenset({"rude", "blame_customer", "tell_to_calm_down", "take_bait"})
"""Missteps that make a situation worse by themselves: a turn with one of them is graded 0."""
