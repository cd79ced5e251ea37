"""Kills sessions at chosen moments and takes them up in new processes; run by `test_killed` as a script.

Everything is imported and the models of reader and embedding are loaded once, for one thread, as no thread outlives a
fork; each life of a session is a child process, forked before anything else is opened. A child kills itself with
SIGKILL, which nothing can catch, at the moment it was told to.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from langgraph.checkpoint.sqlite import SqliteSaver

from graph import session as session_module
from graph import workflow
from graph.customer import BuiltInCustomer, Cue
from graph.evaluator import BuiltInEvaluator, Evidence
from graph.session import Ring, Session
from graph.settings import Settings
from graph.store import Store
from graph.types import Line, Verdict
from knowledge.embedding import embed
from knowledge.reader import load_reader

CARD = "fuming-delayed-traveller"
TURNS = [
    "Put off in the rain with nobody to ask: I would be furious too. I am sorry, that was our doing.",
    "May I ask what is waiting for you in Exeter?",
    "You need to calm down.",
]
MOMENTS = [
    "greet", "recorded", "read", "customer", "spoken", "evaluate", "unrecorded", "settle", "settled",
    "debrief", "debriefed",
]  # fmt: skip


def die() -> None:
    """Leave at once, as in a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


class Customer(BuiltInCustomer):
    """Dies before or after speaking the answer to the last turn."""

    def __init__(self, moment: str, at: int) -> None:
        """Take the moment, and the number of the message."""
        self.moment, self.at = moment, at

    def speak(self, cue: Cue, write: Callable[[str], None]) -> Line:
        """Speak, or die before or after."""
        here = cue.direction.scene.turn == self.at
        if here and self.moment in ("customer", "greet" if self.at == 0 else ""):
            die()
        line = super().speak(cue, write)
        if here and self.moment == "spoken":
            die()
        return line


class Evaluator(BuiltInEvaluator):
    """Dies instead of judging the last turn."""

    def __init__(self, moment: str, at: int) -> None:
        """Take the moment, and the number of the turn."""
        self.moment, self.at = moment, at

    def evaluate(self, evidence: Evidence) -> Verdict:
        """Judge, or die."""
        if evidence.number == self.at and self.moment == "evaluate":
            die()
        return super().evaluate(evidence)


def arm(moment: str) -> None:
    """Have this process die in the middle of the workflow's own steps."""

    def around(owner: Any, name: str, *, before: bool, calls: int = 1) -> None:
        original, times = getattr(owner, name), count(1)

        def step(*args: Any, **kwargs: Any) -> Any:
            last = next(times) == calls
            if last and before:
                die()
            result = original(*args, **kwargs)
            if last:
                die()
            return result

        setattr(owner, name, step)

    match moment:
        case "recorded":
            around(Store, "begin", before=False)
        case "read":
            around(workflow, "hear", before=True)
        case "unrecorded":  # customer and judge are done, and the checkpoint that says so is not written
            around(SqliteSaver, "put", before=True, calls=4)
        case "settle" | "settled":
            around(Store, "settle", before=moment == "settle")
        case "debrief" | "debriefed":
            around(Store, "debriefed", before=moment == "debrief")


def ring(data: Path, moment: str = "", at: int = -1) -> Ring:
    """Open the installation."""
    settings = replace(Settings.from_environment(), data=data, store_url=f"sqlite:///{data / 'sparring.sqlite'}")
    index = Settings.from_environment()
    session_module.open_knowledge = lambda *_, opened=session_module.open_knowledge: opened(index)  # type: ignore[assignment]
    return Ring(settings, customer=Customer(moment, at), evaluator=Evaluator(moment, at))


def first_life(data: Path, moment: str) -> None:
    """Play up to the moment and die there."""
    begins = moment in ("greet", "recorded")
    if begins:
        arm(moment)
        ring(data, moment, 0).open(CARD, "killed", seed=4)
        return
    opened = ring(data, moment, len(TURNS))
    played = opened.open(CARD, "killed", seed=4)
    for number, said in enumerate(TURNS[:-1], start=1):
        list(played.say(said, number))
    if not moment.startswith("debrief"):
        arm(moment)
    if moment:
        list(played.say(TURNS[-1], len(TURNS)))
        arm(moment)
        list(played.finish())


def second_life(data: Path, out: Path) -> None:
    """Take the session up, play what is missing, finish, and write down what is there."""
    opened = ring(data)
    (listed,) = opened.list("killed")
    played = opened.resume(listed.id)
    cut_off = played.interrupted
    events = [event["type"] for event in played.resume() if event["type"] != "words"]
    for number, said in enumerate(TURNS, start=1):
        if played.debrief is None or number <= len(played.turns):
            list(played.say(said, number))
    list(played.finish())
    out.write_text(json.dumps({"cut_off": cut_off, "events": events, **summary(opened, played)}), encoding="utf-8")


def summary(opened: Ring, played: Session) -> dict[str, Any]:
    """Return all that a session left behind."""
    assert played.debrief is not None
    return {
        "opening": played.opening.text,
        "said": [turn.said for turn in played.turns],
        "replies": [turn.reply.text for turn in played.turns],
        "grades": [turn.verdict.grade for turn in played.turns],
        "moods": [turn.mood.model_dump() for turn in played.turns],
        "stored": [turn.number for turn in opened.store.turns(played.id)],
        "how": played.debrief.how,
        "average": played.debrief.average,
    }


def live(life: Callable[..., None], *args: Any) -> int:
    """Run one life in a child process; return the signal that ended it, 0 for none."""
    child = os.fork()
    if child == 0:
        try:
            life(*args)
        except BaseException as error:  # the child must never return into the parent's loop
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def main(folder: Path) -> None:
    """Kill at every moment, and once not at all."""
    load_reader()
    embed(["Good morning."])
    for moment in ("", *MOMENTS):
        data = folder / (moment or "never")
        data.mkdir()
        signalled = live(first_life, data, moment)
        assert signalled == (signal.SIGKILL if moment else 0), (moment, signalled)
        live(second_life, data, folder / f"{moment or 'never'}.json")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
