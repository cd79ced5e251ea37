"""Grades a turn in plain code, so that no reader, local or model, hands out a grade by itself.

A reading says what was seen and what was called for. The grade follows from three questions, in this order:
did a misstep harm or spoil the turn, how much of what was called for was done, and, where the reader can
tell, how specific the turn was to this customer. Length and the number of techniques are never asked about.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.reading import Reading
from knowledge.taxonomy import HARMFUL

WORST, WEAK, ADEQUATE, GOOD, EXPERT = range(5)

_ALWAYS_WEAK = frozenset({"empty_script", "dismiss"})
"""Missteps after which a turn is weak whatever else it does."""

_MERIT_SHARE = 0.7
"""How much of the estimate is the reader's merit; the rest is the share of what was called for."""


@dataclass(frozen=True, slots=True)
class Grade:
    """How good one turn was at its moment."""

    value: int | None
    """0 harmful, 1 weak, 2 adequate, 3 good, 4 expert; None: there is nothing to judge by."""
    why: str
    """The reason in one line, for the trainee."""


def grade(reading: Reading) -> Grade:
    """Grade ``reading``. More missteps never raise the grade; techniques nobody called for do not either.

    A reading in which nothing was seen, called for or weighed says nothing about the turn: it gets no grade.
    """
    if reading.merit is None and not (reading.missteps or reading.techniques or reading.called_for):
        return Grade(None, "nothing was found in the turn, and nothing that it called for")
    missteps = [atom.id for atom in reading.missteps]
    harmful = [id for id in missteps if id in HARMFUL]
    if harmful:
        return Grade(WORST, f"{_names(harmful)} makes the situation worse")
    seen = {atom.id for atom in reading.techniques}
    done = [id for id in reading.called_for if id in seen]
    missing = [id for id in reading.called_for if id not in seen]
    estimate = _estimate(len(done), len(missing), reading.merit)
    cap = _cap(missteps, bool(done))
    value = min(_nearest(estimate), cap)
    if missteps and value == cap:
        return Grade(value, f"{_names(missteps)} spoils it" + _but(done))
    return Grade(value, _plain_reason(done, missing, sorted(seen), value))


def _estimate(done: int, missing: int, merit: float | None) -> float:
    """Return the grade, not yet rounded, that the turn would have with no misstep."""
    called = done + missing
    coverage = ADEQUATE + (EXPERT - ADEQUATE) * done / called if called else float(ADEQUATE)
    if merit is None:
        return coverage
    return _MERIT_SHARE * merit + (1 - _MERIT_SHARE) * coverage


def _cap(missteps: list[str], did_something: bool) -> int:
    """Return the best grade that ``missteps`` leave open."""
    if not missteps:
        return EXPERT
    if len(missteps) > 1 or missteps[0] in _ALWAYS_WEAK or not did_something:
        return WEAK
    return ADEQUATE


def _nearest(estimate: float) -> int:
    """Round to a grade, halves upward, within the scale."""
    return min(EXPERT, max(WORST, int(estimate + 0.5)))


def _names(ids: Iterable[str]) -> str:
    """Return ids as words: ``a, b and c``."""
    words = [id.replace("_", " ") for id in ids]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _but(done: list[str]) -> str:
    return f", though {_names(done)} was called for and done" if done else ""


def _plain_reason(done: list[str], missing: list[str], seen: list[str], value: int) -> str:
    """Say what of the moment's call was answered, and what was done in place of it."""
    if done and not missing:
        return f"all that was called for: {_names(done)}"
    if done:
        return f"{_names(done)} done; {_names(missing)} also called for"
    if missing and seen:
        return f"{_names(seen)} done; {_names(missing)} called for"
    if missing and value >= GOOD:
        return f"fits this customer; {_names(missing)} also called for"
    if missing:
        return f"nothing of what was called for: {_names(missing)}"
    return "polite and on topic; nothing special was called for"
