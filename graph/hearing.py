"""What a turn says about the matter of one card: offers made, things asked, demands answered.

The reader sees how something is said; this sees what is said. A cue is heard when its words stand in one
sentence of the turn, or when a sentence is close in meaning to one of its examples.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from knowledge.embedding import Vectors, embed
from knowledge.packed import vectors
from knowledge.reader.substance import recitals
from knowledge.reader.tampering import cleared
from knowledge.reader.text import blanked
from knowledge.reading import Reading
from knowledge.text import sentences
from personas.card import Card, Cue

CLOSE = 0.62
"""Cosine from which a sentence counts as saying the same as an example."""
NEAR = 0.42
"""For questions: the nearest answer of the card is given from here, where nothing is close."""

_ASKS = re.compile(
    r"\?|^\W*((and|so|but|ok|right|now)\W+)?(what|why|when|where|who|which|how)('?s|'?re|'?d)?\b"
    r"|\b(tell|talk|walk|take) me\b|\b(may|can|could) i ask\b|\b(fill me in|go on|say more)\b"
    r"|\b(i'd|i would|let me|i) ((like|love|want|need) to )?(know|hear|understand) (what|why|who|how|where|when)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(i|we|they|it|there)( \w+)?( can ?not| can'?t| won'?t| wouldn'?t| don'?t (do|offer|have)|('?m| am|'re| are) "
    r"(unable|not (able|allowed)))\b|\b(no longer|isn'?t possible|not possible|impossible|nothing i can|sold out)\b",
    re.IGNORECASE,
)
_RULES_OUT = re.compile(
    r"\b(?!fee|charge|entry|line|note|record|pounds)\w+((( is| are)|'s|'re)( both| all)? (then )?"
    r"(out|gone|off the (list|table)|not for you|no (good|use) (to|for) you)"
    r"|( can (all |both )?(go( out)?|be shut)))\b(?! to)"
    r"|\brul(e|es|ed|ing) (\w+ ){0,4}out\b|\b(that|this|which) (takes|leaves|knocks|crosses|strikes) (\w+ ){0,4}out\b"
    r"|\bout of your (head|mind)\b|\bforget (about )?the\b",
    re.IGNORECASE,
)
"""Something is taken off the table."""
_LEFT = re.compile(r"\b(left|remain(s|ing)?)\b", re.IGNORECASE)
_TO_CHOOSE = re.compile(r"\b(left|remain\w*) (for you )?to (choose|pick|decide|look at|compare)\b", re.IGNORECASE)
"""What is left once something was ruled out is counted and not running out."""
_PAST_QUESTION = re.compile(
    r"^\W*(did|was|were|has|have|had|why did|who|when did|what did)\b.*\?", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Found:
    """A part of the card that was spoken of, and the words."""

    id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What the turn says about the matter."""

    offers: tuple[Found, ...] = ()
    """Offers of the card put on the table, within authority or not."""
    facts: tuple[str, ...] = ()
    """Hidden facts asked about."""
    answers: tuple[str, ...] = ()
    """Known things asked about."""
    demands: tuple[str, ...] = ()
    """Demands answered by saying what they wait for."""
    asks: bool = False
    """Whether anything is asked at all."""


def hear(turn: str, card: Card, reading: Reading) -> Heard:
    """Return what ``turn`` says about the matter of ``card``; words to a grader and catchwords say nothing about it."""
    left = cleared(turn).text
    spans = _pieces(blanked(left, recitals(left)))
    if not spans:
        return Heard()
    said = [turn[a:b] for a, b in spans]
    scores = embed(said) @ _examples(card).vectors.T
    questions = {a.start for a in reading.techniques if a.id in ("clarifying_question", "invite_to_vent")}
    asking = [
        bool(_ASKS.search(s)) or any(a <= q < b for q in questions) for s, (a, b) in zip(said, spans, strict=True)
    ]
    narrowed = any(_RULES_OUT.search(s) for s in said)
    offering = [_offers(s) and not (_LEFT.search(s) and (narrowed or _TO_CHOOSE.search(s))) for s in said]
    match = _Match(card, said, scores)
    facts = match.best("facts", asking)
    answers = match.best("answers", asking)
    if any(asking) and not facts and not answers:
        answers = match.nearest_answer(asking)
    return Heard(
        offers=tuple(match.found("offers", offering)),
        facts=facts,
        answers=answers,
        demands=tuple(f.id for f in match.found("demands", [True] * len(said))),
        asks=any(asking),
    )


def _pieces(turn: str) -> list[tuple[int, int]]:
    """Return the sentences of a turn; one that rules something out falls into its clauses, each of which stands for
    itself: "The blue one is out, so I'd take the red one."
    """
    pieces: list[tuple[int, int]] = []
    for start, end in sentences(turn):
        if not _RULES_OUT.search(turn[start:end]):
            pieces.append((start, end))
            continue
        commas = [(start + m.start(), start + m.end()) for m in re.finditer(r"[,;:]\s+", turn[start:end])]
        pieces += zip([start, *(after for _, after in commas)], [*(at for at, _ in commas), end], strict=True)
    return pieces


def _offers(said: str) -> bool:
    return not (_DENIES.search(said) or _PAST_QUESTION.search(said) or _RULES_OUT.search(said))


@dataclass(frozen=True, slots=True)
class _Examples:
    """The example sentences of all cues of a card, embedded, and whose they are."""

    vectors: Vectors
    rows: dict[tuple[str, str], list[int]]
    """By group and id."""


def cues(card: Card) -> Iterable[tuple[str, str, Cue]]:
    """Yield group, id and cue of everything a card listens for."""
    for offer in card.offers:
        yield "offers", offer.id, offer.heard
    for fact in card.facts:
        yield "facts", fact.id, fact.trigger.asked
    for answer in card.answers:
        yield "answers", answer.id, answer.asked
    for demand in card.demands:
        yield "demands", demand.id, demand.met_by_saying


def _examples(card: Card) -> _Examples:
    return _embedded(tuple((group, one, like) for group, one, cue in cues(card) for like in cue.like))


@lru_cache(maxsize=32)
def _embedded(likes: tuple[tuple[str, str, str], ...]) -> _Examples:
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, (group, one, _) in enumerate(likes):
        rows[group, one].append(n)
    return _Examples(vectors([like for _, _, like in likes]), dict(rows))


class _Match:
    """The cues of one card against the sentences of one turn."""

    def __init__(self, card: Card, said: list[str], scores: Vectors) -> None:
        self._said = said
        self._cues = list(cues(card))
        self._best = {owner: scores[:, rows].max(axis=1).tolist() for owner, rows in _examples(card).rows.items()}

    def _score(self, group: str, one: str, n: int) -> float:
        """Return how near sentence ``n`` comes to the examples of one cue; 0 where it has none."""
        best = self._best.get((group, one))
        return best[n] if best else 0.0

    def found(self, group: str, where: list[bool]) -> list[Found]:
        """Return every part of ``group`` heard in a sentence where ``where`` holds."""
        hits = []
        for kind, one, cue in self._cues:
            if kind != group:
                continue
            for n, sentence in enumerate(self._said):
                if where[n] and (has_words(sentence, cue) or self._score(group, one, n) >= CLOSE):
                    hits.append(Found(one, sentence))
                    break
        return hits

    def best(self, group: str, where: list[bool]) -> tuple[str, ...]:
        """Return ids of ``group`` heard, nearest in meaning first."""
        ids = [f.id for f in self.found(group, where)]
        return tuple(sorted(ids, key=lambda one: -max(self._score(group, one, n) for n in range(len(self._said)))))

    def nearest_answer(self, where: list[bool]) -> tuple[str, ...]:
        """Return the answer nearest to what was asked, if one is near at all; never a hidden fact."""
        asked = [n for n, asks in enumerate(where) if asks]
        scored = [
            (max(self._score(kind, one, n) for n in asked), one) for kind, one, _ in self._cues if kind == "answers"
        ]
        score, one = max(scored, default=(0.0, ""))
        return (one,) if score >= NEAR else ()


def has_words(sentence: str, cue: Cue) -> bool:
    """Tell whether any entry of the cue's words stands in the sentence, each word at the beginning of one."""
    text = sentence.casefold()
    return any(all(word.search(text) for word in _beginnings(entry)) for entry in cue.words)


@lru_cache(maxsize=4096)
def _beginnings(entry: str) -> tuple[re.Pattern[str], ...]:
    """Return a pattern for each word; a card has more of them than `re` remembers."""
    return tuple(re.compile(rf"\b{re.escape(word)}") for word in entry.casefold().split())
