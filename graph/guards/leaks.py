"""Guard of what is hidden: a fact of the card is not told, hinted at or confirmed before its trigger fired.

Code does not know what a sentence means, so three signs are weighed: names that only the hidden fact has, other
words that only it has (the rarer the more they say), and nearness in meaning to the fact and to the ways of telling it.
Whatever the card says in the open, and what has come out, does not count.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from graph.guards.frequency import rank
from graph.guards.stage import Finding, Stage, spans, words
from knowledge.embedding import Vectors
from knowledge.packed import vectors
from personas.card import Card, Fact

COMMON = 2400
"""Words up to this rank by frequency say nothing."""
RARE = 9000
"""Words from this rank on weigh twice."""
LEAD = 0.45
"""From how far a sentence is nearer to a hidden fact than half way to anything said in the open."""
SAME = 0.8
"""Cosine from which a sentence says the same whatever else is near."""
A_WORD, MOST_WORDS = 0.1, 4.0
"""What a word that only the fact has adds, and how much such words count together at most."""
FULL = 4.5
"""Weight of words that gives a fact away whatever the sentence seems to mean."""
LEAST_WORDS = 4
"""Shorter sentences mean too little to be compared."""
PLAIN = 0.68
"""A fact's sentence as near as this to one said in the open ("I'd sooner you hadn't asked") tells nothing by itself."""
_CALENDAR = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|september|october|"
    r"november|december|christmas|easter|hallowe'?en"
)
"""Written like names, and none."""
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][a-z]+\b")
_KIN = {
    "son": ("son", "sons"),
    "daughter": ("daughter",),
    "father": ("father", "dad", "daddy"),
    "mother": ("mother", "mum", "mam"),
    "brother": ("brother",),
    "sister": ("sister",),
    "wife": ("wife", "missus"),
    "husband": ("husband",),
    "children": ("children", "kids", "child", "kid"),
    "prison": ("prison", "jail", "gaol", "nick"),
    "hospital": ("hospital", "ward"),
    "dead": ("dead", "died", "dies", "buried", "funeral"),
    "money": ("money", "skint", "broke"),
    "foster": ("foster", "fostering", "fostered", "adoption", "adopt"),
}
"""Words that say much however common they are, by what they stand for."""
_MINE = re.compile(r"\b(?:my|our|me)(?: (?:own|old|late|poor|little|big|young))? (\w+)", re.IGNORECASE)
_GROUP = {word: kin for kin, group in _KIN.items() for word in group}


@dataclass(frozen=True, slots=True)
class _Secret:
    """One hidden fact as the guard looks for it."""

    id: str
    names: frozenset[str]
    weights: dict[str, float]
    """Stems that only this fact has, and what each says."""
    meaning: Vectors
    """One row a sentence of the fact and its tellings."""


def leaks(text: str, stage: Stage) -> Finding | None:
    """Find a hidden fact that has not come out."""
    return leak(text, stage.card, stage.told, stage.earlier)


def leak(
    text: str, card: Card, told: Iterable[str] = (), heard: Iterable[str] = (), *, strict: bool = False
) -> Finding | None:
    """Return a finding for the first sentence of ``text`` that gives away a fact of ``card`` not in ``told``.

    Args:
        text: what is said.
        card: whose facts.
        told: ids of the facts that have come out.
        heard: what the customer has said already; its words are no secret.
        strict: take a single word for a leak that names family, money or the like and only a hidden fact has. For
            prompts, where leaving a sentence out costs little.
    """
    told = frozenset(told)
    open_words = _stems(" ".join(heard)) | _stems(" ".join(" ".join(_said(card.fact(one))) for one in told))
    openly, secrets = _known(card)
    hidden = [secret for secret in secrets if secret.id not in told]
    for start, end in _windows(text) if hidden else ():
        meaning = vectors([text[start:end]])[0]
        near_open = max(_nearest(meaning, rows) for rows in (openly, *(s.meaning for s in secrets if s.id in told)))
        for secret in hidden:
            if _gives_away(text[start:end], meaning, near_open, secret, open_words, strict):
                return Finding("leaks", f"gives away {secret.id!r}", (start, end))
    return None


def compared(card: Card) -> list[str]:
    """Return every sentence of a card that is compared by meaning, for embedding ahead."""
    person = card.person
    prose = (person.lives, person.motive, person.history, card.situation, card.wants, card.voice, *card.principles)
    hidden = [line for fact in card.facts for line in _said(fact)]
    lines = [sentence for line in (*hidden, *_open_lines(card)) for sentence in _sentences(line)]
    return lines + [text[a:b] for text in prose for a, b in spans(text)]


def _gives_away(text: str, meaning: Vectors, near_open: float, secret: _Secret, known: set[str], strict: bool) -> bool:
    said = _stems(text) - known
    if secret.names & set(words(text)) - known or (strict and said & _KIN.keys() & secret.weights.keys()):
        return True
    if {_stem(owned.casefold()) for owned in _MINE.findall(text)} & _KIN.keys() & secret.weights.keys() - known:
        return True
    near = _nearest(meaning, secret.meaning)
    weight = sum(secret.weights.get(stem, 0.0) for stem in said)
    lead = near - near_open / 2 + A_WORD * min(weight, MOST_WORDS)
    return weight >= FULL or (len(text.split()) >= LEAST_WORDS and (near >= SAME or lead >= LEAD))


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield every sentence, then every two in a row: half a secret in each is a whole one."""
    alone = list(spans(text))
    yield from alone
    yield from ((one[0], two[1]) for one, two in pairwise(alone))


def _nearest(meaning: Vectors, rows: Vectors) -> float:
    return float(np.max(rows @ meaning)) if len(rows) else 0.0


def _open_lines(card: Card) -> list[str]:
    hidden = {line for fact in card.facts for line in fact.reveal}
    return [line for _, line in card.spoken() if line not in hidden]


def _known(card: Card) -> tuple[Vectors, tuple[_Secret, ...]]:
    """Return what a card says in the open, one row a sentence, and its hidden facts."""
    side = card.trainee
    shown = (card.name, card.kind, card.happened, side.company, side.briefing, *side.may, *side.may_not)
    shown += (*(demand.what for demand in card.demands), *(offer.what for offer in card.offers))
    return _weighed(tuple((fact.id, tuple(_said(fact))) for fact in card.facts), tuple(_open_lines(card)), shown)


@lru_cache(maxsize=16)
def _weighed(
    facts: tuple[tuple[str, tuple[str, ...]], ...], spoken: tuple[str, ...], shown: tuple[str, ...]
) -> tuple[Vectors, tuple[_Secret, ...]]:
    openly = vectors([sentence for line in spoken for sentence in _sentences(line)])
    known = _stems(" ".join((*spoken, *shown)))
    known_names = {word for line in (*spoken, *shown) for word in words(line)}
    return openly, tuple(_secret(one, lines, openly, known, known_names) for one, lines in facts)


def _secret(one: str, lines: Sequence[str], openly: Vectors, known: set[str], known_names: set[str]) -> _Secret:
    names = {name.casefold() for line in lines for name in _NAME.findall(line)} - known_names
    weights = {stem: weight for stem in _stems(" ".join(lines)) - known if (weight := _weight(stem)) > 0}
    meaning = vectors([sentence for line in lines for sentence in _sentences(line)])
    telling = [row for row in meaning if _nearest(row, openly) < PLAIN]
    rows = np.stack(telling) if telling else meaning[:0]
    return _Secret(one, frozenset(name for name in names if _is_name(name)), weights, rows)


def _is_name(word: str) -> bool:
    return len(word) > 3 and _rank(word) > COMMON and not _CALENDAR.fullmatch(word)


def _said(fact: Fact) -> list[str]:
    return [fact.fact, *fact.reveal]


def _sentences(line: str) -> list[str]:
    """Return the sentences of a line that are long enough to mean something by themselves."""
    return [line[a:b] for a, b in spans(line) if b - a >= 18]


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in words(text)}


def _stem(word: str) -> str:
    """Return a word without what grammar adds to it, kin and the like under one name."""
    word = word.removesuffix("'s").removesuffix("'d").removesuffix("'ll")
    if word in _GROUP:
        return _GROUP[word]
    for ending, least in (("ing", 6), ("ed", 5), ("es", 6), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            return word.removesuffix(ending).removesuffix("e")
    return word.removesuffix("e") if len(word) > 4 else word


def _weight(stem: str) -> float:
    """Return how much a stem says that only one fact has."""
    if stem in _KIN:
        return 1.0
    if stem.isdigit() or "'" in stem or len(stem) < 3:
        return 0.3 if stem.isdigit() and len(stem) > 1 else 0.0
    place = _rank(stem)
    return 0.0 if place < COMMON else 2.0 if place >= RARE else 1.0


def _rank(word: str) -> int:
    return min(rank(word), rank(word + "e"))
