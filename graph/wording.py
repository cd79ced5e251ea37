"""Checks what a judge's model writes for the trainee to read: nothing invented, nothing leaked, nothing but advice.

Each check takes a text and returns what is wrong with it in a few words, empty where nothing is.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from graph.guards.language import LONG_ENOUGH, NATIVE, profiles
from graph.prompting import PROMPTS
from graph.verification import GUARANTEE, folded
from knowledge.articles import articles
from knowledge.reader.rules import matches
from knowledge.reader.tampering import cleared
from knowledge.reader.text import words
from knowledge.taxonomy import MISSTEPS, TECHNIQUES
from knowledge.text import sentences

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NUMERALS = {
    "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
    "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100",
    "thousand": "1000",
}  # fmt: skip
"""From three on: one and two are said of anything."""
_NAME = re.compile(r"\b[A-ZÀ-Þ][\w'’-]+")
_MARKUP = re.compile(r"[{}<>`|]|\w_\w|\*\*|^#+ |https?://", re.MULTILINE)
_PRAISE = re.compile(
    r"\b(perfect(ly)?|excellent(ly)?|flawless(ly)?|outstanding|exemplary|superb(ly)?|brilliant(ly)?|masterful(ly)?|"
    r"great job|well done|nothing to (change|improve|add|fix)|no (change|improvement)s?( is| are)? needed"
    r"|keep (it up|doing))\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"\"([^\"\n]+)\"|“([^”\n]+)”|(?<!\w)'([^'\n]+(?:'\w[^'\n]*)*)'(?!\w)"
    r"|‘([^’\n]+)’(?!\w)|«([^»\n]+)»"
)
_RUN = 8
"""So many words in a row of our own prompt are a leak."""
_FACT_WORDS, _FACT_SHARE, _RARE_WORDS = 3, 0.3, 2
"""So many words that only an untold fact has, when they are this share of them, give it away; so do two rare ones."""


def too_long(text: str, most: int) -> str:
    """Find nothing at all, or more than ``most`` words."""
    count = len(text.split())
    return "empty" if not count else f"over {most} words" if count > most else ""


def marked_up(text: str) -> str:
    """Find code, tags, ids and addresses: advice is plain prose."""
    return "not plain prose" if _MARKUP.search(text) else ""


def about_grading(text: str) -> str:
    """Find talk of grades, graders and models."""
    return "speaks of the grading" if cleared(text).cuts else ""


def leaking(text: str) -> str:
    """Find a run of words of the judge's own prompts."""
    said = words(text)
    return "repeats the instructions" if any(run in _instructions() for run in _runs(said)) else ""


def flattering(text: str) -> str:
    """Find praise where something was to be said against the turn."""
    return "praise only" if _PRAISE.search(text) else ""


def other_language(text: str, language: str) -> str:
    """Find prose that is not in ``language``; a language without a profile is not checked."""
    own, said = profiles().get(language), words(text)
    if own is None or len(said) < LONG_ENOUGH:
        return ""
    return "in another language" if sum(word in own for word in said) < NATIVE * len(said) else ""


def invented(text: str, known: Sequence[str]) -> str:
    """Find numbers and names that stand in none of the ``known`` texts."""
    source = "\n".join(known)
    if unknown := numbers(text) - numbers(source):
        return f"a number nobody gave ({min(unknown)})"
    familiar = set(words(source))
    for name in _names(text, familiar):
        return f"a name nobody gave ({name})"
    return ""


def numbers(text: str) -> set[str]:
    """Return the numbers of a text, in figures; number words from three on count."""
    spelled = {_NUMERALS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _NUMERALS}
    return {match.rstrip(".,:") for match in _NUMBER.findall(text)} | spelled


def gives_away(text: str, untold: Iterable[str], known: Sequence[str]) -> str:
    """Find what only an ``untold`` fact says. By words alone: the judge is never told an untold fact, so that only
    chance could bring it up.
    """
    familiar, said = _stems("\n".join(known)), _stems(text)
    for fact in untold:
        own = _stems(fact) - familiar
        shared = own & said
        if len(shared) >= max(_FACT_WORDS, _FACT_SHARE * len(own)) or len(shared - _common()) >= _RARE_WORDS:
            return "tells what the customer has not said"
    return ""


def promising(text: str) -> str:
    """Find promises and what a rule knows as a misstep."""
    wrong = [id for id in matches(text) if id in MISSTEPS]
    return "a misstep itself" if wrong or GUARANTEE.search(text) else ""


def misquoting(text: str, known: Sequence[str]) -> str:
    """Find a quotation that stands in none of the ``known`` texts."""
    source, _ = folded("\n".join(known))
    for groups in _QUOTED.findall(text):
        quote, _ = folded(next(filter(None, groups)).strip(" .,;:!?…"))
        if quote not in source:
            return "a quotation nobody said"
    return ""


def misnaming(text: str, ids: Iterable[str]) -> str:
    """Find a technique or misstep that is named and is not among ``ids``."""
    allowed = " ".join([*(articles()[id].name for id in ids), *(id.replace("_", " ") for id in ids)]).lower()
    plain = " ".join(words(text))
    for id in (*TECHNIQUES, *MISSTEPS):
        for name in (" ".join(words(articles()[id].name)), id.replace("_", " ")):
            if (
                len(name.split()) > 1
                and re.search(rf"\b{re.escape(name)}\b", plain)
                and name not in " ".join(words(allowed))
            ):
                return f"a technique that is not in the record ({name})"
    return ""


def _names(text: str, familiar: set[str]) -> Iterable[str]:
    """Yield capitalised words that are neither familiar nor, at the start of a sentence, ordinary."""
    starts = {start for start, _ in sentences(text)} | {m.end() for m in re.finditer(r"[\"“‘:(]\s*", text)}
    for match in _NAME.finditer(text):
        word = match[0].lower().replace("’", "'").removesuffix("'s")
        parts = words(word)
        if not parts or all(part in familiar for part in parts) or parts[0] in _SELF:
            continue
        if match.start() not in starts or not all(part in _vocabulary() for part in parts):
            yield match[0]


_SELF = frozenset({"i", "i'm", "i've", "i'll", "i'd", "mr", "mrs", "ms", "miss", "dr", "ok"})


def _stems(text: str) -> set[str]:
    return {word[:6] for word in words(text) if len(word) >= 5}


@cache
def _common() -> frozenset[str]:
    return frozenset(word[:6] for word in _vocabulary() if len(word) >= 5)


@cache
def _vocabulary() -> frozenset[str]:
    """Return the words the knowledge base writes in lower case: ordinary words, and no names."""
    text = "\n".join(passage.text for article in articles().values() for passage in article.passages)
    return frozenset(re.findall(r"\b[a-z]+(?:'[a-z]+)?\b", text.replace("’", "'")))


def _runs(said: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return (tuple(said[i : i + _RUN]) for i in range(len(said) - _RUN + 1))


@cache
def _instructions() -> frozenset[tuple[str, ...]]:
    files = [*PROMPTS.glob("evaluate*.md"), *PROMPTS.glob("debrief*.md")]
    return frozenset(run for file in files for run in _runs(words(file.read_text(encoding="utf-8"))))
