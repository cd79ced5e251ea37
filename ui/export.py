"""The debrief as a Markdown text to keep; whatever a trainee, a card or a model wrote stays plain text in it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from graph.calls import bill
from graph.debrief import Debrief, Moment
from graph.types import Turn
from ui import words

if TYPE_CHECKING:
    from graph.session import Session

_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|<>$~&:@-])")
_NUMBERED = re.compile(r"^(\s*\d+)([.)])", re.MULTILINE)


def markdown(session: "Session", report: Debrief) -> str:
    """Return the debrief and the conversation of a session."""
    parts = (
        *(_head(session, report), _moments(report), _scores(report), _rest(report)),
        *(_models(session), _transcript(session)),
    )
    return "\n".join(line for part in parts for line in part)


def plain(text: str) -> str:
    """Return text with everything escaped that Markdown or HTML would take as markup."""
    return _NUMBERED.sub(r"\1\\\2", _MARKS.sub(r"\\\1", text))


def quoted(text: str) -> str:
    """Return text as a block quote."""
    return "\n".join(f"> {plain(line)}".rstrip() for line in text.splitlines() or [""])


def _head(session: "Session", report: Debrief) -> list[str]:
    average = "" if report.average is None else f", average grade {report.average:.1f} of 4"
    trainee = [f"Trainee: {plain(session.person)}  "] if session.person else []
    return [
        f"# Debrief: {plain(session.card.name)}", "", *trainee,
        f"Session: {session.id}  ",
        f"Outcome: {words.OUTCOMES[report.how]}, {words.count(report.turns, 'turn')}{average}", "",
        plain(report.summary), "",
    ]  # fmt: skip


def _moments(report: Debrief) -> Iterator[str]:
    for moment in report.moments:
        yield from (f"## {words.MOMENTS[moment.kind]}, turn {moment.turn}", "")
        yield from ("Customer:", "", quoted(moment.customer), "")
        yield from ("You:", "", quoted(moment.quote), "", plain(moment.why), "")
        if moment.better:
            yield from ("A better line:", "", quoted(moment.better), "")
        yield from _source(moment)


def _source(moment: Moment) -> Iterator[str]:
    found = words.passage(moment.passage) if moment.passage else None
    if found is not None:
        yield from (f"Source: {plain(found.title)} ({plain(words.sources(found))})", "")


def _scores(report: Debrief) -> Iterator[str]:
    yield from ("## Skills", "")
    for score in report.skills:
        said = "not called for" if score.score is None else f"{score.score}% (shown in {score.done} of {score.called})"
        yield f"- {words.SKILLS[score.skill][0]}: {said}"
    yield from ("", "## Mood", "", "| After turn | Anger | Trust | Patience |", "|---|---|---|---|")
    for n, mood in enumerate(report.moods):
        yield f"| {n or 'start'} | {mood.anger:.1f} | {mood.trust:.1f} | {mood.patience:.1f} |"
    yield ""


def _rest(report: Debrief) -> Iterator[str]:
    if report.feedback:
        yield from ("## What the customer says", "")
        for one in report.feedback:
            yield from (f"{words.QUESTIONS[one.question]} {words.LEVELS[one.level]}", "", quoted(one.says), "")
    if report.practise:
        entries = (f"- {plain(one.name)}, {plain(one.why)}. {plain(one.tip)}" for one in report.practise)
        yield from ("## Practise next", "", *entries, "")
    for title, demands in (("Settled", report.demands_met), ("Still open", report.demands_open)):
        if demands:
            yield from (f"## {title}", "", *(f"- {plain(demand)}" for demand in demands), "")


def _models(session: "Session") -> Iterator[str]:
    if calls := session.calls:
        rows = (f"- {name}: {value}" for name, value in words.took(bill(calls), session=True))
        yield from ("## What the models took", "", f"- Calls: {len(calls)}", *rows, "")


def _transcript(session: "Session") -> Iterator[str]:
    yield from ("## The conversation", "", "Customer:", "", quoted(session.opening.text), "")
    for turn in session.turns:
        yield from ("You:", "", quoted(turn.said), "", *_judged(turn), "Customer:", "", quoted(turn.reply.text), "")


def _judged(turn: Turn) -> list[str]:
    verdict = turn.verdict
    said = f"Grade: {words.grade(verdict.grade)}. {plain(verdict.fix)}"
    return [said, "", *([f"You could have said: {plain(verdict.rewrite)}", ""] if verdict.rewrite else [])]
