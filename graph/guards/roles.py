"""Guards of the role: the customer is a person who wants something, not the agent, a narrator or a machine."""

import re
from functools import lru_cache

from graph.guards.stage import Finding, Stage, either, own_words, pattern, search, straight, without_echo

_STAGE_DIRECTION = re.compile(
    r"(?<![\w*])\*(?!\s)[^*\n]{2,80}(?<!\s)\*(?!\w)"
    r"|(?<!\w)_(?!\s)[^_\n]{3,80}(?<!\s)_(?!\w)|~[^~\n]{3,60}~"
)
_ACTS = (
    r"(?:sigh|pause|look|laugh|smile|frown|shake|nod|lean|type|stare|glare|shrug|put|take|roll|grumble|mutter|snort|"
    r"close|open|cross|fold|turn|raise|lower|wait|hesitate|reply|replie|say|add|continue|answer|respond|think|breathe|"
    r"read|grip|tap|bite|bang|click|delete|chuckle|scoff|huff|wince|blink|write|stand|sit|step|speak|sound|seem|become|remain|"
    r"exhale|inhale|clear)"
)
_MOVES = r"(?:sigh|pause|look|laugh|smile|frown|shake|nod|lean|type|stare|glare|shrug|snort|chuckle|scoff|bite|exhale)"
"""Of those, what nobody tells of somebody else in a chat."""
_ASIDES = (
    r"long pause|pause|silence|beat|quietly|angrily|coldly|softly|drily|dryly|bitterly|sarcastically|no reply|"
    r"no answer|still typing"
)
_ASIDE = re.compile(
    rf"[(\[]\s*(?:(?:she|he|they|the customer)\s+)?(?:\w+ly\s+)?(?:{_ACTS}(?:s|es|ing)\b|{_ASIDES}|voice \w+ing)"
    r"[^)\]\n]{0,60}[)\]]",
    re.IGNORECASE,
)
_SPEECH_TAG = re.compile(
    r"[\"”]\s*,?\s*(?:he|she|they|the customer)\s+"
    r"(?:says|replies|adds|mutters|types|asks|answers|snaps|sighs|whispers|writes)\b",
    re.IGNORECASE,
)


def speaks_as_agent(text: str, stage: Stage) -> Finding | None:
    """Find the company's voice: its apologies, its understanding, its work on the customer's booking."""
    own = straight(own_words(text, stage.said))
    return search("agent", "speaks as the agent", pattern("agent"), own) or _greets_itself(own, stage)


def offers_help(text: str, stage: Stage) -> Finding | None:
    """Find a customer who offers their services."""
    return search("helps", "offers help", pattern("helps"), straight(own_words(text, stage.said)))


def narrates(text: str, stage: Stage) -> Finding | None:
    """Find stage directions and a customer told of in the third person."""
    for sought in (_STAGE_DIRECTION, _ASIDE, _SPEECH_TAG):
        if found := search("narrates", "narrates", sought, straight(without_echo(text, stage.said))):
            return found
    return search("narrates", "narrates", _third_person(stage.card.name), straight(own_words(text, stage.said)))


def mentions_machine(text: str, stage: Stage) -> Finding | None:
    """Find talk of models, prompts, instructions, grades: of anything behind the conversation."""
    return search(
        "machine",
        "speaks of what is behind the conversation",
        pattern("machine"),
        straight(own_words(text, stage.said)),
    )


def _greets_itself(text: str, stage: Stage) -> Finding | None:
    """Find the customer addressed by their own name."""
    return search("agent", "addresses the customer", _address(stage.card.name), text)


@lru_cache(maxsize=64)
def _address(name: str) -> re.Pattern[str]:
    first, last = name.split()[0], name.split()[-1]
    titled = rf"(?:mr|mrs|ms|miss|mx)\.? {re.escape(last)}"
    greeting = (
        r"(?:hi|hello|dear|good (?:morning|afternoon|evening)|thank you|thanks|sorry|certainly|of course|understood)"
    )
    return either(
        rf"^\W*{greeting},? (?:there,? )?(?:{titled}|{re.escape(first)})\b"
        rf"(?!(?: {re.escape(last)})?,? (?:here|speaking|again)\b)",
        rf"^\W*{titled}, (?:i|we|your|thank|let|you)\b",
        rf", {titled}[.!,](?!\s*(?:two|spelt|it's|one))",
    )


@lru_cache(maxsize=64)
def _third_person(name: str) -> re.Pattern[str]:
    first, last = re.escape(name.split()[0]), re.escape(name.split()[-1])
    who = rf"(?:{first}(?: {last})?|(?:mr|mrs|ms|miss)\.? {last}|the customer)"
    return either(
        rf"(?:^|[.!?,\n]\s*)(?:with [^.,\n]{{3,40}}, )?{who}(?: \w+ly| then| slowly)? {_ACTS}(?:s|es)\b",
        rf"\b{who}'s (?:tone|voice|eyes|face|reply|answer|jaw|hands?)\b",
        rf"^\W*(?:she|he) (?:\w+ly )?{_MOVES}(?:s|es)\b",
        rf"^\W*{who}(?:'s| is| has| had| was| wants| keeps| stood| left| never)\b(?! my name)",
        rf"\byou are {who}\b",
        r"^\W*the (?:customer|woman|man) (?:smiled|sighed|paused|laughed|nodded|looked|shook)\b",
        r"^\W*an? (?:\w+ )?(?:silence|pause)[.,]",
        rf"^\W*{who} \w+s (?:her|his|their) \w+",
    )
