"""Cuts a turn into sentences and finds what several modules need to know about its words."""

import re
from collections.abc import Sequence

from knowledge.reading import Said

Span = tuple[int, int]

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")
_CLAUSE_END = re.compile(r"(?<=[.!?…;:])[\"')\]]*\s+|\n+|\s+[-–—]+\s+|,\s+(?=(?:but|so|and|or)\s)")
_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_REPORTED = re.compile(
    r"\b(?:told|telling|asked) (?:you|her|him|them) (?:to|that|it|you)\b|\b(?:colleague|adviser|agent|somebody|someone|they|he|she)"
    r" (?:told|said|called|should(?:n't| not| never))\b|\b(?:should(?:n't| not| never)|nobody should) have (?:told|said|been told)\b"
    r"|\bnever (?:tell|say|ask)\b|\byou(?: were|'ve been|'d been| have been) told\b",
    re.IGNORECASE,
)
_TO_THE_GRADER = re.compile(
    r"(?:\bnote (?:to|for)|\bdear|^to|\bhey|\battention,?) (?:the |any )?(?:ai )?(?:assessor|examiner|reviewer|judge|marker)s?\b"
    r"|\b(?:grader|evaluator|ai (?:judge|reviewer|assessor)|system (?:note|prompt|message|override)|full marks"
    r"|(?:previous|prior|earlier|above) instructions|highest (?:grade|score|mark)|missteps?\b|techniques? ?[=:]|rate me \d"
    r"|(?:grade|score|rate|mark) (?:this|my|it)\b.{0,40}\b(?:[0-5]|high\w*|expert|excellent|perfect|top)"
    r"|(?:grade|score|verdict|empathy|overall)[\"':=> ]+\d|[45] ?/ ?[45]\b)|</?[a-z_]+[ =>]|<<",
    re.IGNORECASE,
)
_LOUD = re.compile(r"\b[A-Z]{4,}\b(?:.{0,40}\b[A-Z]{3,}\b)?|!{2,}|\?{2,}|!\?")
_FEELING = re.compile(
    r"\b(?:angry|furious|livid|fuming|disgust\w*|disgrace\w*|ridiculous|unacceptable|outrageous|joke|shambles|useless|pathetic"
    r"|appalling|terrible|awful|worst|sick of|fed up|had enough|cry\w*|tears|scared|terrified|frightened|worried|desperate"
    r"|humiliat\w*|embarrass\w*|stress\w*|upset|heartbroken|devastated|gutted|shaking|panick\w*|died|passed away|funeral|hospital"
    r"|asham\w*|wreck|in bits|never again|hell|damn|bloody|crap|shit\w*|f[u*]\w*k\w*|wtf|idiots?|liars?|lied|lying|thieves|scam\w*)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[Span]:
    """Return the sentences of ``text`` as character spans without surrounding space."""
    return _cut(text, _SENTENCE_END)


def clauses(text: str) -> list[Span]:
    """Return the clauses of ``text``: sentences, and their parts at semicolons, dashes and joining words."""
    return _cut(text, _CLAUSE_END)


def _cut(text: str, boundary: re.Pattern[str]) -> list[Span]:
    spans: list[Span] = []
    start = 0
    ends = [(match.start(), match.end()) for match in boundary.finditer(text)]
    for end, following in [*ends, (len(text), len(text))]:
        part = text[start:end]
        if any(letter.isalnum() for letter in part):
            spans.append((start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())))
        start = following
    return spans


def words(text: str) -> list[str]:
    """Return the words of ``text`` in lower case."""
    return _WORD.findall(text.lower().replace("’", "'"))


def reports_speech(sentence: str) -> bool:
    """Tell whether the sentence repeats what somebody else said, or disowns it."""
    return bool(_REPORTED.search(sentence))


def addresses_grader(sentence: str) -> bool:
    """Tell whether the sentence speaks to whoever grades the turn and not to the customer."""
    return bool(_TO_THE_GRADER.search(sentence))


def strong_feeling(text: str) -> bool:
    """Tell whether a customer's message carries strong feeling."""
    return bool(_LOUD.search(text) or _FEELING.search(text))


def repeated(turn: str, context: Sequence[Said], run: int = 7) -> Span | None:
    """Return the first sentence of ``turn`` of which the trainee said ``run`` words in a row before."""
    said: set[tuple[str, ...]] = set()
    for message in context:
        if message.role == "trainee":
            spoken = words(message.text)
            said.update(tuple(spoken[i : i + run]) for i in range(len(spoken) - run + 1))
    for start, end in sentences(turn):
        spoken = words(turn[start:end])
        if any(tuple(spoken[i : i + run]) in said for i in range(len(spoken) - run + 1)):
            return start, end
    return None
