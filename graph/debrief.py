"""Looks back on a session. Everything here is traced to verdicts and moods that were recorded."""

import random
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from graph.grading import EXPERT
from graph.types import Frozen, How, Mood, Turn, Verdict
from knowledge.articles import articles
from knowledge.taxonomy import MISSTEPS, SKILLS, TECHNIQUES, Skill
from personas.card import Card

Level = Literal["yes", "partly", "no"]
Question = Literal["heard", "understood", "satisfied", "would_return"]


class Evidence(Frozen):
    """One observed atom of one turn."""

    turn: int
    id: str
    quote: str


class SkillScore(Frozen):
    """How one skill went."""

    skill: Skill
    score: int | None = Field(ge=0, le=100)
    """Share of the turns that called for the skill in which it was shown, less the turns it was damaged,
    in percent. None: no turn called for it, none damaged it."""
    called: int
    """Turns that called for a technique of this skill, but for those graded expert without one: nothing was
    missed there."""
    done: int
    """Of these, turns that showed one."""
    shown: tuple[Evidence, ...]
    damaged: tuple[Evidence, ...]


class Moment(Frozen):
    """A turn worth looking at again."""

    kind: Literal["best", "turning", "costliest"]
    turn: int
    customer: str
    """What the customer had just said."""
    quote: str
    """What the trainee wrote, or the part that mattered."""
    why: str
    passage: str
    """Id of the passage behind `why`; empty where there is none."""
    better: str
    """What could have been said; empty where it needs nothing."""


class Answered(Frozen):
    """One thing the customer was asked afterwards."""

    question: Question
    level: Level
    says: str
    because: str
    """What in the record it rests on."""


class Practice(Frozen):
    """What to practise next."""

    id: str
    name: str
    why: str
    tip: str


class Debrief(Frozen):
    """The whole debrief."""

    how: How
    turns: int
    graded: int
    average: float | None
    """Mean grade of the graded turns; None where none was."""
    summary: str
    skills: tuple[SkillScore, ...]
    moods: tuple[Mood, ...]
    """Mood at the start and after each turn."""
    moments: tuple[Moment, ...]
    feedback: tuple[Answered, ...]
    practise: tuple[Practice, ...]
    demands_met: tuple[str, ...]
    demands_open: tuple[str, ...]
    facts_missed: int
    """Hidden facts that never came out."""
    by: str


def debrief(card: Card, opening: str, start: Mood, turns: Sequence[Turn], met: Sequence[str], told: Sequence[str],
            how: How, seed: int) -> Debrief:  # fmt: skip
    """Debrief a session from its settled turns."""
    grades = [t.verdict.grade for t in turns if t.verdict.grade is not None]
    skills = tuple(skill_score(skill, [t.verdict for t in turns]) for skill in SKILLS)
    settled = [d.what for d in card.demands if d.id in met]
    return Debrief(
        how=how,
        turns=len(turns),
        graded=len(grades),
        average=round(sum(grades) / len(grades), 2) if grades else None,
        summary=_summary(card, how, turns, len(settled)),
        skills=skills,
        moods=(start, *(t.mood for t in turns)),
        moments=tuple(_moments(opening, start, turns)),
        feedback=_feedback(card, turns, met, how, seed),
        practise=_practise(turns),
        demands_met=tuple(settled),
        demands_open=tuple(d.what for d in card.demands if d.id not in met),
        facts_missed=len(card.facts) - len(told),
        by="built-in",
    )


def skill_score(skill: Skill, verdicts: Sequence[Verdict]) -> SkillScore:
    """Score one skill over graded turns; turns without a grade are left out."""
    called = done = 0
    shown: list[Evidence] = []
    damaged: list[Evidence] = []
    for verdict in (v for v in verdicts if v.grade is not None):
        here = [a for a in verdict.techniques if TECHNIQUES[a.id] == skill]
        wrong = [a for a in verdict.missteps if MISSTEPS[a.id] == skill]
        if any(TECHNIQUES[c] == skill for c in verdict.called_for) and (here or not _expert(verdict)):
            called += 1
            done += bool(here)
        shown += [Evidence(turn=verdict.turn, id=a.id, quote=a.quote) for a in here]
        damaged += [Evidence(turn=verdict.turn, id=a.id, quote=a.quote) for a in wrong]
    harmed = len({e.turn for e in damaged})
    chances = max(called, harmed)
    score = round(100 * max(0.0, done - harmed) / chances) if chances else None
    return SkillScore(skill=skill, score=score, called=called, done=done, shown=tuple(shown), damaged=tuple(damaged))


def _expert(verdict: Verdict) -> bool:
    return verdict.grade == EXPERT


def _summary(card: Card, how: How, turns: Sequence[Turn], settled: int) -> str:
    first = card.name.split()[0]
    ended = {
        "resolved": f"{first} left with what was needed",
        "partly": f"{first} left with part of it",
        "walks_out": f"{first} gave up on you and left",
        "manager": f"{first} took it to a manager",
        "public": f"{first} took it to the public",
        "stopped": "You ended it before anything was settled",
    }[how]
    if not turns:
        return "You ended it before saying anything, so there is nothing to look back on."
    moved = turns[0].before.anger - turns[-1].mood.anger
    heat = (
        "cooler than at the start"
        if moved > 0.5
        else "angrier than at the start"
        if moved < -0.5
        else "as angry as at the start"
    )
    settled_in = f"{settled} of {len(card.demands)} demands settled in {_count(len(turns), 'turn')}"
    return (
        f"{ended}, after {_count(len(turns), 'turn')}, {heat}."
        if how == "stopped"
        else f"{ended}, {settled_in}, {heat}."
    )


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


# Moments


def _moments(opening: str, start: Mood, turns: Sequence[Turn]) -> list[Moment]:
    """Pick the best, the turning and the costliest turn, no turn twice."""
    graded = [t for t in turns if t.verdict.grade is not None]
    moments: list[Moment] = []
    heard = {t.number: (turns[i - 1].reply.text if i else opening) for i, t in enumerate(turns)}
    good = [t for t in graded if (t.verdict.grade or 0) >= 3]
    if good:
        best = max(good, key=lambda t: (t.verdict.grade or 0, _relief(t)))
        moments.append(_moment("best", best, heard[best.number]))
    costly = [t for t in graded if (t.verdict.grade or 0) <= 2 and t not in good]
    if costly:
        worst = min(costly, key=lambda t: (_relief(t), t.verdict.grade or 0))
        moments.append(_moment("costliest", worst, heard[worst.number]))
    left = [t for t in graded if t.number not in {m.turn for m in moments}]
    turned = max(left, key=lambda t: abs(_relief(t)), default=None)
    if turned is not None and abs(_relief(turned)) >= 0.6:
        moments.append(_moment("turning", turned, heard[turned.number]))
    return sorted(moments, key=lambda m: m.turn)


def _relief(turn: Turn) -> float:
    """Return how much better the customer felt after the turn: trust gained and anger lost."""
    return (turn.mood.trust - turn.before.trust) - (turn.mood.anger - turn.before.anger)


def _moment(kind: Literal["best", "turning", "costliest"], turn: Turn, customer: str) -> Moment:
    verdict = turn.verdict
    better = _relief(turn) >= 0
    atoms = (verdict.techniques or verdict.missteps) if better else (verdict.missteps or verdict.techniques)
    atom = atoms[0] if atoms else None
    was, now = turn.before, turn.mood
    change = f"Anger {was.anger:.1f} to {now.anger:.1f}, trust {was.trust:.1f} to {now.trust:.1f}."
    reason = verdict.why[:1].upper() + verdict.why[1:] + "."
    if atom in verdict.missteps and atom is not None:
        reason = f"{articles()[atom.id].name}. {articles()[atom.id].tip}"
    elif better and atom is not None:
        reason = "; ".join(articles()[one.id].name for one in verdict.techniques[:3]) + "."
    return Moment(
        kind=kind,
        turn=turn.number,
        customer=customer,
        quote=atom.quote if atom else turn.said,
        why=f"{reason} {change}",
        passage=atom.passage if atom else "",
        better="" if kind == "best" else verdict.rewrite,
    )


# The customer's own feedback


def _feedback(card: Card, turns: Sequence[Turn], met: Sequence[str], how: How, seed: int) -> tuple[Answered, ...]:
    if not turns:
        return ()
    chance = random.Random(f"{seed}/feedback")
    answers = _levels(turns, len(met), len(card.demands), how)
    return tuple(
        Answered(
            question=question,
            level=level,
            says=chance.choice(getattr(getattr(card.feedback, question), level)),
            because=because,
        )
        for question, (level, because) in answers.items()
    )


_HEARD = frozenset({"invite_to_vent", "paraphrase", "clarifying_question"})
_UNDERSTOOD = frozenset({"acknowledge_feeling", "paraphrase", "use_history"})
_DEAF = frozenset({"dismiss", "rush_to_fix", "empty_script", "argue", "rude", "tell_to_calm_down", "blame_customer"})


def _levels(turns: Sequence[Turn], met: int, demands: int, how: How) -> dict[Question, tuple[Level, str]]:
    listened = sum(bool(_HEARD & {a.id for a in t.verdict.techniques}) for t in turns)
    understood = sum(bool(_UNDERSTOOD & {a.id for a in t.verdict.techniques}) for t in turns)
    deaf = sum(bool(_DEAF & {a.id for a in t.verdict.missteps}) for t in turns)
    last = turns[-1].mood
    share = met / demands
    return {
        "heard": (
            _level((listened - deaf) / len(turns), 0.3, 0.0),
            f"listened to in {listened}, brushed aside in {deaf} of {_count(len(turns), 'turn')}",
        ),
        "understood": (
            _level((understood - deaf) / len(turns), 0.25, 0.0),
            f"shown to be understood in {understood} of {_count(len(turns), 'turn')}",
        ),
        "satisfied": ("yes" if how == "resolved" else _level(share, 0.99, 0.3), f"{met} of {demands} demands settled"),
        "would_return": (
            _level(last.trust - last.anger, 1.0, -1.5),
            f"trust {last.trust:.1f}, anger {last.anger:.1f} at the end",
        ),
    }  # fmt: skip


def _level(value: float, yes: float, partly: float) -> Level:
    return "yes" if value >= yes else "partly" if value > partly else "no"


# What to practise


def _practise(turns: Sequence[Turn]) -> tuple[Practice, ...]:
    """Name what cost most: missteps made, then techniques called for and missed, three in all."""
    made: dict[str, int] = {}
    missed: dict[str, int] = {}
    for verdict in (t.verdict for t in turns if t.verdict.grade is not None):
        for atom in verdict.missteps:
            made[atom.id] = made.get(atom.id, 0) + 1
        left_out = set() if _expert(verdict) else set(verdict.called_for) - {a.id for a in verdict.techniques}
        for technique in left_out:
            missed[technique] = missed.get(technique, 0) + 1
    worst = sorted(made.items(), key=lambda item: (-item[1], item[0]))[:2]
    lacking = sorted(missed.items(), key=lambda item: (-item[1], item[0]))[: 3 - len(worst)]
    reasons = [(one, f"done in {_count(n, 'turn')}") for one, n in worst]
    reasons += [(one, f"called for and missed in {_count(n, 'turn')}") for one, n in lacking]
    return tuple(Practice(id=one, name=articles()[one].name, why=why, tip=articles()[one].tip) for one, why in reasons)
