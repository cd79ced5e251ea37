"""The debrief: how it went, on what evidence, and what to practise next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from graph.calls import Bill, bill
from graph.debrief import Answered, Debrief, Evidence, Moment, SkillScore
from graph.notes import on_reply
from graph.types import Line, Turn
from personas.card import Card
from ui import bubbles, chart, export, look, parts, place, usage, words
from ui.markup import Html, join, label, lines, show, tag
from ui.verdict import better, source, verdict

if TYPE_CHECKING:
    from graph.session import Ring, Session

_SKILLS = "Of the turns that called for a skill, how many showed it, less those that damaged it."


def page(ring: "Ring", session: "Session", report: Debrief, at: place.Place) -> None:
    """Draw the debrief of a session that has ended."""
    card, settled = session.card, session.turns
    look.page("narrow", f"{card.name}, debrief")
    if parts.home_button():
        place.go()
    show(tag("p", "Debrief", cls="sp-eyebrow"), parts.who(card))
    show(_outcome(report))
    _actions(ring, session, report, at)
    if report.turns:
        _body(card, report, settled, session.opening)
    if calls := session.calls:
        parts.section("What the models took", _models(bill(calls)))
    look.aide(f"debrief {session.id}")


def _body(card: Card, report: Debrief, settled: Sequence[Turn], opening: Line) -> None:
    name = words.first(card.name)
    if report.moments:
        parts.section("Moments that mattered", *(_moment(moment, name) for moment in report.moments))
    show(tag("h2", "Mood over the conversation", cls="sp-alone"))
    mood = st.container()
    parts.section("Skills", *(_skill(score) for score in report.skills), lead=_SKILLS)
    if report.feedback:
        parts.section(f"What {name} says", *_feedback(report))
    if report.practise:
        parts.section("Practise next", *_practise(report))
    parts.section(f"What {name} wanted", *_demands(report))
    parts.section("The conversation", parts.fold("Read it with every verdict", *_transcript(card, opening, settled)))
    with mood:  # last: the first chart of a process waits for its libraries
        chart.draw(report.moods)


def _outcome(report: Debrief) -> Html:
    average = None if report.average is None else round(report.average)
    facts = [
        _fact("Outcome", words.OUTCOMES[report.how]),
        _fact("Turns", str(report.turns)),
        _fact("Average grade", "none" if report.average is None else f"{report.average:.1f} of 4",
              "" if average is None else words.GRADES[average]),
    ]  # fmt: skip
    left = report.turns - report.graded
    note = f"{words.count(left, 'turn')} not graded and left out of the scores." if left else ""
    quiet = tag("p", note, cls="sp-quiet") if note else None
    return join(tag("p", report.summary, cls="sp-lead"), tag("dl", *facts, cls="sp-facts"), quiet)


def _fact(name: str, value: str, note: str = "") -> Html:
    return tag("div", tag("dt", name), tag("dd", value, tag("span", f" {note}", cls="sp-quiet") if note else None))


def _actions(ring: "Ring", session: "Session", report: Debrief, at: place.Place) -> None:
    card = session.card
    with st.container(key="actions", horizontal=True):
        if st.button(label(f"Start again with {words.first(card.name)}"), type="primary", key="start-again"):
            place.go(session=ring.open(card.id, session.person).id)
        if st.button("Another customer", key="another"):
            place.go()
        st.download_button(
            "Download as text",
            export.markdown(session, report),
            f"debrief-{session.id}.md",
            "text/markdown",
            key="download",
            on_click="ignore",
            icon=":material/download:",
        )


def _moment(moment: Moment, name: str) -> Html:
    return tag(
        "article",
        tag("h3", words.MOMENTS[moment.kind], tag("span", f"turn {moment.turn}", cls="sp-quiet")),
        tag("p", tag("b", f"{name}: "), lines(moment.customer), cls="sp-context"),
        tag("p", tag("b", "You: "), tag("q", moment.quote), cls="sp-yours"),
        tag("p", moment.why[:1].upper() + moment.why[1:]),
        better(moment.better, "A better line"),
        source(moment.passage),
        cls=f"sp-moment sp-{moment.kind}",
    )


def _skill(score: SkillScore) -> Html:
    name, meaning = words.SKILLS[score.skill]
    said = "not called for" if score.score is None else f"{score.score}%"
    note = _counted(score)
    bar = tag("div", tag("div", style=f"width:{score.score or 0}%"), cls="sp-track", aria_hidden="true")
    head = tag("div", tag("h3", name), tag("p", meaning, cls="sp-quiet"), tag("b", said), cls="sp-skill-head")
    evidence = join(_evidence("Shown", score.shown), _evidence("Damaged", score.damaged))
    more = parts.fold(note or "Evidence", evidence) if evidence else tag("p", note, cls="sp-quiet") if note else None
    return tag("div", head, bar if score.score is not None else None, more, cls="sp-skill")


def _counted(score: SkillScore) -> str:
    if score.score is None:
        return ""
    harmed = len({one.turn for one in score.damaged})
    called = f"Shown in {score.done} of {words.count(score.called, 'turn')} that called for it" if score.called else ""
    damaged = f"damaged in {words.count(harmed, 'turn')}" if harmed else ""
    return ", ".join(part for part in (called or "Not called for", damaged) if part)


def _evidence(title: str, found: Sequence[Evidence]) -> Html | None:
    if not found:
        return None
    entries = (
        tag("li", tag("b", words.technique(one.id)), f", turn {one.turn}: ", tag("q", one.quote)) for one in found
    )
    return join(tag("h4", title), tag("ul", *entries))


def _feedback(report: Debrief) -> list[Html]:
    return [_answer(one) for one in report.feedback]


def _answer(one: Answered) -> Html:
    level = tag("span", words.LEVELS[one.level], cls=f"sp-level-{one.level}")
    asked = tag("h3", words.QUESTIONS[one.question], level)
    record = tag("p", f"On record: {one.because}.", cls="sp-quiet")
    return tag("div", asked, tag("blockquote", lines(one.says)), record, cls="sp-answer")


def _practise(report: Debrief) -> list[Html]:
    return [
        tag("div", tag("h3", one.name, tag("span", one.why, cls="sp-quiet")), tag("p", one.tip), cls="sp-practice")
        for one in report.practise
    ]


def _demands(report: Debrief) -> list[Html | None]:
    missed = report.facts_missed
    hidden = f"{words.count(missed, 'thing')} never came out that asking would have brought to light." if missed else ""
    return [
        join(tag("h3", "Settled"), parts.bullets(report.demands_met, "sp-met")) if report.demands_met else None,
        join(tag("h3", "Still open"), parts.bullets(report.demands_open, "sp-open")) if report.demands_open else None,
        tag("p", hidden, cls="sp-quiet") if hidden else None,
    ]


def _transcript(card: Card, opening: Line, settled: Sequence[Turn]) -> list[Html]:
    said = _reply(card, opening)
    for turn in settled:
        said += [bubbles.own(turn.said), verdict(turn.verdict), *_reply(card, turn.reply)]
    return said


def _reply(card: Card, line: Line) -> list[Html]:
    return [bubbles.theirs(card, line.text), usage.foot(on_reply(line.by), None)]


def _models(total: Bill) -> Html:
    return join(tag("p", f"{words.count(total.calls, 'call')} in this session."), usage.rows(total, session=True))
