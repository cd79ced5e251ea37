r"""The LangGraph workflow of one turn. Wiring only: every step is a function of another module.

    greet                                      a new session: the customer speaks first
    read -> customer -+-> settle -> (debrief)
        \-> evaluate -+
    debrief                                    the trainee ends the session

A node is what is not done again when a turn that was cut off is taken up: each one costs a checkpoint. So the reader
and the director, who are quick and always say the same, share one, and the passages are retrieved where they are used,
beside the customer, who does not wait for them.

State holds plain values (JSON), so that a checkpoint is readable by any later version. Events go out through
the stream writer as they happen; `graph.session` passes them on.

A model that fails stops here. The customer's failure interrupts the turn once the verdict is kept, and the turn is
taken up again where it stopped; greeting, verdict and debrief are replaced by the built-in ones, and say so.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol, TypedDict, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import interrupt

from graph.ahead import Ahead
from graph.calls import bill, collected
from graph.customer import BuiltInCustomer, Cue, Customer
from graph.debrief import Debrief, debrief
from graph.director import begin, direct
from graph.errors import ModelError
from graph.evaluator import BuiltInEvaluator, Evaluator, Evidence
from graph.hearing import Found, Heard, hear
from graph.mood import start
from graph.notes import instead, on_reply, on_verdict
from graph.store import Store, now
from graph.types import Direction, Line, Mood, Observed, Scene, Step, Turn, Verdict
from knowledge.reading import Atom, Brief, Reader, Reading, Said
from knowledge.search import Knowledge
from personas.card import Card

Update = dict[str, Any]
STAND_IN = "stand_in"
"""Set in a run's configuration, it has the built-in customer answer for the model."""


class Debriefer(Protocol):
    """Puts a debrief into other words."""

    def write(self, debrief: Debrief, transcript: Sequence[Said]) -> Debrief:
        """Return the debrief, retold."""
        ...


class State(TypedDict, total=False):
    """The state of one session; every value is JSON."""

    session: str
    seed: int
    seen: list[str]
    """Lines heard in earlier sessions."""
    opening: Update
    turns: list[Update]
    scene: Update
    said: str
    """The trainee's message of the turn in progress; empty between turns."""
    finishing: bool
    reading: Update
    heard: Update
    direction: Update
    reply: Update
    verdict: Update
    debrief: Update


@dataclass(frozen=True, slots=True)
class Parts:
    """What the workflow is made of; tests put doubles in."""

    reader: Reader
    knowledge: Knowledge
    customer: Customer
    evaluator: Evaluator
    store: Store
    card_of: Callable[[str], Card]
    """Session id to the card it was opened with."""
    debriefer: Debriefer | None = None
    asks: bool = False
    """Whether models are asked: their calls are recorded then."""
    ahead: Ahead | None = None
    """Prepares the reader for the next turn while it is written; not where nobody writes."""


def build(parts: Parts, checkpointer: BaseCheckpointSaver[Any]) -> CompiledStateGraph[State, None, State, State]:
    """Wire one session's workflow."""
    nodes = _Nodes(parts)
    graph = StateGraph(State)
    for name in ("greet", "read", "customer", "evaluate", "settle", "debrief"):
        graph.add_node(name, getattr(nodes, name))
    graph.add_conditional_edges(START, _enter)
    graph.add_edge("greet", END)
    graph.add_edge("read", "customer")
    graph.add_edge("read", "evaluate")
    graph.add_edge(["customer", "evaluate"], "settle")
    graph.add_conditional_edges("settle", _after)
    graph.add_edge("debrief", END)
    return graph.compile(checkpointer=checkpointer)


def _enter(state: State) -> Literal["greet", "read", "debrief"]:
    if "opening" not in state:
        return "greet"
    return "debrief" if state.get("finishing") else "read"


def _after(state: State) -> Literal["debrief", "__end__"]:
    return "debrief" if state["turns"][-1]["ended"] else "__end__"


class _Nodes:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def greet(self, state: State) -> Update:
        card = self._parts.card_of(state["session"])
        direction = Direction(steps=(Step(beat="open"),), scene=begin(card), why="the customer begins")
        with self._counted(state["session"], 0):
            try:
                line = self._speak(state, card, direction)
            except ModelError as error:
                line = stand_in_line(self._speak(state, card, direction, BuiltInCustomer()), error)
        self._parts.store.opened(state["session"], line.model_dump())
        update = {"opening": line.model_dump(), "scene": direction.scene.model_dump(), "turns": []}
        self._awaits(cast(State, {**state, **update}))
        return update

    def read(self, state: State) -> Update:
        """See what the turn shows and says, and decide what the customer does about it."""
        card = self._parts.card_of(state["session"])
        reading = self._parts.reader.read(state["said"], transcript(state), brief(card))
        heard = hear(state["said"], card, reading)
        reading = with_promises(reading, heard, state["said"], card)
        direction = direct(card, Scene.model_validate(state["scene"]), state["said"], reading, heard)
        return {"reading": asdict(reading), "heard": asdict(heard), "direction": direction.model_dump()}

    def customer(self, state: State, config: RunnableConfig) -> Update:
        """Speak; a model's failure interrupts the turn, and this step alone is done again when it is taken up.

        An interrupt, unlike an error, has LangGraph wait for the judge beside it and keep its verdict.
        """
        card = self._parts.card_of(state["session"])
        direction = Direction.model_validate(state["direction"])
        if config["configurable"].get(STAND_IN):
            line = stand_in_line(self._speak(state, card, direction, BuiltInCustomer()))
        else:
            try:
                with self._counted(state["session"], _number(state)):
                    line = self._speak(state, card, direction)
            except ModelError as error:
                said = {"type": "paused", "role": "customer", "why": str(error), "said": state["said"]}
                get_stream_writer()(said)
                interrupt(str(error))
                raise
        _note("reply", on_reply(line.by))
        return {"reply": line.model_dump()}

    def evaluate(self, state: State) -> Update:
        """Retrieve what there is to say about what was seen and what was called for, and judge."""
        card = self._parts.card_of(state["session"])
        reading = _reading(state["reading"])
        ids = [a.id for a in (*reading.techniques, *reading.missteps)] + list(reading.called_for)
        evidence = Evidence(
            number=_number(state),
            turn=state["said"],
            context=transcript(state),
            brief=brief(card),
            reading=reading,
            passages=self._parts.knowledge.about(state["said"], ids),
            card=card,
            scene=Scene.model_validate(state["scene"]),
            suggested=[turn["verdict"]["rewrite"] for turn in state["turns"]],
            advised=[turn["verdict"]["fix"] for turn in state["turns"]],
        )
        with self._counted(state["session"], _number(state)):
            verdict = self._verdict(evidence)
        get_stream_writer()({"type": "verdict", **verdict.model_dump()})
        _note("verdict", on_verdict(verdict.by))
        return {"verdict": verdict.model_dump()}

    def settle(self, state: State) -> Update:
        """Make one record of the turn. What the customer did stands; the mood follows the verdict."""
        direction = Direction.model_validate(state["direction"])
        verdict = Verdict.model_validate(state["verdict"])
        scene = direction.scene.model_copy(update={"mood": self._judged(state, direction, verdict)})
        turn = Turn(
            number=_number(state), said=state["said"], reply=Line.model_validate(state["reply"]),
            steps=direction.steps, before=Mood.model_validate(state["scene"]["mood"]), mood=scene.mood,
            verdict=verdict, why=direction.why, ended=direction.ending, at=now(),
        )  # fmt: skip
        self._parts.store.settle(state["session"], turn)
        write = get_stream_writer()
        if self._parts.asks:
            calls = self._parts.store.calls(state["session"], turn.number)
            write({"type": "calls", "turn": turn.number, **bill(calls).model_dump()})
        write({"type": "mood", **turn.mood.model_dump()})
        update = {"turns": [*state["turns"], turn.model_dump()], "scene": scene.model_dump(), "said": ""}
        if turn.ended is None:
            self._awaits(cast(State, {**state, **update}))
        return update

    def debrief(self, state: State) -> Update:
        card = self._parts.card_of(state["session"])
        turns = [Turn.model_validate(turn) for turn in state["turns"]]
        scene = Scene.model_validate(state["scene"])
        ended = turns[-1].ended if turns else None
        how = ended or ("partly" if scene.met else "stopped")
        report = debrief(
            card, state["opening"]["text"], start(card.temper), turns, scene.met, scene.told, how, state["seed"]
        )
        if self._parts.debriefer is not None:
            with self._counted(state["session"], _number(state)):
                report = self._parts.debriefer.write(report, transcript(state))
        self._parts.store.debriefed(state["session"], report)
        write = get_stream_writer()
        write({"type": "ended", "how": how})
        write({"type": "debrief", **report.model_dump()})
        return {"debrief": report.model_dump(), "finishing": False}

    def _judged(self, state: State, direction: Direction, verdict: Verdict) -> Mood:
        """Return the mood as the verdict sees the turn: the reader moved it before the judge had spoken."""
        read = _reading(state["reading"])
        judged = reading_of(verdict, state["said"])
        if verdict.grade is None or _ids(read) == _ids(judged):
            return direction.scene.mood
        card, before = self._parts.card_of(state["session"]), Scene.model_validate(state["scene"])
        return direct(card, before, state["said"], judged, _heard(state["heard"])).scene.mood

    def _awaits(self, state: State) -> None:
        """Have the reader prepare for what the trainee will say."""
        if self._parts.ahead is not None:
            self._parts.ahead.read(transcript(state), brief(self._parts.card_of(state["session"])))

    def _verdict(self, evidence: Evidence) -> Verdict:
        try:
            return self._parts.evaluator.evaluate(evidence)
        except ModelError as error:
            verdict = BuiltInEvaluator().evaluate(evidence)
            return verdict.model_copy(update={"by": instead(verdict.by, error)})

    @contextmanager
    def _counted(self, session: str, number: int) -> Iterator[None]:
        """Record the calls made inside, whatever comes of them."""
        if not self._parts.asks:
            yield
            return
        with collected() as calls:
            try:
                yield
            finally:
                self._parts.store.called(session, number, calls)

    def _speak(self, state: State, card: Card, direction: Direction, customer: Customer | None = None) -> Line:
        write = get_stream_writer()
        used = frozenset(line for reply in _replies(state) for line in reply["used"])
        said = [*transcript(state), Said("trainee", state["said"])] if state.get("said") else transcript(state)
        cue = Cue(card, direction, said, used, frozenset(state["seen"]), state["seed"])
        line = (customer or self._parts.customer).speak(cue, lambda piece: write({"type": "words", "text": piece}))
        write({"type": "customer", "text": line.text})
        return line


def brief(card: Card) -> Brief:
    """Return what the trainee knows and may do, as readers and evaluators take it."""
    side = card.trainee
    record = [f"record: {event.when}: {event.what}" for event in side.record.history]
    record += [f"record: {line.label}: {line.value}" for line in side.record.details]
    return Brief(side.company, side.briefing, (*side.may, *record), tuple(side.may_not))


def transcript(state: State) -> list[Said]:
    """Return what was said before the turn in progress, oldest first."""
    if "opening" not in state:
        return []
    said = [Said("customer", state["opening"]["text"])]
    for turn in state["turns"]:
        said += [Said("trainee", turn["said"]), Said("customer", turn["reply"]["text"])]
    return said


def with_promises(reading: Reading, heard: Heard, turn: str, card: Card) -> Reading:
    """Add `overpromise` where the turn offers what the card says is beyond the trainee's authority."""
    if any(atom.id == "overpromise" for atom in reading.missteps):
        return reading
    for found in heard.offers:
        if not card.offer(found.id).within_authority:
            begins = turn.index(found.quote)
            atom = Atom("overpromise", begins, begins + len(found.quote), 1.0)
            return replace(reading, missteps=(*reading.missteps, atom))
    return reading


def reading_of(verdict: Verdict, turn: str) -> Reading:
    """Return what a verdict says was in the turn, as a reading."""

    def atoms(observed: tuple[Observed, ...]) -> tuple[Atom, ...]:
        starts = [(one, turn.index(one.quote)) for one in observed]
        return tuple(Atom(one.id, at, at + len(one.quote), 1.0) for one, at in starts)

    return Reading(atoms(verdict.techniques), atoms(verdict.missteps), verdict.called_for)


def stand_in_line(line: Line, error: ModelError | None = None) -> Line:
    """Return a built-in line, marked as spoken for a model that failed."""
    return line.model_copy(update={"by": instead(line.by, error)})


def _note(about: Literal["verdict", "reply"], text: str) -> None:
    """Tell the trainee something about the turn, where there is something to tell."""
    if text:
        get_stream_writer()({"type": "note", "about": about, "text": text})


def _number(state: State) -> int:
    """Return the number of the turn in progress."""
    return len(state["turns"]) + 1


def _ids(reading: Reading) -> tuple[set[str], set[str]]:
    return {a.id for a in reading.techniques}, {a.id for a in reading.missteps}


def _replies(state: State) -> list[Update]:
    opening = [state["opening"]] if "opening" in state else []
    return opening + [turn["reply"] for turn in state.get("turns", [])]


def _reading(data: Update) -> Reading:
    return Reading(
        tuple(Atom(**atom) for atom in data["techniques"]),
        tuple(Atom(**atom) for atom in data["missteps"]),
        tuple(data["called_for"]),
        data["merit"],
    )


def _heard(data: Update) -> Heard:
    offers = tuple(Found(**found) for found in data["offers"])
    return Heard(offers, tuple(data["facts"]), tuple(data["answers"]), tuple(data["demands"]), data["asks"])
