"""What of a judge's answer holds: quotes, ids, citations, promises. Nothing is taken on the judge's word.

A finding that does not hold is dropped and counted. What is left is a reading, as a local reader would have made it, so
that the same code grades both.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

from pydantic import BaseModel, ConfigDict, Field

from graph.hearing import hear
from knowledge.articles import Passage
from knowledge.reader.tampering import Cleared
from knowledge.reading import Atom, Brief, Reading
from knowledge.taxonomy import MISSTEPS, TECHNIQUES
from personas.card import Card

CERTAIN = 0.9
"""From here on a misstep found by the local reader stands whatever the judge says: on the 168 labelled dev turns all 29
such findings were right."""
MOST_CALLED = 4
MOST_WRITTEN = 8
"""Findings that the schema leaves room for; none of the labelled training turns has more than seven."""
MOST_ATOMS = 20
_SAME_WORDS = 2
"""More techniques than this are never shown by one and the same quote."""


class CalledFor(BaseModel):
    """A technique the moment called for, as the judge claims."""

    model_config = ConfigDict(strict=True)

    because: str
    id: str = Field(json_schema_extra={"enum": [*TECHNIQUES]})


class Claim(BaseModel):
    """One technique or misstep, as the judge claims to have seen it."""

    model_config = ConfigDict(strict=True)

    reason: str
    id: str = Field(json_schema_extra={"enum": [*TECHNIQUES, *MISSTEPS]})
    quote: str
    passage: str


class Judgement(BaseModel):
    """The judge's whole answer. It holds no grade: there is nothing to hand out.

    Ids and lengths stand in the schema alone, for providers that write by it: a small model would go on for ever. They
    are no reason to refuse an answer, for what does not hold is dropped one by one.
    """

    model_config = ConfigDict(strict=True)

    called_for: list[CalledFor] = Field(json_schema_extra={"maxItems": MOST_CALLED})
    atoms: list[Claim] = Field(json_schema_extra={"maxItems": MOST_WRITTEN})
    fix: str
    rewrite: str


Retrieve = Callable[[str, Iterable[str]], Mapping[str, Sequence[Passage]]]
"""`knowledge.search.Knowledge.about`: passages of the articles with these ids that fit the text, best first."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a judge's claims are held against."""

    turn: str
    cleared: Cleared
    reading: Reading
    """The local reader's."""
    passages: Mapping[str, Sequence[Passage]]
    """Retrieved for this turn, by taxonomy id, best first."""
    brief: Brief
    card: Card | None = None
    retrieve: Retrieve | None = None
    """Looks up passages for ids that were not retrieved beforehand."""


@dataclass(frozen=True, slots=True)
class Held:
    """What held."""

    reading: Reading
    cited: Mapping[str, str]
    """Taxonomy id to passage id, for every atom of the reading."""
    dropped: Counter[str] = field(default_factory=Counter)
    """How many claims did not hold, by reason."""


def verified(judgement: Judgement, ground: Ground) -> Held:
    """Return what of ``judgement`` holds."""
    dropped: Counter[str] = Counter()
    claims = [claim for claim in judgement.atoms[:MOST_ATOMS] if _known(claim.id, dropped)]
    dropped["too many findings"] += max(0, len(judgement.atoms) - MOST_ATOMS)
    atoms = _found(claims, ground, dropped)
    atoms = _within_authority(atoms, ground, dropped)
    cited = _cited(atoms, claims, ground)
    dropped["no passage was retrieved for it"] += sum(id not in cited for id in atoms)
    kept = [atom for id, atom in atoms.items() if id in cited]
    called = _called_for(judgement, dropped) or ground.reading.called_for
    return Held(as_reading(kept, called), {a.id: cited[a.id] for a in kept}, +dropped)


def as_reading(atoms: Iterable[Atom], called_for: tuple[str, ...]) -> Reading:
    """Return atoms as a reading, in the order of the text."""
    ordered = sorted(atoms, key=lambda atom: (atom.start, atom.end))
    return Reading(
        tuple(a for a in ordered if a.id in TECHNIQUES), tuple(a for a in ordered if a.id in MISSTEPS), called_for
    )


def _known(id: str, dropped: Counter[str]) -> bool:
    if id in TECHNIQUES or id in MISSTEPS:
        return True
    dropped["an id nobody knows"] += 1
    return False


def _called_for(judgement: Judgement, dropped: Counter[str]) -> tuple[str, ...]:
    ids = list(dict.fromkeys(entry.id for entry in judgement.called_for))
    known = [id for id in ids if id in TECHNIQUES]
    dropped["an id nobody knows"] += len(ids) - len(known)
    return tuple(known[:MOST_CALLED])


def _found(claims: Sequence[Claim], ground: Ground, dropped: Counter[str]) -> dict[str, Atom]:
    """Return the claims whose quote stands in what was said to the customer, one for each id."""
    atoms: dict[str, Atom] = {}
    uses: Counter[tuple[int, int]] = Counter()
    for claim in claims:
        span = locate(claim.quote, ground.cleared)
        if span is None:
            dropped["a quote that is not in the message"] += 1
        elif claim.id in atoms:
            dropped["the same finding twice"] += 1
        elif claim.id in TECHNIQUES and uses[span] >= _SAME_WORDS:
            dropped["the same words for many techniques"] += 1
        else:
            uses[span] += claim.id in TECHNIQUES
            atoms[claim.id] = Atom(claim.id, *span, 1.0)
    return atoms


def _cited(atoms: Mapping[str, Atom], claims: Sequence[Claim], ground: Ground) -> dict[str, str]:
    """Return for each atom the passage cited, where it was retrieved for that very id, else the best retrieved."""
    passages = dict(ground.passages)
    if ground.retrieve and (unread := [id for id in atoms if not passages.get(id)]):
        passages.update(ground.retrieve(ground.cleared.words, unread))
    claimed = {claim.id: claim.passage for claim in reversed(claims)}
    cited = {}
    for id in atoms:
        own = [passage.id for passage in passages.get(id, ()) if passage.article == id]
        if own:
            cited[id] = claimed[id] if claimed.get(id) in own else own[0]
    return cited


# Quotes

_ALIKE = {
    **{ord(sign): "'" for sign in "’‘‛`´′‹›"},
    **{ord(sign): '"' for sign in "“”„‟«»″"},
    **{ord(sign): "-" for sign in "‐‑‒–—―−"},
}
_AROUND = "\"'.… \t\n"


def folded(text: str) -> tuple[str, list[int]]:
    """Return ``text`` without white space, case, kinds of quote marks and unseen signs, and where each sign stood."""
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if sign.isspace() or unicodedata.category(sign) == "Cf":
            continue
        for one in unicodedata.normalize("NFKC", sign).translate(_ALIKE).casefold():
            if not one.isspace():
                signs.append(one)
                places.append(place)
    return "".join(signs), places


def locate(quote: str, cleared: Cleared) -> tuple[int, int] | None:
    """Return where ``quote`` stands in what is left of a message; None where it does not, or holds no word."""
    wanted, _ = folded(quote.strip(_AROUND))
    if not any(sign.isalnum() for sign in wanted):
        return None
    text, places = folded(cleared.text)
    at = text.find(wanted)
    while at >= 0:
        start, end = places[at], places[at + len(wanted) - 1] + 1
        if _whole_words(cleared.text, start, end):
            return _outside(start, end, cleared)
        at = text.find(wanted, at + 1)
    return None


def _whole_words(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (after.isalnum() and text[end - 1].isalnum())


def _outside(start: int, end: int, cleared: Cleared) -> tuple[int, int]:
    """Return the longest piece of the span that no cut runs through."""
    inside = [cut for cut in cleared.cuts if start < cut[1] and cut[0] < end]
    if not inside:
        return start, end
    edges = sorted({start, end, *chain.from_iterable(inside)})
    pieces = [(a, b) for a, b in pairwise(edges) if not any(c <= a < d for c, d in inside)]
    a, b = max(pieces, key=lambda piece: len(cleared.text[piece[0] : piece[1]].strip()))
    part = cleared.text[a:b]
    return a + len(part) - len(part.lstrip()), b - len(part) + len(part.rstrip())


# Promises

GUARANTEE = re.compile(
    r"(?<!n't )(?<!not )(?<!n’t )\b(guarantee\w*|promise\w*|definite\w*|certainly|for sure|for certain"
    r"|without fail|no doubt|no question|"
    r"trust me|rest assured|never (again|happen)|you have my word|my word on it|one hundred per ?cent|100 ?%"
    r"|consider it done)\b",
    re.IGNORECASE,
)
MAY_PROMISE = "a promise that the agent may make"
_OFFERS = ("offer_solution", "offer_alternative", "narrow_choice")


def _within_authority(atoms: dict[str, Atom], ground: Ground, dropped: Counter[str]) -> dict[str, Atom]:
    """Hold claims about promises against what the agent may do."""
    beyond, within = _offers(ground)
    kept = dict(atoms)
    promise = kept.get("overpromise")
    if promise and not _meets(promise, beyond) and not GUARANTEE.search(promise.quote(ground.turn)):
        allowed = _meets(promise, within) or _allowed(promise.quote(ground.turn), ground.brief)
        if allowed:
            del kept["overpromise"]
            dropped[MAY_PROMISE] += 1
    for id in _OFFERS:
        if id in kept and _meets(kept[id], beyond):
            atom = kept.pop(id)
            kept.setdefault("overpromise", replace(atom, id="overpromise"))
            dropped["an offer beyond the agent's authority"] += 1
    return kept


def _offers(ground: Ground) -> tuple[list[Atom], list[Atom]]:
    """Return where the turn makes offers of the card: beyond the agent's authority, and within it."""
    if ground.card is None:
        return [], []
    offers: tuple[list[Atom], list[Atom]] = ([], [])
    for found in hear(ground.turn, ground.card, ground.reading).offers:
        start = ground.turn.index(found.quote)
        within = ground.card.offer(found.id).within_authority
        offers[within].append(Atom(found.id, start, start + len(found.quote), 1.0))
    return offers


def _allowed(quote: str, brief: Brief) -> bool:
    """Tell whether one entry of what the agent may do has most words, and every number, of the quote."""
    said = set(re.findall(r"[a-z]{4,}|\d+", quote.casefold()))
    numbers = {word for word in said if word.isdigit()}
    for entry in brief.agent_may:
        may = set(re.findall(r"[a-z]{4,}|\d+", entry.casefold()))
        if numbers <= may and len(said & may) >= max(3, 0.6 * len(said)):
            return True
    return False


def _meets(atom: Atom, others: Iterable[Atom]) -> bool:
    return any(overlap(atom, other) for other in others)


def overlap(one: Atom, other: Atom) -> bool:
    """Tell whether two atoms share words."""
    return one.start < other.end and other.start < one.end


# What cannot both be true, and what cannot be left out

_UNDONE_BY: dict[str, frozenset[str]] = {
    "apologise": frozenset({"blame_customer", "excuse", "dismiss", "rude", "empty_script"}),
    "acknowledge_feeling": frozenset({"empty_script", "dismiss", "tell_to_calm_down", "rude"}),
    "paraphrase": frozenset({"argue", "empty_script", "rude"}),
    "thank": frozenset({"empty_script", "rude"}),
    "invite_to_vent": frozenset({"tell_to_calm_down", "rude"}),
    "clarifying_question": frozenset({"rush_to_fix", "rude", "blame_customer"}),
    "partnership_language": frozenset({"policy_wall", "empty_script"}),
    "positive_priming": frozenset({"overpromise", "empty_script"}),
    "bad_news": frozenset({"excuse", "policy_wall", "pass_the_buck", "dismiss"}),
    "explain_policy": frozenset({"policy_wall", "excuse"}),
    "offer_solution": frozenset({"overpromise", "option_dump", "pass_the_buck", "rush_to_fix"}),
    "offer_alternative": frozenset({"overpromise", "option_dump", "pass_the_buck"}),
    "narrow_choice": frozenset({"overpromise", "option_dump"}),
    "explain_next_steps": frozenset({"overpromise", "pass_the_buck", "jargon"}),
    "seek_acceptance": frozenset({"option_dump"}),
    "escalate": frozenset({"pass_the_buck"}),
    "set_boundary": frozenset({"rude", "tell_to_calm_down", "take_bait"}),
    "redirect_hot_button": frozenset({"take_bait"}),
    "check_satisfaction": frozenset({"empty_script", "dismiss"}),
}
"""Technique to the missteps that the same words cannot be at the same time."""


def settled(held: Held, ground: Ground) -> Held:
    """Return ``held`` with the findings that are certain, and without those that contradict one another."""
    dropped = Counter(held.dropped)
    missteps = {atom.id: atom for atom in held.reading.missteps}
    cited = dict(held.cited)
    for sure in certain(ground):
        if sure.id not in missteps:
            missteps[sure.id] = sure
            dropped["a misstep that was overlooked"] += 1
    cited.update(_cited({id: a for id, a in missteps.items() if id not in cited}, (), ground))
    missteps = {id: atom for id, atom in missteps.items() if id in cited}
    techniques = list(held.reading.techniques)
    for atom in held.reading.techniques:
        rivals = [m for m in missteps.values() if m.id in _UNDONE_BY.get(atom.id, ()) and overlap(atom, m)]
        for rival in rivals:
            loser = _loser(atom, rival, ground)
            dropped["the same words for opposite things"] += 1
            if loser is rival:
                missteps.pop(rival.id, None)
            elif atom in techniques:
                techniques.remove(atom)
    techniques = _one_offer(techniques)
    reading = as_reading((*techniques, *missteps.values()), held.reading.called_for)
    ids = {atom.id for atom in (*reading.techniques, *reading.missteps)}
    return Held(reading, {id: passage for id, passage in cited.items() if id in ids}, dropped)


def certain(ground: Ground) -> list[Atom]:
    """Return the missteps that stand whatever a judge says."""
    return [atom for atom in ground.reading.missteps if atom.confidence >= CERTAIN and atom.quote(ground.turn).strip()]


def _loser(technique: Atom, misstep: Atom, ground: Ground) -> Atom:
    """The misstep holds, unless only the local reader's technique does: judges err on the kind side."""
    sure = {atom.id for atom in certain(ground)}
    seen = {atom.id for atom in ground.reading.techniques}
    doubted = misstep.id not in {atom.id for atom in ground.reading.missteps}
    return misstep if technique.id in seen and doubted and misstep.id not in sure else technique


def _one_offer(techniques: list[Atom]) -> list[Atom]:
    """After a refusal a new option is an alternative and no second solution."""
    other = [atom for atom in techniques if atom.id == "offer_alternative"]
    return [atom for atom in techniques if atom.id != "offer_solution" or not _meets(atom, other)]


def most(samples: Sequence[Held]) -> Held:
    """Return what most of ``samples`` found: each atom with its most common span, what was called for by rank."""
    if len(samples) == 1:
        return samples[0]
    needed = len(samples) // 2 + 1
    atoms: dict[str, list[Atom]] = {}
    for held in samples:
        for atom in (*held.reading.techniques, *held.reading.missteps):
            atoms.setdefault(atom.id, []).append(atom)
    kept = [Counter(found).most_common(1)[0][0] for found in atoms.values() if len(found) >= needed]
    cited = {a.id: Counter(h.cited[a.id] for h in samples if a.id in h.cited).most_common(1)[0][0] for a in kept}
    called = Counter(id for held in samples for id in held.reading.called_for)
    ranks = {id: sum(_rank(id, held) for held in samples) for id in called}
    wanted = sorted((id for id, n in called.items() if n >= needed), key=lambda id: ranks[id])
    dropped = Counter({"seen by few of the samples": len(atoms) - len(kept)}) + sum(
        (held.dropped for held in samples), Counter[str]()
    )
    return Held(as_reading(kept, tuple(wanted[:MOST_CALLED])), cited, +dropped)


def _rank(id: str, held: Held) -> int:
    called = held.reading.called_for
    return called.index(id) if id in called else MOST_CALLED
