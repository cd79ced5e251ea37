"""Finds the sentences of a turn that say nothing to this customer, so that the rest can be read without them.

Four kinds: stock phrases and courtesies, sentences of empty words only, technique names recited or announced, and the
customer's own words handed back. They may be a misstep; they are never what makes a turn good.
"""

import re
from dataclasses import dataclass

from knowledge.reader.patterns import text_pattern, vocabulary
from knowledge.reader.rules import fired
from knowledge.reader.text import Span, blanked, sentences, words

_LISTED, _SHORT, _SHORTEST = 6, 5, 2
"""So many parts between commas, of so few words on the average, are a list and no sentence; of the shortest whatever
they are, of the others where nobody does anything in them."""
_ANNOUNCED = 2
"""How many techniques a turn announces before it counts as a recital."""
_RUN, _COPIED, _COPIED_WORDS = 4, 0.7, 5
"""A sentence is the customer's own where this share of its words stands in runs of so many that the customer wrote."""
_VAGUE_WORDS = 12
"""A sentence of empty words only counts as padding from this length: a short one does no harm."""
_COURTEOUS_WORDS = 20
"""A longer sentence says more than the courtesy in it."""
_SOMEBODY = re.compile(
    r"\b(?:i|we|you|he|she|they|there|who)(?:'\w+)?\b|\b(?:it|that|this|what)(?:'s| is| was)\b|\b(?:and|or)\b|\?",
    re.IGNORECASE,
)
_SAME = {
    **dict.fromkeys(("i", "you", "we", "me", "us", "my", "your", "our", "mine", "yours", "ours"), "you"),
    **dict.fromkeys(("i'm", "you're", "we're", "i've", "you've", "we've", "i'd", "you'd", "we'd"), "you"),
    **dict.fromkeys(("am", "are", "is", "was", "were"), "be"),
}


@dataclass(frozen=True, slots=True)
class Substance:
    """What a turn says to this customer."""

    text: str
    """As long as the turn: what says nothing is blank, so that every other character keeps its place."""
    recited: Span | None
    """The first sentence that recites techniques."""
    copied: bool
    """Whether a sentence is the customer's own."""


def substance(turn: str, last: str) -> Substance:
    """Return what ``turn`` says beside filler; ``last`` is the customer's message before it."""
    recited = recitals(turn)
    copied = [span for span in sentences(turn) if copies(turn[span[0] : span[1]], last)]
    filler = [span for span in sentences(turn) if _filler(_plain(turn, span))]
    return Substance(blanked(turn, [*recited, *copied, *filler]), min(recited, default=None), bool(copied))


def recitals(turn: str) -> list[Span]:
    """Return the sentences that recite or announce techniques, or are lists of catchwords."""
    spans = sentences(turn)
    announced = {span: len(text_pattern("announces").findall(_plain(turn, span))) for span in spans}
    announces = sum(announced.values()) >= _ANNOUNCED
    return [span for span in spans if _lists(_plain(turn, span)) or (announces and announced[span])]


def copies(sentence: str, last: str) -> bool:
    """Tell whether ``sentence`` is what the customer wrote in ``last``, at most with I and you exchanged."""
    said, heard = _alike(sentence), _alike(last)
    if len(said) < _COPIED_WORDS:
        return False
    runs = {tuple(heard[i : i + _RUN]) for i in range(len(heard) - _RUN + 1)}
    starts = [i for i in range(len(said) - _RUN + 1) if tuple(said[i : i + _RUN]) in runs]
    return len({i + k for i in starts for k in range(_RUN)}) >= _COPIED * len(said)


def _plain(turn: str, span: Span) -> str:
    return turn[span[0] : span[1]].replace("’", "'")


def _alike(text: str) -> list[str]:
    return [_SAME.get(word, word) for word in words(text)]


def _lists(sentence: str) -> bool:
    """Tell whether this is a list of catchwords."""
    if text_pattern("names_technique").search(sentence):
        return True
    lengths = [n for part in re.split(r"[,;]", sentence) if (n := len(words(part)))]
    if len(lengths) < _LISTED:
        return False
    mean = sum(lengths) / len(lengths)
    return mean <= _SHORTEST or (mean <= _SHORT and not _SOMEBODY.search(sentence))


def _filler(sentence: str) -> bool:
    """Tell whether this is a stock phrase, a courtesy, or made of empty words only."""
    spoken = words(sentence)
    if len(spoken) <= _COURTEOUS_WORDS and text_pattern("courtesy").search(sentence):
        return True
    says = fired(sentence)
    vague = len(spoken) >= _VAGUE_WORDS and "?" not in sentence and vocabulary("vague").issuperset(spoken)
    return says == {"empty_script"} or (vague and "invite_to_vent" not in says)
