"""The face of the ring: open a session, say something, finish, resume, list.

Pages, terminals and evals reach a session through this module alone.
"""

import random
import secrets
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from graph import checkpoints, workflow
from graph.ahead import Ahead
from graph.calls import Bill, bill
from graph.cast import cast, opened
from graph.customer import Customer
from graph.debrief import Debrief
from graph.errors import BadInput, Busy, MovedOn, NoSuchCard, Over, Paused, Unusable
from graph.evaluator import Evaluator
from graph.notes import on_reply, on_verdict
from graph.settings import Settings, writable
from graph.store import Begun, Store, now
from graph.typed import checked
from graph.types import Call, Line, Mood, Scene, Summary, Turn, Verdict
from graph.workflow import STAND_IN, Parts
from knowledge.index import IndexUnusable, Progress
from knowledge.reader import load_reader
from knowledge.reading import Reader
from knowledge.search import Knowledge
from personas.card import Card
from personas.lint import lint
from personas.loader import Problem, load_all

if TYPE_CHECKING:
    from graph.gateway import Gateway

Event = dict[str, Any]
"""One thing that happened, with a ``type``: words (a piece of the reply), customer (the whole reply), verdict,
mood, ended, debrief; with models also note (something the trainee should know about the verdict or the reply), calls
(what the turn's calls add up to) and paused (the customer's model failed: nothing is lost, `Session.resume` tries
again)."""

MAX_NAME = 100
"""Longest name of a person."""
MAX_SEED = 2**31
"""Seeds are taken modulo this, the most that every database holds."""
_TURN_TIMEOUT_S = 0.2
_OPEN_TIMEOUT_S = 60
"""Two processes that make the same tables at once stumble over each other: they take turns."""


class Ring:
    """One installation: its cards, knowledge, store and sessions."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        customer: Customer | None = None,
        evaluator: Evaluator | None = None,
        reader: Reader | None = None,
        knowledge: Knowledge | None = None,
        progress: Progress | None = None,
        gateway: "Gateway | None" = None,
        durable: bool = True,
    ) -> None:
        """Open everything under the data directory.

        Who is not given is model-backed where the settings name a model, or a gateway is given, and built-in else.
        Not durable, sessions cannot be taken up again once this is closed: for measurements, which play thousands.

        Raises:
            Unusable: the data directory, the index or the store cannot be used.
        """
        self.settings = settings or Settings.from_environment()
        data = self.settings.data
        self.knowledge = knowledge or open_knowledge(self.settings, progress)
        self._locks = writable(data / "locks")
        with FileLock(self._locks / "opening.lock", timeout=_OPEN_TIMEOUT_S):
            self.store = Store(self.settings.store_url)
            self._checkpoints = checkpoints.opened(data / "checkpoints.sqlite" if durable else None)
        self._durability = "sync" if durable else "exit"
        self._begun = lru_cache(maxsize=256)(self.store.begun)
        reader = reader or load_reader()
        self._ahead = Ahead(reader) if durable else None
        self.gateway = gateway or opened(self.settings)
        players = cast(self.settings, self.gateway, self.knowledge, reader)
        parts = Parts(
            reader=reader,
            knowledge=self.knowledge,
            customer=customer or players.customer,
            evaluator=evaluator or players.evaluator,
            store=self.store,
            card_of=lambda session: self._begun(session).card,
            debriefer=players.debriefer,
            asks=self.gateway is not None,
            ahead=self._ahead,
        )
        self._app = workflow.build(parts, self._checkpoints)

    def cards(self) -> tuple[list[Card], list[Problem]]:
        """Return the usable cards, easiest first, and what is wrong with the others."""
        good: dict[str, Card] = {}
        problems: list[Problem] = []
        for loaded in load_all(list(self.settings.cards)):
            if found := lint(loaded):
                problems += found
            elif loaded.card is not None:
                good[loaded.card.id] = loaded.card
        return sorted(good.values(), key=lambda card: (card.difficulty, card.name)), problems

    def open(self, card_id: str, person: str = "", seed: int | None = None) -> "Session":
        """Begin a session; the customer speaks first.

        Args:
            card_id: which customer.
            person: whose session; lines this person heard before are avoided.
            seed: the same seed, card and words give the same session; drawn where not given.

        Raises:
            NoSuchCard: no usable card of that id; the message lists those there are, or what is wrong.
            BadInput: the name is too long.
        """
        if len(person) > MAX_NAME:
            raise BadInput(f"The name has {len(person)} characters, {MAX_NAME} is the most. Fix: shorten it.")
        cards, problems = self.cards()
        card = next((card for card in cards if card.id == card_id), None)
        if card is None:
            broken = [str(p) for p in problems if p.file.endswith(f"/{card_id}.yaml")]
            known = ", ".join(card.id for card in cards)
            detail = f"is broken:\n{chr(10).join(broken)}" if broken else f"does not exist. Fix: choose one of {known}"
            raise NoSuchCard(f"The card {card_id!r} {detail}")
        session_id = f"{now()[:10]}-{secrets.token_hex(4)}"
        seed = random.SystemRandom().randrange(MAX_SEED) if seed is None else seed % MAX_SEED
        self.store.begin(Begun(id=session_id, person=person, card=card, seed=seed, started=now()))
        session = Session(self, session_id)
        session.greet()
        return session

    def resume(self, session_id: str) -> "Session":
        """Take a session up again; raises NoSuchSession."""
        self._begun(session_id)
        return Session(self, session_id)

    def list(self, person: str | None = None) -> "list[Summary]":
        """List sessions, newest first; of one person where given."""
        return self.store.sessions(person)

    def forget(self, session_id: str) -> None:
        """Drop the live state of a session, which cannot be gone on with then; what was recorded of it stays."""
        self._checkpoints.delete_thread(session_id)

    def close(self) -> None:
        """Let go of files and connections."""
        if self._ahead is not None:
            self._ahead.close()
        checkpoints.close(self._checkpoints)
        self.store.close()

    @contextmanager
    def lock(self, session_id: str) -> Iterator[None]:
        """Hold a session against other tabs and processes; raises Busy."""
        try:
            with FileLock(self._locks / f"{session_id}.lock", timeout=_TURN_TIMEOUT_S, thread_local=False):
                yield
        except Timeout:
            raise Busy("Another window is in the middle of a turn here. Wait for its answer, then try again.") from None


class Session:
    """One trainee with one customer. Cheap to make again: all state is on disk."""

    def __init__(self, ring: Ring, session_id: str) -> None:
        """Take up the session; it must exist."""
        self.id = session_id
        self._ring = ring
        self._config: Any = {"configurable": {"thread_id": session_id}}

    @property
    def card(self) -> Card:
        """Return the card as it was when the session was opened."""
        return self._ring._begun(self.id).card

    @property
    def person(self) -> str:
        """Return whose session it is."""
        return self._ring._begun(self.id).person

    @property
    def seed(self) -> int:
        """Return what the customer's choices are drawn from."""
        return self._ring._begun(self.id).seed

    @property
    def opening(self) -> Line:
        """Return the customer's first message."""
        return Line.model_validate(self._state()["opening"])

    @property
    def turns(self) -> list[Turn]:
        """Return the settled turns, in order."""
        return [Turn.model_validate(turn) for turn in self._state().get("turns", [])]

    @property
    def mood(self) -> Mood:
        """Return the customer's mood now."""
        return Scene.model_validate(self._state()["scene"]).mood

    @property
    def debrief(self) -> Debrief | None:
        """Return the debrief; None while the session goes on."""
        report = self._state().get("debrief")
        return Debrief.model_validate(report) if report else None

    @property
    def interrupted(self) -> str:
        """Return the message whose turn was cut off, by a crash or a restart; empty where none was."""
        snapshot = self._ring._app.get_state(self._config)
        return str(snapshot.values.get("said", "")) if snapshot.tasks else ""

    @property
    def paused(self) -> str:
        """Return why the turn in progress waits for the trainee to try again; empty where none does."""
        tasks = self._ring._app.get_state(self._config).tasks
        return next((str(one.value) for task in tasks for one in task.interrupts), "")

    @property
    def judged(self) -> Verdict | None:
        """Return the verdict on the turn in progress: it is kept while that waits. None where it was not given yet."""
        tasks = self._ring._app.get_state(self._config).tasks
        results = [task.result for task in tasks if task.name == "evaluate" and task.result]
        return Verdict.model_validate(results[0]["verdict"]) if results else None

    @property
    def calls(self) -> list[Call]:
        """Return every call to a model in this session, those of turns that were tried again included."""
        return self._ring.store.calls(self.id)

    @property
    def bills(self) -> dict[int, Bill]:
        """Return what the calls of each turn add up to; 0 is the first message, the last may be the debrief."""
        return {number: bill(calls) for number, calls in self._ring.store.calls_by_turn(self.id).items()}

    def greet(self) -> None:
        """Have the customer speak first."""
        with self._ring.lock(self.id):
            for _ in self._finish_interrupted():
                pass

    def say(self, text: str, number: int | None = None) -> Iterator[Event]:
        """Say something as the trainee, and yield what happens.

        Args:
            text: the message, 1 to MAX_CHARS characters once control characters and outer white space are gone.
            number: which turn this is meant to be, from 1; the same message sent twice for one turn is taken once
                and its events are told again.

        Raises:
            EmptyTurn, TurnTooLong, MovedOn, Busy, Paused, Over: nothing was taken, the session is unchanged.
        """
        said = checked(text)
        with self._ring.lock(self.id):
            cut_off = list(self._finish_interrupted())
            if _pauses(cut_off):
                yield from self._still_paused(said, cut_off)
                return
            state = self._state()
            turns = state["turns"]
            if number is not None and number <= len(turns):
                if turns[number - 1]["said"] != said:
                    raise MovedOn
                yield from self.told(number)
                return
            yield from cut_off
            if state.get("debrief"):
                raise Over("This session has ended. Read its debrief, or open a new one.")
            yield from self._run({"said": said})

    def resume(self, *, stand_in: bool = False) -> Iterator[Event]:
        """Finish a turn that was cut off or paused, and yield what happens; nothing where none was.

        Args:
            stand_in: have the card's own words answer in the place of the customer's model.
        """
        with self._ring.lock(self.id):
            yield from self._finish_interrupted(stand_in=stand_in)

    def finish(self) -> Iterator[Event]:
        """End the session and yield its end and debrief; told again where it had ended.

        A paused turn is answered with the card's own words, so that a session can be ended without its model.
        """
        with self._ring.lock(self.id):
            cut_off = list(self._finish_interrupted(stand_in=True))
            yield from (event for event in cut_off if event["type"] not in ("ended", "debrief"))
            if self.debrief is None:
                yield from self._run({"finishing": True})
            else:
                yield from self._ending()

    def told(self, number: int) -> Iterator[Event]:
        """Yield the events of a settled turn again."""
        turn = self.turns[number - 1]
        yield {"type": "customer", "text": turn.reply.text}
        yield from _noted("reply", on_reply(turn.reply.by))
        yield from _verdict(turn.verdict)
        if self._ring.gateway is not None:
            yield {"type": "calls", "turn": number, **bill(self._ring.store.calls(self.id, number)).model_dump()}
        yield {"type": "mood", **turn.mood.model_dump()}
        if (report := self.debrief) is not None and number == report.turns:
            yield from self._ending()

    def _still_paused(self, said: str, happened: list[Event]) -> Iterator[Event]:
        """Yield that the turn waits on, where it is the one that was sent again; raises Paused where it is not."""
        if said != self.interrupted:
            raise Paused(f"Your last message still waits for its answer. {happened[-1]['why']}")
        yield from happened

    def _finish_interrupted(self, *, stand_in: bool = False) -> Iterator[Event]:
        """Do what was begun and cut off, and yield all of it: a turn, a debrief, or the customer's first message.

        The words of a reply are yielded as they come, all else once it is settled.
        """
        snapshot = self._ring._app.get_state(self._config)
        if snapshot.tasks:  # not `next`: that is empty where every task was done and the step was not yet recorded
            happened = []
            for event in self._run(None, stand_in=stand_in):
                if event["type"] == "words":
                    yield event
                else:
                    happened.append(event)
            if _pauses(happened):
                yield from happened
            elif snapshot.values.get("said"):
                yield from self.told(len(self.turns))
            else:
                yield from self._ending()
        elif not snapshot.values:
            begun = self._ring._begun(self.id)
            seen = self._ring.store.spoken(begun.person, begun.card.id, self.id)
            yield from self._run({"session": self.id, "seed": begun.seed, "seen": sorted(seen)})

    def _ending(self) -> Iterator[Event]:
        if (report := self.debrief) is not None:
            yield {"type": "ended", "how": report.how}
            yield {"type": "debrief", **report.model_dump()}

    def _run(self, update: dict[str, Any] | None, *, stand_in: bool = False) -> Iterator[Event]:
        """Run the workflow and yield its events; a caller who stops listening does not stop the turn."""
        config = {"configurable": {**self._config["configurable"], STAND_IN: True}} if stand_in else self._config
        how: Any = {"stream_mode": "custom", "durability": self._ring._durability}
        parts: Iterator[Any] = self._ring._app.stream(update, config, **how)  # type: ignore[arg-type]
        paused: Event | None = None
        judged = False
        try:
            for part in parts:
                judged = judged or part["type"] == "verdict"
                if part["type"] == "paused":
                    paused = part  # told last, for the judge may be at work still
                else:
                    yield part
        except GeneratorExit:
            deque(parts, maxlen=0)
            raise
        if paused is not None:
            if not judged and (verdict := self.judged) is not None:  # it was given before, and is kept
                yield from _verdict(verdict)
            yield paused

    def _state(self) -> dict[str, Any]:
        values: dict[str, Any] = self._ring._app.get_state(self._config).values
        return values


def _verdict(verdict: Verdict) -> Iterator[Event]:
    yield {"type": "verdict", **verdict.model_dump()}
    yield from _noted("verdict", on_verdict(verdict.by))


def _noted(about: str, text: str) -> Iterator[Event]:
    if text:
        yield {"type": "note", "about": about, "text": text}


def _pauses(happened: list[Event]) -> bool:
    return bool(happened) and happened[-1]["type"] == "paused"


def open_knowledge(settings: Settings | None = None, progress: Progress | None = None) -> Knowledge:
    """Open the knowledge base alone, without sessions; raises Unusable."""
    settings = settings or Settings.from_environment()
    try:
        return Knowledge(settings.data / "index", progress)
    except IndexUnusable as error:
        raise Unusable(str(error)) from error
