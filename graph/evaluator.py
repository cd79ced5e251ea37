"""Judges one turn: the protocol, the verification every verdict passes, and the built-in evaluator.

An evaluator never sees the mood. What it claims is checked here, and the grade is computed in
`graph.grading` from what is left.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from graph import coach
from graph.grading import EXPERT, GOOD, WORST, Grade, grade
from graph.mood import SEVERITY
from graph.types import Observed, Scene, Verdict
from knowledge.articles import Passage, articles
from knowledge.reading import Atom, Brief, Reading, Said
from knowledge.text import excerpt
from personas.card import Card

BY = "built-in"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All an evaluator may look at."""

    number: int
    turn: str
    context: Sequence[Said]
    brief: Brief
    reading: Reading
    passages: Mapping[str, Sequence[Passage]]
    """Retrieved for this turn, by taxonomy id, best first."""
    card: Card | None = None
    scene: Scene | None = None
    """Where the session stood before the turn; for the rewrite, which may not know more than that."""
    suggested: Sequence[str] = ()
    """Rewrites given before in this session."""
    advised: Sequence[str] = ()
    """Fixes given before in this session."""


class Evaluator(Protocol):
    """Judges turns."""

    def evaluate(self, evidence: Evidence) -> Verdict:
        """Return the verdict on one turn."""
        ...


class BuiltInEvaluator:
    """Takes the reader's atoms, grounds them in the passages and computes the rest."""

    def evaluate(self, evidence: Evidence) -> Verdict:
        """Return the verdict. The same evidence gives the same verdict, but for the time it took."""
        begun = time.perf_counter()
        reading = evidence.reading
        result = grade(reading)
        return Verdict(
            turn=evidence.number,
            grade=result.value,
            why=result.why,
            techniques=grounded(reading.techniques, evidence),
            missteps=grounded(reading.missteps, evidence),
            called_for=reading.called_for,
            fix=fix(reading, evidence.turn, result, evidence.advised),
            rewrite=rewrite(evidence, result),
            by=BY,
            ms=round((time.perf_counter() - begun) * 1000, 2),
        )


def grounded(atoms: Sequence[Atom], evidence: Evidence) -> tuple[Observed, ...]:
    """Keep the atoms whose quote stands in the turn and for which a passage was retrieved."""
    kept = []
    for atom in atoms:
        quote, passages = atom.quote(evidence.turn), evidence.passages.get(atom.id)
        if quote.strip() and passages:
            kept.append(Observed(id=atom.id, quote=quote, passage=passages[0].id))
    return tuple(kept)


def fix(reading: Reading, turn: str, result: Grade, advised: Sequence[str] = ()) -> str:
    """Return the one thing that would have helped most, or what to keep where nothing would.

    What was missing and ``advised`` before gives way to the next thing that was missing.
    """
    if reading.missteps:
        worst = max(reading.missteps, key=lambda atom: SEVERITY[atom.id])
        return f'You wrote "{excerpt(worst.quote(turn), 14)}". {articles()[worst.id].tip}'
    seen = {atom.id: atom for atom in reading.techniques}
    missing = [technique for technique in reading.called_for if technique not in seen]
    value = WORST if result.value is None else result.value
    if missing and value < EXPERT:
        tips = [articles()[technique].tip for technique in missing]
        return next((tip for tip in tips if tip not in advised), tips[0])
    done = [seen[technique] for technique in reading.called_for if technique in seen] or list(reading.techniques)
    if value >= GOOD and done:
        best = max(done, key=lambda atom: atom.end - atom.start)
        return f'Keep doing this: "{excerpt(best.quote(turn), 14)}" ({articles()[best.id].name.lower()}).'
    return "Say it about this customer: name what happened to them, in their own words."


def rewrite(evidence: Evidence, result: Grade) -> str:
    """Return what could have been said instead; empty for a turn that needs none."""
    if result.value == EXPERT:
        return ""
    return coach.rewrite(
        evidence.reading.called_for, evidence.card, evidence.scene, evidence.context, evidence.brief, evidence.suggested
    )
