"""Guard of the language: a light detector by the small words that no sentence does without."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from graph.guards.frequency import UNKNOWN, rank
from graph.guards.stage import Finding, Stage, spans, words

LEAST_WORDS = 6
"""Shorter text is left alone: a list of names has no language."""
FOREIGN = 0.22
"""Share of another language's small words from which a sentence is taken to be in it."""
NATIVE = 0.12
"""Share of the own language's small words below which a long passage is no sentence of it."""
LONG_ENOUGH = 9
KNOWN, LEAST_KNOWN = 0.4, 5
"""Share of English words that must be in a vocabulary, and from how many words on: coded text has none."""
_PROSE = re.compile(r"\b[a-zà-ÿ]{2,}\b")


@cache
def profiles() -> dict[str, frozenset[str]]:
    """Return small words by language code. A card in another language is only checked for its script."""
    listed = tomllib.loads((Path(__file__).parent / "languages.toml").read_text(encoding="utf-8"))
    small = {code: frozenset(line.split()) for code, line in listed.items()}
    return {code: own if code == "en" else own - small["en"] for code, own in small.items()}


def other_language(text: str, stage: Stage) -> Finding | None:
    """Find a sentence in another language than the card's, in another script, or in none."""
    if (found := _other_script(text, stage.card.language)) is not None:
        return found
    own = profiles().get(stage.card.language)
    if own is None:
        return None
    for start, end in spans(text):
        spoken = words(text[start:end])
        if len(spoken) >= LEAST_WORDS and (code := _foreign(spoken, stage.card.language)):
            return Finding("language", f"a sentence in {code!r} for a card in {stage.card.language!r}", (start, end))
    prose = [word for word in words(text) if _PROSE.fullmatch(word.replace("'", ""))]
    if len(prose) >= LONG_ENOUGH and sum(word in own for word in prose) < NATIVE * len(prose):
        return Finding("language", f"no sentence of {stage.card.language!r}", (0, len(text)))
    if stage.card.language == "en" and len(prose) >= LEAST_KNOWN:
        known = sum(rank(part) < UNKNOWN for word in prose for part in [word.partition("'")[0]])
        if known < KNOWN * len(prose):
            return Finding("language", "words that nobody knows", (0, len(text)))
    return None


def _foreign(spoken: list[str], language: str) -> str:
    """Return the code of the other language that ``spoken`` is in; empty where there is none."""
    share = {code: sum(word in known for word in spoken) / len(spoken) for code, known in profiles().items()}
    likeliest = max(share, key=lambda code: share[code])
    far = share[likeliest] >= FOREIGN and share[likeliest] > 2 * share[language]
    return likeliest if far and likeliest != language else ""


def _other_script(text: str, language: str) -> Finding | None:
    """Find letters that are not Latin in a card whose language is written in Latin ones."""
    if language not in profiles():
        return None
    strange = [at for at, sign in enumerate(text) if sign.isalpha() and not _latin(sign)]
    if len(strange) < 3:
        return None
    return Finding("language", "another script", (strange[0], strange[-1] + 1))


def _latin(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith(("LATIN", "FEMININE", "MASCULINE", "MODIFIER"))
