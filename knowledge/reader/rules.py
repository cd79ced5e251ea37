"""Regular expressions for what can be told from the words alone: the plain baseline, and a second opinion.

The patterns stand in ``patterns.toml``. A rule fires on one sentence. Missteps do not fire on reported speech
("my colleague told you to calm down").
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from knowledge.reader.patterns import compiled, table, text_pattern
from knowledge.reader.text import Span, addresses_grader, reports_speech, sentences
from knowledge.taxonomy import MISSTEPS


@dataclass(frozen=True, slots=True)
class Rule:
    """One atom's wording."""

    id: str
    """The technique or misstep."""
    says: re.Pattern[str]
    """What a sentence with the atom says."""
    unless: re.Pattern[str] | None
    """What takes the meaning away again."""
    certain: bool = False
    """Whether the wording alone is enough, whatever the encoder makes of the rest of the turn."""

    def fires(self, sentence: str) -> bool:
        """Tell whether ``sentence`` shows the atom."""
        return bool(self.says.search(sentence)) and not (self.unless and self.unless.search(sentence))


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return all rules, compiled once."""
    return tuple(
        Rule(
            entry["id"],
            compiled(entry["says"]),
            compiled(entry["unless"]) if "unless" in entry else None,
            entry.get("certain", False),
        )
        for entry in table("rule")
    )


@lru_cache(maxsize=4096)
def fired(sentence: str) -> frozenset[str]:
    """Return the atoms whose wording ``sentence`` carries; kept, since a sentence is looked at more than once."""
    return frozenset(rule.id for rule in rules() if rule.fires(sentence))


def matches(turn: str) -> dict[str, Span]:
    """Return each atom whose wording ``turn`` carries, with the first sentence that carries it."""
    return dict(_matches(turn))


@lru_cache(maxsize=1024)
def _matches(turn: str) -> tuple[tuple[str, Span], ...]:
    """Return the items of `matches`; kept, since a turn is looked at again as part of what came before."""
    found: dict[str, Span] = {}
    for start, end in sentences(turn):
        sentence = turn[start:end]
        if addresses_grader(sentence):
            continue
        silent = MISSTEPS if reports_speech(sentence) else ()
        for id in sorted(fired(sentence)):
            if id not in silent:
                found.setdefault(id, (start, end))
    return tuple(found.items())


def certain(turn: str, known: str) -> list[tuple[str, Span]]:
    """Return the missteps that wording alone proves, each with its sentence; what is ``known`` is not made up."""
    founded = {"overpromise"} if text_pattern("scarce").search(known) else set()
    proving = [rule for rule in rules() if rule.certain and rule.id not in founded]
    told = [(turn[start:end].replace("’", "'"), (start, end)) for start, end in sentences(turn)]
    return [(r.id, span) for said, span in told if not reports_speech(said) for r in proving if r.fires(said)]


@lru_cache(maxsize=1)
def _vetoes() -> dict[str, re.Pattern[str]]:
    return {entry["id"]: compiled(entry["says"]) for entry in table("veto")}


def vetoed(id: str, sentence: str) -> bool:
    """Tell whether ``sentence`` cannot show the atom ``id``, whatever else it says."""
    veto = _vetoes().get(id)
    return bool(veto and veto.search(sentence))
