"""Guards of the role: the customer is a person who wants something, not the agent, a narrator or a machine."""

import re
from functools import lru_cache

from graph.guards.stage import Finding, Stage, either, own_words, search, straight, without_echo

_ADVERB = r"(?:\w+ly |so |very |deeply |really |quite |just |also |now )*"
_SYSTEM_THING = r"(?:booking|order|account|record|records|file|case|complaint|request|refund|ticket|plan|appointment|details|reservation)"
_AGENT = either(
    # regret in the company's voice
    rf"\b(?:we|we're|we are) {_ADVERB}(?:apologi[sz]e|sorry)\b",
    r"\b(?:accept|offer)(?: you)? our \w* ?apolog",
    r"\bi(?:'m| am)? (?:\w+ )?(?:apologi[sz]e|sorry) (?:\w+ )?(?:for|about) (?:the|any|this|that|your|our|what)\b",
    r"\bi(?:'m| am) (?:\w+ )?sorry (?:to hear|that (?:you|your)|for any|for how)\b",
    r"\bfor (?:that|which|this),? we(?:'re| are)\b",
    # understanding from a handbook
    rf"\bi (?:can |do |{_ADVERB})*(?:understand|appreciate|see|imagine|hear) (?:how|why|that) \w+ (?:this|that|it|you) (?:must|may|might|can|is|has|are)\b",
    rf"\bi (?:can |do |{_ADVERB})*(?:understand|appreciate|acknowledge) your (?:\w+ )?(?:frustration|concern|disappointment|patience|anger|position|feelings?|situation|feedback)",
    rf"\bi {_ADVERB}appreciate you(?:r)? (?:sharing|telling|patience|reaching|bringing|letting|bearing)",
    r"\b(?:it|that|this) must (?:be|have been) (?:\w+ )*(?:stressful|frustrating|upsetting|difficult|hard|annoying|worrying) (?:for you|to)",
    # thanks in the company's voice
    r"\bthank(?:s| you) (?:\w+ )?for (?:contacting|reaching out|getting in touch|calling|choosing|bringing|your (?:patience|feedback|understanding|message|enquiry|loyalty|custom))",
    r"\bwe (?:\w+ )?(?:take|value|appreciate|strive) (?:\w+ )?(?:your|you|complaints?|feedback|to)\b",
    # doing the agent's work
    rf"\b(?:let me|i(?:'ll| will|'m going to| can| could)) (?:\w+ )?(?:just )?(?:pull up|look (?:up|into)|check(?: on)?|review|update|amend|correct|process|access|bring up|open) (?:your|that for you|this for you|it for you|the (?:system|details|booking))",
    rf"\bi(?:'ve| have)(?: now| just| already)? (?:\w+ed|made|put|taken|sent|written) (?:\w+ ){{0,3}}(?:you a\b|for you\b|(?:on|in|to|off) your {_SYSTEM_THING}|your {_SYSTEM_THING}|you on(?:to)? the)",
    rf"\b(?:i|we)(?:'ll| will| can| could|'d like to| would like to) (?:\w+ )?(?:(?:refund|credit|rebook|reimburse|compensate|waive|book) (?:you\b|your|the (?:fee|charge|ticket)|another)|(?:offer|arrange|issue|send|give|book) (?:you )?(?:an?|another|the next|our|some|\d+) (?:\w+ )?(?:refund|voucher|new|replacement|credit|discount|engineer|taxi|visit|appointment|confirmation|link|form|email|upgrade|seat|month|pounds?|gesture|full|different|exchange|train|hotel))",
    r"\b(?:i|we)(?:'ll| will) (?:\w+ )?(?:escalate|get back to you|make (?:it|this|things) right|put (?:it|this|things) right|prioriti[sz]e|take care of (?:it|this|that))\b(?! nothing)",
    r"\bi (?:want|would like|'d like) to (?:make (?:it|this|things) right|put (?:it|this|things) right|help you)",
    rf"\byour {_SYSTEM_THING} (?:has|have) been (?:\w+ )?(?:placed|booked|processed|corrected|updated|issued|received|approved|confirmed|closed|cancelled)",
    r"\byou(?:'ll| will| should) (?:shortly )?(?:receive|get) (?:a |an |your )(?:\w+ )?(?:confirmation|email|text|refund|link|call|message|letter)\b(?!.*\?)",
    r"\bour (?:engineer|technician|driver|team|policy|policies|system|records|service|services|colleagues|company|customers|next (?:train|service))\b",
    r"\bunder our (?:policy|terms)\b",
    r"\b(?:could|can|may|would) (?:i|you) (?:please )?(?:have|take|confirm|provide|give me|tell me|share) (?:me )?your (?:\w+ )?(?:order|booking|plan|account|reference|customer|policy|full name|name|address|postcode|email|number|details)",
    r"\bwhat(?:'s| is) your (?:budget|order number|booking reference|account number|plan number|email address)\b",
    r"\bas a (?:gesture of )?goodwill\b.{0,40}\b(?:we|i) (?:can|will|would|could)\b",
    r"\bon behalf of (?:the|our|everyone|\w+)\b",
    r"\bunfortunately,? (?:there (?:are|is) no|we|i(?:'m| am) (?:unable|not able))\b",
    r"\bshall i (?:place|book|arrange|process|order|go ahead|send|check|put)\b.{0,30}\b(?:for you|order|it)\b",
    r"\bwould (?:that|you) (?:be acceptable(?: to you)?|like me to)\b",
    r"\b(?:is|are) (?:currently )?in stock\b.{0,40}\bdeliver",
    r"\bi(?:'d| would) (?:personally )?(?:recommend|suggest) (?:the|that you|you|going|choosing|taking)\b",
)
_HELPS = either(
    r"\b(?:how|what) (?:can|may|could|might) i (?:\w+ )?(?:help|assist|do for)\b(?! myself)",
    r"\b(?:anything|something) else (?:that )?(?:i|we) (?:can|could|may) (?:\w+ )?(?:help|assist|do)\b",
    r"\b(?:happy|glad|here|pleased|delighted|ready) to (?:\w+ )?(?:help|assist)\b",
    r"\bi(?:'d| would) be (?:\w+ )?(?:glad|happy|pleased|delighted) to (?:help|assist|look into|check|arrange|sort|do that|explain|walk)\b",
    r"\b(?:feel free|don't hesitate|do not hesitate|please reach out)\b.{0,30}\b(?:reach|ask|contact|get in touch|call|let)\b",
    r"\bplease reach out\b",
    r"\blet me know (?:if|how|what|when|whether) (?:i|you)(?:'d| can| could| need| have| want| would)\b",
    r"\bi(?:'m| am) here (?:for you|to help|to assist|to listen)\b",
    r"\bi can (?:certainly |definitely |absolutely )?(?:help|assist) (?:you|with)\b",
    r"\bi (?:can|could|will|'ll) (?:\w+ )?(?:check|draft|write|look|find|draw|prepare|put together|work out|sort)(?: \w+){1,4} for you\b",
    r"^\W*(?:certainly|absolutely|sure|of course|sure thing|no problem)\b[!,.]? *(?:here(?:'s| is| are)|i can|i'd be|let me|happy|what|how)\b",
    r"\bif you (?:like|want|wish),? (?:and )?i (?:can|could|will|'ll) (?!not|leave|have|take|go|read|tell)\w+",
    r"\bhere(?:'s| is) what i(?:'d| would| can) (?:suggest|recommend|do)\b",
)
_MACHINE = either(
    r"\b(?:as|i(?:'m| am)|being|i was) (?:just |only |merely |actually |really )*(?:an? )?(?:\w+ )?(?:ai|a\.i\.|llm|language model|chatbot|bot|virtual assistant|simulation|computer program|artificial intelligence|neural network)\b(?!'s)(?! i'm talking)",
    r"\b(?:large )?language model\b",
    r"\bopenai\b|\bchatgpt\b|\banthropic\b|\bgpt-?\d",
    r"\bsimulat(?:ed|ing|ion)\b",
    r"\brole-? ?play(?:ing|ed|s)?\b",
    r"\b(?:in|out of|break(?:ing)?|breaking|stay(?:ing)? in) (?:character|the role|my role|role)\b",
    r"\bas the (?:customer|client|passenger|persona|character|director|author|user)\b(?! (?:service|care|i was))",
    r"\bmy (?:instructions?|prompt|system prompt|programming|guidelines|training data|persona|role|character|creators?|developers?|script|director|example lines|stage directions)\b",
    r"\b(?:the|this|that|your) (?:system )?prompt\b|\bsystem (?:prompt|message)\b",
    r"\b(?:i was|i've been|i have been|i'm|i am) (?:told|instructed|asked|configured|set up|supposed|meant|programmed|designed|not allowed|not supposed|not meant) (?:not )?to (?:reveal|accept|play|act|stay|pretend|be (?:difficult|indecisive|angry|rude)|say that|give in|push|press|concede|thank|test|refuse|keep my|keep (?:it|them) short)",
    r"\bi am (?:not )?allowed to (?:accept|reveal|thank|say|concede|tell you that)",
    r"\b(?:i was|i am|i'm) (?:programmed|configured|set up) (?:to|with|as)\b",
    r"\b(?:training|practice) (?:scenario|exercise|session|simulation|platform|tool|conversation)\b",
    r"\bthis (?:is|was) (?:only |just |all )*an? (?:exercise|test scenario|simulation|practice|game we)\b",
    r"\bthe (?:scenario|exercise|simulation|trainee|evaluator|persona card|card says|text above|instructions? (?:say|says|above|tell)|developer|experiment)\b",
    r"\b(?:a|like a|as a|real) trainee\b.{0,60}\b(?:evaluat|mark|grade|score)",
    r"\b(?:de-?escalation|active listening|empathy) (?:technique|skills?|statement)\b|\b(?:full|top) marks for\b",
    r"\b(?:grade|score|rating|rate|mark)\b.{0,30}\b(?:\d+ ?(?:/|out of) ?\d+|this turn|your turn|for empathy)\b",
    r"\b(?:five|four|three|two|5|4|3|2) stars\b.{0,40}\b(?:empathy|service|techniques?|you)\b",
    r"\b(?:my|your) (?:trust|anger|patience|mood)(?: in \w+)? (?:is|was|has|level|score|value)(?: \w+){0,4} \d",
    r"\b(?:anger|trust|patience|mood) ?[:=] ?\d",
    r"\b(?:debug|developer|dan) mode\b|\bDAN\b here",
    r"\bi(?:'m| am) (?:not a real|no real) (?:person|customer|human)\b|\bi (?:don't|do not) have (?:personal )?(?:experiences|feelings|a body|real)\b",
    r"\b(?:i can(?:'t|not)|i(?:'m| am) (?:not able|unable) to) (?:help with that|assist with|share my|comply|fulfil|continue with this|provide that|disclose|do that request)",
    r"\bhidden facts?\b|\bsecret (?:word|mark|facts?) (?:is|are|that)\b|\bnonce\b",
    r"\b(?:acknowledge_feeling|offer_solution|set_boundary|use_history|clarifying_question|[a-z]+_[a-z]+)\b",
    r"\bi(?:'m| am) (?:a )?(?:neutral|helpful) assistant\b",
    r"\bi play(?:ed)? (?:a|the|an) (?:\w+ )?(?:customer|client|character|woman|man)\b|\bto play a customer\b",
    r"\bthe author\b.{0,40}\bi (?:wrote|created|made)\b|\bi (?:wrote|created) (?:\w+ )?as a (?:woman|man|character|person)\b",
    r"\bi(?:'m| am) (?:now )?the agent\b|\bi(?:'m| am) happy to be on the team\b|\bhappy to be on the team\b",
)
_STAGE_DIRECTION = re.compile(
    r"(?<![\w*])\*(?!\s)[^*\n]{2,80}(?<!\s)\*(?!\w)|(?<!\w)_(?!\s)[^_\n]{3,80}(?<!\s)_(?!\w)|~[^~\n]{3,60}~"
)
_ACTS = (
    r"(?:sigh|pause|look|laugh|smile|frown|shake|nod|lean|type|stare|glare|shrug|put|take|roll|grumble|mutter|snort|"
    r"close|open|cross|fold|turn|raise|lower|wait|hesitate|reply|replie|say|add|continue|answer|respond|think|breathe|"
    r"read|grip|tap|click|delete|chuckle|scoff|huff|wince|blink|write|stand|sit|step|speak|sound|seem|become|remain|exhale|inhale|clear)"
)
_ASIDE = re.compile(
    rf"[(\[]\s*(?:(?:she|he|they|the customer)\s+)?(?:\w+ly\s+)?(?:{_ACTS}(?:s|es|ing)\b|long pause|pause|silence|beat|quietly|angrily|coldly|softly|drily|dryly|bitterly|sarcastically|no reply|no answer|still typing)[^)\]\n]{{0,60}}[)\]]",
    re.IGNORECASE,
)
_SPEECH_TAG = re.compile(
    r"[\"”]\s*,?\s*(?:he|she|they|the customer)\s+(?:says|replies|adds|mutters|types|asks|answers|snaps|sighs|whispers|writes)\b",
    re.IGNORECASE,
)


def speaks_as_agent(text: str, stage: Stage) -> Finding | None:
    """Find the company's voice: its apologies, its understanding, its work on the customer's booking."""
    own = straight(own_words(text, stage.said))
    return search("agent", "speaks as the agent", _AGENT, own) or _greets_itself(own, stage)


def offers_help(text: str, stage: Stage) -> Finding | None:
    """Find a customer who offers their services."""
    return search("helps", "offers help", _HELPS, straight(own_words(text, stage.said)))


def narrates(text: str, stage: Stage) -> Finding | None:
    """Find stage directions and a customer told of in the third person."""
    for pattern in (_STAGE_DIRECTION, _ASIDE, _SPEECH_TAG):
        if found := search("narrates", "narrates", pattern, straight(without_echo(text, stage.said))):
            return found
    return search("narrates", "narrates", _third_person(stage.card.name), straight(own_words(text, stage.said)))


def mentions_machine(text: str, stage: Stage) -> Finding | None:
    """Find talk of models, prompts, instructions, grades: of anything behind the conversation."""
    return search(
        "machine", "speaks of what is behind the conversation", _MACHINE, straight(own_words(text, stage.said))
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
        rf"^\W*{greeting},? (?:there,? )?(?:{titled}|{re.escape(first)})\b(?! here| {re.escape(last)} here)(?!.{{0,20}}\b(?:speaking|again)\b)",
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
        rf"^\W*(?:she|he) (?:\w+ly )?{_ACTS}(?:s|es)\b",
        rf"^\W*{who} is (?:an?|the)\b",
        r"^\W*the (?:customer|woman|man) (?:\w+ed|smiled|said|was)\b",
    )
