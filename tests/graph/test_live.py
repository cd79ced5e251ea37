"""A session with a real small model: far too weak to act or to judge, so guards, repair and stand-ins carry it.

Skipped unless SPARRING_LIVE_MODEL names its file, and deselected unless asked for with ``-m live``; docs/models.md says
where such a model comes from. ``-s`` prints what happened, turn by turn and in sum.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from graph.calls import bill
from graph.gateway import LiteLLMGateway
from graph.guards import Finding, Stage, check
from graph.model_customer import ModelCustomer
from graph.session import Event, Ring, Session
from graph.settings import GGUF, Settings, models_from
from knowledge.search import Knowledge

MODEL = os.environ.get("SPARRING_LIVE_MODEL", "")
CARD = "fuming-delayed-traveller"
TURNS = 10
TRAINEES = Path(__file__).parents[2] / "evals" / "trainees" / f"{CARD}.yaml"

pytestmark = [
    pytest.mark.live,
    pytest.mark.network,
    pytest.mark.timeout(3 * 3600),
    pytest.mark.skipif(
        not Path(MODEL).is_file(),
        reason="no model. Fix: `make local`, and name a file: SPARRING_LIVE_MODEL=/path/file.gguf (docs/models.md)",
    ),
]


class Watched:
    """An installation on the real model, and what its guards stopped."""

    def __init__(self, data: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
        """Connect it as a user would, by the environment."""
        monkeypatch.setenv("SPARRING_DATA", str(data))
        monkeypatch.setenv("SPARRING_MODEL", GGUF + MODEL)
        settings = Settings.from_environment()
        gateway = LiteLLMGateway(models_from(data / "settings.toml"))
        self.stopped: list[Finding] = []
        customer = ModelCustomer(gateway, report=self.stopped.append)
        self.ring = Ring(settings, customer=customer, gateway=gateway, knowledge=knowledge)


@pytest.fixture
def watched(tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    made = Watched(tmp_path, knowledge, monkeypatch)
    yield made
    made.ring.close()


def test_a_weak_model_plays_and_judges_a_sane_session(watched: Watched) -> None:
    """Ten turns are answered and graded whatever it writes; nothing that a guard stops is shown."""
    scripts = yaml.safe_load(TRAINEES.read_text(encoding="utf-8"))
    said = [*scripts["expert"], *scripts["mediocre"]]
    played = 0
    sessions: list[Session] = []
    while played < TURNS:
        session = watched.ring.open(CARD, seed=len(sessions) + 1)
        sessions.append(session)
        while played < TURNS and session.debrief is None:
            begun = time.perf_counter()
            events = finished(session, said[played])
            played += 1
            told(session, time.perf_counter() - begun)
            sane(session, events, said[played - 1])
        list(session.finish())
        assert session.debrief is not None
    summed_up(sessions, watched.stopped)


def finished(session: Session, said: str) -> list[Event]:
    """Say something and see the turn to its end: tried again where it pauses, then answered by the card."""
    events = list(session.say(said))
    for stand_in in (False, True):
        if session.interrupted:
            print(f"\npaused: {session.paused}", flush=True)
            events = list(session.resume(stand_in=stand_in))
    return events


def sane(session: Session, events: list[Event], said: str) -> None:
    """Hold one turn against what every session must keep."""
    kinds = Counter(event["type"] for event in events)
    assert (kinds["customer"], kinds["verdict"], kinds["mood"], kinds["paused"]) == (1, 1, 1, 0)
    *before, turn = session.turns
    assert turn.said == said
    if turn.reply.by.endswith(".gguf"):
        earlier = [session.opening.text, *(one.reply.text for one in before)]
        out = frozenset(step.about for one in session.turns for step in one.steps if step.beat == "reveal")
        assert check(turn.reply.text, Stage(session.card, turn.steps, out, said, earlier)) is None
    verdict = turn.verdict
    assert verdict.grade in (None, 0, 1, 2, 3, 4)
    assert all(one.quote in said for one in (*verdict.techniques, *verdict.missteps))


def told(session: Session, taken: float) -> None:
    """Print what a turn came to."""
    turn = session.turns[-1]
    print(f"\n{turn.number}. {taken:.0f} s  TRAINEE {turn.said}\n   CUSTOMER ({turn.reply.by}) {turn.reply.text}")
    print(f"   VERDICT ({turn.verdict.by}) {turn.verdict.grade}: {turn.verdict.why}", flush=True)


def summed_up(sessions: list[Session], stopped: list[Finding]) -> None:
    """Print what all of it came to."""
    turns = [turn for session in sessions for turn in session.turns]
    calls = [call for session in sessions for call in session.calls]
    print(f"\nreplies stopped, by guard: {dict(Counter(finding.kind for finding in stopped))}")
    print(f"who spoke: {dict(Counter(turn.reply.by for turn in turns))}")
    print(f"who judged: {dict(Counter(turn.verdict.by for turn in turns))}")
    print(f"calls: {dict(Counter(call.role for call in calls))} {bill(calls)}")
