"""The terminal chat: for people, and as JSON events for programs."""

import io
import sys
from collections import deque
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.panel import Panel
from rich.prompt import Prompt
from rich.text import Text

from graph.calls import Bill, bill
from graph.debrief import Debrief
from graph.errors import MovedOn, NoSuchCard, Paused, Refused
from graph.notes import on_reply
from graph.session import Event, Ring, Session
from knowledge.articles import articles
from knowledge.text import json_line
from personas.card import Card
from ui import words

GRADES = ("harmful", "weak", "adequate", "good", "expert")
FINISH, AGAIN, CARD = "/finish", "/again", "/card"
_WAYS_ON = f"Press Enter or type {AGAIN} to try again, {CARD} to let the card's own words answer, {FINISH} to end."
_SHOWN = ("verdict", "note verdict", "customer", "note reply", "calls", "paused")
"""What a person is shown of a turn, in this order."""


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
    if not session.paused:
        deque(session.resume(), maxlen=0)
    last = session.turns[-1].reply if session.turns else session.opening
    _customer(console, session.card, last.text)
    _quiet(console, on_reply(last.by))
    if session.paused:
        _paused(console, session.card, session.interrupted, session.paused)
    try:
        while session.debrief is None:
            said = Prompt.ask(Text("You"), console=console)
            if said.strip() == FINISH:
                break
            _turn(console, session, said)
    except (EOFError, KeyboardInterrupt):
        console.print(f"\nStopped. Go on with: sparring chat {session.card.id} --resume {session.id}", markup=False)
        return 0
    deque(session.finish(), maxlen=0)
    if session.debrief is not None:
        _debrief(console, session.card, session.debrief)
    if calls := session.calls:
        _quiet(console, _took(bill(calls), session=True))
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
            print(json_line(event), flush=True)


def _heard(session: Session, said: str) -> Iterator[Event]:
    """Take what was typed: a message, or the way on for one that waits; raises Refused."""
    if not session.paused:
        return session.say(said, len(session.turns) + 1)
    if (way := said.strip().lower()) in ("", AGAIN, CARD):
        return session.resume(stand_in=way == CARD)
    raise Paused(f"Your last message still waits for its answer. {_WAYS_ON}")


def _turn(console: Console, session: Session, said: str) -> None:
    """Wait for the end of a turn, then say what came of it: first the verdict, for it is on what was said first."""
    try:
        with console.status(Text(f"{words.first(session.card.name)} is writing")):
            happened = {f"{event['type']} {event.get('about', '')}".strip(): event for event in _heard(session, said)}
    except (Refused, MovedOn) as error:
        console.print(str(error), style="yellow", markup=False)
        return
    for kind in _SHOWN:
        if kind in happened:
            _show(console, session.card, happened[kind])


def _show(console: Console, card: Card, event: Event) -> None:
    match event["type"]:
        case "verdict":
            _verdict(console, event)
        case "customer":
            _customer(console, card, event["text"])
        case "note":
            _quiet(console, event["text"])
        case "calls":
            _quiet(console, _took(Bill.model_validate({name: event[name] for name in Bill.model_fields})))
        case "paused":
            _paused(console, card, event["said"], event["why"])


def _paused(console: Console, card: Card, said: str, why: str) -> None:
    name = words.first(card.name)
    console.print(f"\n{name} could not answer. {why}\nYour message is kept: {said}", style="yellow", markup=False)
    console.print(_WAYS_ON + "\n", markup=False)


def _quiet(console: Console, text: str) -> None:
    if text:
        console.print(f"  {text}", style="dim", markup=False, highlight=False)


def _took(total: Bill, *, session: bool = False) -> str:
    """Return what calls to models took, on one line."""
    rows = "; ".join(f"{name.lower()}: {value}" for name, value in words.took(total, session=session))
    return f"{words.count(total.calls, 'model call')}; {rows}"


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
