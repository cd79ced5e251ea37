"""What the schema cannot see: ids that lead nowhere, facts nobody can reach, lines that run out or repeat."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from knowledge.taxonomy import MISSTEPS, TECHNIQUES
from personas.card import BANDS, Beat, Card
from personas.loader import Loaded, Place, Problem

NEEDED: dict[Beat, tuple[int, int, int]] = {
    "vent": (4, 4, 2), "push": (4, 4, 3), "soften": (3, 4, 3), "unmoved": (3, 3, 2), "retort": (4, 4, 2),
    "doubt": (2, 3, 2), "baffled": (2, 2, 2), "dodge": (3, 3, 3), "told": (2, 2, 2), "refuse": (3, 3, 2),
    "waver": (2, 3, 3), "warn": (3, 2, 1), "take": (2, 3, 3), "accept": (0, 2, 2), "wait": (0, 2, 2),
}  # fmt: skip
"""Fewest lines a beat needs: hot, tense, cool."""

MIN_LINES = 120
MAX_TRUST = 4.0
"""More than this cannot be asked of a trainee before anything was settled for the customer."""

_SLOT = re.compile(r"{(\w*)}")


def lint(loaded: Loaded) -> list[Problem]:
    """Return every problem of a loaded card, in the order of its lines; those of the loader included."""
    return list(_linted(loaded))


@lru_cache(maxsize=64)
def _linted(loaded: Loaded) -> tuple[Problem, ...]:
    if loaded.card is None:
        return loaded.problems
    checks = (_name, _ids, _taxonomy, _facts, _offers, _demands, _endings, _pools, _repeats, _slots)
    found = [loaded.problem(*hit) for check in checks for hit in check(loaded.card, loaded)]
    return tuple(sorted(found, key=lambda problem: problem.line))


Hit = tuple[Place, str, str]


def _name(card: Card, loaded: Loaded) -> Iterator[Hit]:
    if loaded.path.stem != card.id:
        yield ("id",), f"is {card.id!r} in a file called {loaded.path.name!r}", f"rename the file to {card.id}.yaml"


def _ids(card: Card, _: Loaded) -> Iterator[Hit]:
    for group in ("facts", "answers", "demands", "offers"):
        seen: set[str] = set()
        for n, part in enumerate(getattr(card, group)):
            if part.id in seen:
                yield (group, n, "id"), f"{part.id!r} is used twice in {group}", "give each its own id"
            seen.add(part.id)


def _known(ids: Iterable[str], known: Iterable[str], place: Place, what: str) -> Iterator[Hit]:
    for i, one in enumerate(ids):
        if one not in known:
            yield (*place, i), f"{one!r} is no {what}", f"use one of: {', '.join(known)}"


def _taxonomy(card: Card, _: Loaded) -> Iterator[Hit]:
    for key, known, what in (("calms", TECHNIQUES, "technique"), ("angers", MISSTEPS, "misstep")):
        for one in getattr(card.temper, key):
            if one not in known:
                yield ("temper", key, one), f"{one!r} is no {what}", f"use one of: {', '.join(known)}"
    for n, fact in enumerate(card.facts):
        yield from _known(fact.trigger.techniques, TECHNIQUES, ("facts", n, "trigger", "techniques"), "technique")
    for n, demand in enumerate(card.demands):
        yield from _known(demand.met_by_techniques, TECHNIQUES, ("demands", n, "met_by_techniques"), "technique")
    for n, advice in enumerate(card.advice):
        if advice.technique not in TECHNIQUES:
            place = ("advice", n, "technique")
            yield place, f"{advice.technique!r} is no technique", f"use one of: {', '.join(TECHNIQUES)}"


def _facts(card: Card, _: Loaded) -> Iterator[Hit]:
    ids = {fact.id for fact in card.facts}
    reachable: set[str] = set()
    while grown := {f.id for f in card.facts if set(f.trigger.after) <= reachable} - reachable:
        reachable |= grown
    for n, fact in enumerate(card.facts):
        place, trigger = ("facts", n, "trigger"), fact.trigger
        if not (trigger.asked.words or trigger.asked.like or trigger.techniques):
            yield place, f"nothing makes {fact.id!r} come out", "give `asked` words or sentences, or `techniques`"
        if trigger.trust > MAX_TRUST:
            yield (*place, "trust"), f"{fact.id!r} needs trust {trigger.trust}", f"ask for {MAX_TRUST} or less"
        yield from _known(trigger.after, ids, (*place, "after"), "fact of this card")
        if set(trigger.after) <= ids and fact.id not in reachable:
            yield (*place, "after"), f"{fact.id!r} waits for itself", "break the circle of `after`"
    for n, advice in enumerate(card.advice):
        yield from _known(advice.told, ids, ("advice", n, "told"), "fact of this card")


def _offers(card: Card, _: Loaded) -> Iterator[Hit]:
    demands = {demand.id for demand in card.demands}
    for n, offer in enumerate(card.offers):
        place = ("offers", n)
        yield from _known(offer.meets, demands, (*place, "meets"), "demand of this card")
        yield from _known(offer.after, demands, (*place, "after"), "demand of this card")
        if set(offer.after) & set(offer.meets):
            yield (*place, "after"), f"{offer.id!r} waits for what it settles", "leave that demand out of `after`"
        if not (offer.heard.words or offer.heard.like):
            yield (*place, "heard"), f"nobody can make the offer {offer.id!r}", "give `words` or `like`"
        taken = bool(offer.meets) and offer.within_authority
        needed = ("accepts", "tests") if taken else ("refuses",)
        for key in needed:
            if len(getattr(offer, key)) < 2:
                yield (*place, key), f"{offer.id!r} has fewer than 2 lines here", "write what the customer says"
    for n, advice in enumerate(card.advice):
        if advice.demand is not None and advice.demand not in demands:
            yield ("advice", n, "demand"), f"{advice.demand!r} is no demand of this card", "correct the id"


def _demands(card: Card, _: Loaded) -> Iterator[Hit]:
    met = {demand for offer in card.offers if offer.within_authority for demand in offer.meets}
    for n, demand in enumerate(card.demands):
        saying = demand.met_by_saying.words or demand.met_by_saying.like
        if demand.id not in met and not demand.met_by_techniques and not saying:
            yield (
                ("demands", n),
                f"nothing can meet {demand.id!r}",
                "name techniques, a saying, or an offer that meets it",
            )
        for band in BANDS:
            if len(demand.says.of(band)) < 2:
                yield ("demands", n, "says", band), f"{demand.id!r} has fewer than 2 {band} lines", "write more"


def _endings(card: Card, _: Loaded) -> Iterator[Hit]:
    missing = {"walks_out", "manager", "public"} - {b.how for b in card.breaks}
    if missing:
        yield ("breaks",), f"the customer can never end as {', '.join(sorted(missing))}", "add an entry for each"
    if len({b.anger for b in card.breaks}) < len(card.breaks):
        yield ("breaks",), "two entries have the same anger, one can never happen", "give each its own anger"
    if all(b.anger > 0 for b in card.breaks):
        yield ("breaks",), "nothing says how it ends at low anger", "give one entry anger: 0"


def _pools(card: Card, _: Loaded) -> Iterator[Hit]:
    for beat, counts in NEEDED.items():
        banded = card.lines.get(beat)
        if banded is None:
            yield ("lines", beat), f"the beat {beat!r} has no lines", "write lines for hot, tense and cool"
            continue
        for band, count in zip(BANDS, counts, strict=True):
            if (have := len(banded.of(band))) < count:
                yield ("lines", beat, band), f"{have} lines, {count} are needed", "write more"
    if (total := sum(1 for _ in card.spoken())) < MIN_LINES:
        yield ("lines",), f"{total} lines in all, {MIN_LINES} are needed for two runs", "write more lines"


def _repeats(card: Card, loaded: Loaded) -> Iterator[Hit]:
    seen: dict[str, Place] = {}
    for place, line in card.spoken():
        plain = " ".join(re.findall(r"\w+", line.casefold()))
        if plain in seen:
            first = loaded.problem(seen[plain], "", "")
            yield place, f"repeats line {first.line} ({first.field})", "word it differently"
        seen.setdefault(plain, place)


def _slots(card: Card, _: Loaded) -> Iterator[Hit]:
    for place, line in card.spoken():
        allowed = place[:2] in (("lines", "retort"), ("lines", "doubt"), ("lines", "baffled"))
        for slot in _SLOT.findall(line):
            if slot != "quote" or not allowed:
                yield place, f"has the slot {{{slot}}}", "only {quote} can be filled in, in retort, doubt and baffled"
