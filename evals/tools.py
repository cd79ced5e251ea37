"""What suites need, opened once a process: sessions on a data directory that is thrown away, reader, knowledge."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from evals.suite import Data
from graph.cast import cast
from graph.evaluator import Evaluator
from graph.session import Event, Ring, Session, open_knowledge
from graph.settings import Settings
from knowledge.reader import load_reader
from knowledge.reading import Reader
from knowledge.search import Knowledge


@dataclass(frozen=True)
class Tools:
    """An installation for measuring. The index is the usual one, which is built where it is missing."""

    ring: Ring
    knowledge: Knowledge
    reader: Reader
    evaluator: Evaluator
    """The model's where the settings name a judge, the built-in one else."""
    seed: int = 0
    """Of the run and the epoch: 0 in the first epoch of a run without ``--seed``. Add it to a sample's own seed."""
    _mine: threading.local = field(default_factory=threading.local, repr=False)

    def open(self, card_id: str, seed: int) -> Session:
        """Begin a session of somebody who never came before, so that no sample depends on another."""
        session = self.ring.open(card_id, person=uuid4().hex, seed=seed + self.seed)
        self._mine.sessions = [*getattr(self._mine, "sessions", ()), session.id]
        return session

    def forget(self) -> None:
        """Drop the live state of the sessions that this thread opened: thousands of them would fill the memory."""
        for session_id in self._mine.__dict__.pop("sessions", ()):
            self.ring.forget(session_id)

    def seeded(self, seed: int) -> "Tools":
        """Return the same tools with another seed."""
        return replace(self, seed=seed)


@contextmanager
def opened(settings: Settings | None = None, seed: int = 0) -> Iterator[Tools]:
    """Open the tools, and throw away what was written on leaving.

    Args:
        settings: which cards and which models; those of the environment by default.
        seed: added to the seed of every sample.

    Raises:
        Unusable: the index or a model cannot be used.
    """
    usual = settings or Settings.from_environment()
    knowledge, reader = open_knowledge(usual), load_reader()
    with tempfile.TemporaryDirectory(prefix="sparring-evals-", ignore_cleanup_errors=True) as folder:
        kept = replace(usual, data=Path(folder), store_url=f"sqlite:///{folder}/store.sqlite")
        ring = Ring(kept, reader=reader, knowledge=knowledge, durable=False)
        try:
            evaluator = cast(kept, ring.gateway, knowledge, reader).evaluator
            yield Tools(ring, knowledge, reader, evaluator, seed)
        finally:
            ring.close()


def say(session: Session, text: str) -> list[Event]:
    """Say something and return what happened; raises RuntimeError where the customer's model failed."""
    happened = list(session.say(text))
    if happened and happened[-1]["type"] == "paused":
        raise RuntimeError(f"the customer's model failed: {happened[-1]['why']}")
    return happened


def transcript(session: Session) -> list[Data]:
    """Return what was said in a session as results carry it: verdicts beside the trainee's turns, moods after them."""
    said: list[Data] = [{"role": "customer", "text": session.opening.text}]
    for turn in session.turns:
        verdict, mood = turn.verdict, turn.mood
        said += [
            {
                "role": "trainee", "text": turn.said, "grade": verdict.grade, "why": verdict.why,
                "techniques": [atom.id for atom in verdict.techniques],
                "missteps": [atom.id for atom in verdict.missteps],
            },
            {
                "role": "customer", "text": turn.reply.text,
                "mood": {name: round(getattr(mood, name), 4) for name in ("anger", "trust", "patience")},
            },
        ]  # fmt: skip
    return said
