"""The terminal chat: for people, and as JSON events for programs."""

import io
import json
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.panel import Panel
from rich.prompt import Prompt
from rich.text import Text

from graph.debrief import Debrief
from graph.errors import MovedOn, NoSuchCard, Refused
from graph.session import Event, Ring, Session
from knowledge.articles import articles
from personas.card import Card

GRADES = ("harmful", "weak", "adequate", "good", "expert")


def events(card_id: str, person: str, seed: int | None, resume: str | None) -> int:
    """Play a session between standard input and output: a line in is a turn, a line out is an event.

    Both are UTF-8 whatever the terminal is set to: the other end is a program.
    """
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "strict")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)
    session = _session(Ring(), card_id, person, seed, resume)
    _emit([{"type": "session", "id": session.id, "card": session.card.id}])
    _emit(session.resume())
    last = session.turns[-1].reply if session.turns else session.opening
    _emit([{"type": "customer", "text": last.text}, {"type": "mood", **session.mood.model_dump()}])
    for line in sys.stdin:
        if session.debrief is not None:
            return 0
        try:
            _emit(session.say(line))
        except Refused as error:
            _emit([{"type": "refused", "why": str(error)}])
    if session.debrief is None:
        _emit(session.finish())
    return 0


def chat(card_id: str, person: str, seed: int | None, resume: str | None) -> int:
    """Play a session with a person at the keyboard."""
    console = Console()
    with console.status("Opening the ring"):
        session = _session(Ring(), card_id, person, seed, resume)
    _brief(console, session.card)
    for _ in session.resume():
        pass
    _customer(console, session.card, (session.turns[-1].reply if session.turns else session.opening).text)
    try:
        while session.debrief is None:
            said = Prompt.ask(Text("You"), console=console)
            if said.strip() == "/finish":
                break
            _say(console, session, said)
    except (EOFError, KeyboardInterrupt):
        console.print(f"\nStopped. Go on with: sparring chat {session.card.id} --resume {session.id}", markup=False)
        return 0
    for _ in session.finish():
        pass
    if session.debrief is not None:
        _debrief(console, session.card, session.debrief)
    return 0


def _session(ring: Ring, card_id: str, person: str, seed: int | None, resume: str | None) -> Session:
    if resume is None:
        return ring.open(card_id, person, seed)
    session = ring.resume(resume)
    if session.card.id != card_id:
        raise NoSuchCard(
            f"The session {resume} is with {session.card.id!r}. Fix: sparring chat {session.card.id} --resume {resume}"
        )
    return session


def _emit(happened: Iterable[Event]) -> None:
    for event in happened:
        if event["type"] != "words":
            print(json.dumps(event, ensure_ascii=False), flush=True)


def _say(console: Console, session: Session, said: str) -> None:
    try:
        happened = list(session.say(said, len(session.turns) + 1))
    except (Refused, MovedOn) as error:
        console.print(str(error), style="yellow", markup=False)
        return
    for event in happened:
        if event["type"] == "verdict":
            _verdict(console, event)
    for event in happened:
        if event["type"] == "customer":
            _customer(console, session.card, event["text"])


def _brief(console: Console, card: Card) -> None:
    side = card.trainee
    parts = [side.role, "", side.briefing, "", "Your goals:", *(f"  - {goal}" for goal in side.goals)]
    parts += ["", "On the record:", *(f"  {line.label}: {line.value}" for line in side.record.details)]
    parts += [f"  {event.when}: {event.what}" for event in side.record.history]
    parts += [
        "",
        "You may:",
        *(f"  - {one}" for one in side.may),
        "You may not:",
        *(f"  - {one}" for one in side.may_not),
    ]
    console.print(
        Panel(Text("\n".join(parts)), title=Text(f"{card.name}, {card.kind}"), subtitle="/finish ends the conversation")
    )


def _customer(console: Console, card: Card, text: str) -> None:
    console.print(Text.assemble((f"\n{card.name}: ", "bold"), text, "\n"))


def _verdict(console: Console, event: Event) -> None:
    grade = "not graded" if event["grade"] is None else f"{event['grade']} {GRADES[event['grade']]}"
    lines = [(f"  [{grade}] {event['fix']}\n", "cyan")]
    if event["rewrite"]:
        lines.append((f"  You could have said: {event['rewrite']}\n", "dim"))
    console.print(Text.assemble(*lines), end="")


def _debrief(console: Console, card: Card, report: Debrief) -> None:
    lines = [report.summary, ""]
    for skill in report.skills:
        shown = (
            "not called for"
            if skill.score is None
            else f"{skill.score:3d} %  shown in {skill.done} of {skill.called} turns"
        )
        lines.append(f"{skill.skill:10} {shown}")
    for moment in report.moments:
        lines += ["", f"{moment.kind.capitalize()} moment, turn {moment.turn}", f'  They said: "{moment.customer}"']
        lines += [f'  You wrote: "{moment.quote}"', f"  {moment.why}"]
        lines += [f"  Better: {moment.better}"] if moment.better else []
    lines += ["", f"What {card.name} says afterwards:", *(f"  {one.says}" for one in report.feedback)]
    lines += ["", "Practise next:", *(f"  {one.name}: {one.tip} ({one.why})" for one in report.practise)]
    read = sorted({one.id for one in report.practise} & articles().keys())
    lines += [f"  Read: knowledge/techniques/{one}.md" for one in read]
    console.print(Panel(Text("\n".join(lines)), title="Debrief"))
