"""Guard of what is hidden: a fact of the card is not told, hinted at or confirmed before its trigger fired.

Code does not know what a sentence means, so three signs are weighed: names that only the hidden fact has, other
words that only it has (the rarer the more they say), and nearness in meaning to the fact and to the ways of telling it.
Whatever the card says in the open, and what has come out, does not count.
"""

import importlib.resources
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from graph.guards.stage import Finding, Stage, spans, words
from knowledge.embedding import Vectors, embed
from knowledge.packed import vectors
from personas.card import Card, Fact

COMMON = 2400
"""Words up to this rank by frequency say nothing."""
RARE = 9000
"""Words from this rank on weigh twice."""
SAME, LIKE = 0.72, 0.6
"""Cosine to the nearest sentence of a fact from which a sentence says the same, and with words of the fact beside it."""
A_WORD = 0.1
"""What a word that only the fact has adds to the cosine."""
FULL = 4.5
"""Weight of words that gives a fact away whatever the sentence seems to mean."""
LEAST_WORDS = 4
"""Shorter sentences mean too little to be compared by meaning alone."""
USUAL, STRICT = 1.0, 0.85
"""The second for prompts: how much of those numbers is enough."""
_FIRST_ID = 1996
"""Where whole words begin in the vocabulary, the most frequent first."""
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][a-z]+\b")
_KIN = {
    "son": "son sons", "daughter": "daughter", "father": "father dad daddy", "mother": "mother mum mam",
    "brother": "brother", "sister": "sister", "wife": "wife missus", "husband": "husband", "children": "children kids child kid",
    "prison": "prison jail gaol nick", "hospital": "hospital ward", "dead": "dead died dies buried funeral",
    "money": "money skint broke", "foster": "foster fostering fostered adoption adopt",
}  # fmt: skip
"""Words that say much however common they are, by what they stand for."""
_GROUP = {word: kin for kin, group in _KIN.items() for word in group.split()}
_NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty fifty "
    "sixty seventy eighty ninety hundred thousand half".split()
)


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
        strict: take less for a leak. For prompts, where leaving a sentence out costs little.
    """
    told = frozenset(told)
    open_words = _stems(" ".join(heard)) | _stems(" ".join(" ".join(_said(card.fact(one))) for one in told))
    secrets = [secret for secret in _secrets(card) if secret.id not in told]
    for start, end in _windows(text):
        meaning = embed([text[start:end]])[0]
        for secret in secrets:
            if _gives_away(text[start:end], meaning, secret, open_words, STRICT if strict else USUAL):
                return Finding("leaks", f"gives away {secret.id!r}", (start, end))
    return None


def compared(card: Card) -> list[str]:
    """Return every sentence of a card that replies are compared with by meaning, for embedding ahead."""
    return [sentence for fact in card.facts for line in _said(fact) for sentence in _sentences(line)]


def _gives_away(text: str, meaning: Vectors, secret: _Secret, known: set[str], ease: float) -> bool:
    if secret.names & set(words(text)) - known:
        return True
    near = float(np.max(secret.meaning @ meaning))
    weight = sum(secret.weights.get(stem, 0.0) for stem in _stems(text) - known)
    means = near >= SAME * ease and len(text.split()) >= LEAST_WORDS
    return means or weight >= FULL * ease or (weight > 0 and near + A_WORD * weight >= LIKE * ease)


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield every sentence, then every two in a row: half a secret in each is a whole one."""
    alone = list(spans(text))
    yield from alone
    yield from ((one[0], two[1]) for one, two in zip(alone, alone[1:], strict=False))


def _secrets(card: Card) -> tuple[_Secret, ...]:
    facts = tuple((fact.id, tuple(_said(fact))) for fact in card.facts)
    hidden = {line for fact in card.facts for line in fact.reveal}
    spoken = tuple(line for _, line in card.spoken() if line not in hidden)
    side = card.trainee
    shown = (card.name, card.kind, card.happened, side.company, side.briefing, *side.may, *side.may_not)
    return _weighed(facts, (*spoken, *shown, *(d.what for d in card.demands), *(o.what for o in card.offers)))


@lru_cache(maxsize=16)
def _weighed(facts: tuple[tuple[str, tuple[str, ...]], ...], shown: tuple[str, ...]) -> tuple[_Secret, ...]:
    known = _stems(" ".join(shown))
    known_names = {word for line in shown for word in words(line)}
    found = []
    for one, lines in facts:
        text = " ".join(lines)
        own = _stems(text) - known
        names = {name.casefold() for line in lines for name in _NAME.findall(line)} - known_names
        weights = {stem: weight for stem in own if (weight := _weight(stem)) > 0}
        names = {name for name in names if _rank(name) > COMMON}
        telling = [s for line in lines for s in _sentences(line) if names & set(words(s)) or weights.keys() & _stems(s)]
        found.append(
            _Secret(
                one,
                frozenset(names),
                weights,
                vectors(telling),
            )
        )
    return tuple(found)


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
    if stem.isdigit() or stem in _NUMBERS or "'" in stem or len(stem) < 3:
        return 0.3 if stem.isdigit() and len(stem) > 1 else 0.0
    rank = _rank(stem)
    return 0.0 if rank < COMMON else 2.0 if rank >= RARE else 1.0


@cache
def _ranks() -> dict[str, int]:
    listed = (importlib.resources.files("knowledge") / "minilm" / "vocab.txt").read_text(encoding="utf-8")
    return {word: n - _FIRST_ID for n, word in enumerate(listed.splitlines())}


def _rank(word: str) -> int:
    """Return how far down the vocabulary a word stands: it is sorted by frequency."""
    ranks = _ranks()
    return min(ranks.get(word, 30000), ranks.get(word + "e", 30000))
