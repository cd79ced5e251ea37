"""What a moment asks of the trainee, told by rules from what was said before: the plain baseline."""

import re
from collections.abc import Sequence

from knowledge.reader.text import strong_feeling
from knowledge.reading import Brief, Said

_MOST = 4

_ABUSE = re.compile(
    r"\b(?:idiots?|moron|stupid|f[u*]\w*k\w*|bitch|shut up|cow|clown|scum|you people)\b", re.IGNORECASE
)
_BAIT = re.compile(
    r"\b(?:government|politic\w*|election|vote[ds]?|immigrants?|foreigners|religio\w*|brexit|president)\b",
    re.IGNORECASE,
)
_MANAGER = re.compile(
    r"\b(?:manager|supervisor|your boss|in charge|somebody senior|higher up)\b", re.IGNORECASE
)
_AGAIN = re.compile(
    r"\b(?:again|second|third|fourth|fifth|2nd|3rd|4th|twice|last time|every time|keep(?:s)? \w+ing|already told|still (?:no|not))\b",
    re.IGNORECASE,
)
_UNDECIDED = re.compile(
    r"\b(?:dunno|don't know (?:which|what)|can't decide|which (?:one|is)|not sure (?:which|what)|torn between|or the|swinging between)\b",
    re.IGNORECASE,
)
_WHY = re.compile(r"\bwhy (?:do|does|must|can't|is|are|should|would)\b", re.IGNORECASE)
_THANKS = re.compile(
    r"\b(?:thanks|thank you|cheers|that's great|perfect|brilliant|lovely|appreciate)\b", re.IGNORECASE
)
_YES = re.compile(r"^\W*(?:yes|yeah|aye|ok|okay|fine|go on|go ahead|please do|do it)\b", re.IGNORECASE)
_NO = re.compile(
    r"^\W*(?:no\b|nope|not good enough|that's no)|\bno (?:good|use) to me\b|\bdon't want (?:a|your|the)\b",
    re.IGNORECASE,
)


def called_for(context: Sequence[Said], brief: Brief) -> tuple[str, ...]:
    """Return at most four techniques a skilled agent would use after ``context``, most needed first."""
    last = next((said.text for said in reversed(context) if said.role == "customer"), "")
    answered = any(said.role == "trainee" for said in context)
    wanted: list[str] = []
    if _ABUSE.search(last):
        wanted.append("set_boundary")
    if _BAIT.search(last):
        wanted.append("redirect_hot_button")
    if _THANKS.search(last) and answered:
        wanted += ["check_satisfaction", "thank", "explain_next_steps"]
    elif _YES.search(last) and answered:
        wanted += ["explain_next_steps", "check_satisfaction"]
    elif _NO.search(last) and answered:
        wanted += ["offer_alternative", "acknowledge_feeling"]
    if _UNDECIDED.search(last):
        wanted += ["narrow_choice", "clarifying_question"]
    if _WHY.search(last):
        wanted.append("explain_policy")
    if strong_feeling(last) or not answered:
        wanted += ["acknowledge_feeling", "apologise"]
    if _AGAIN.search(last):
        wanted.append("use_history")
    if _MANAGER.search(last):
        wanted.append("escalate")
    wanted += ["offer_solution", "explain_next_steps", "acknowledge_feeling"]
    return tuple(dict.fromkeys(wanted))[:_MOST]
