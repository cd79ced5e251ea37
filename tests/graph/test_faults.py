"""Sessions whose models fail: they go on or pause, nothing is lost, and nothing is graded with a made-up number."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from test_gateway import FAULTS, FIRST_S, GAP_S, SOON_S, TEXT

from evals import scripted_server as does
from evals.scripted_server import ScriptedServer
from graph import session as session_module
from graph.cast import cast, opened
from graph.checking import check_model, configured
from graph.customer import Cue
from graph.errors import ModelRefusedKey, Paused
from graph.evaluator import BuiltInEvaluator, Evaluator, Evidence
from graph.gateway import Gateway, LiteLLMGateway
from graph.model_evaluator import ModelEvaluator
from graph.session import Event, Ring, Session
from graph.settings import Endpoint, Models, Settings
from graph.types import Line, Verdict
from knowledge.reader import load_reader

pytestmark = [
    pytest.mark.network,
    pytest.mark.filterwarnings(
        "ignore::pydantic.warnings.PydanticDeprecatedSince211"
    ),  # litellm's own, while streaming
]

CARD = "fuming-delayed-traveller"
SAID = "I am so sorry you were put off in the rain. May I ask what is waiting for you in Exeter?"
JUDGE_S = 1.5
TURN_S = 2.0
"""What a turn may take besides its model, on a busy machine."""


class Speaking:
    """A customer who says what the model says, word by word."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the door to the model."""
        self._gateway = gateway

    def speak(self, cue: Cue, write: Callable[[str], None]) -> Line:
        """Say it."""
        said = []
        asked = [{"role": "user", "content": cue.transcript[-1].text if cue.transcript else "Begin."}]
        for piece in self._gateway.stream("customer", asked, max_tokens=50, temperature=1):
            write(piece)
            said.append(piece)
        return Line(text="".join(said), used=(), by=self._gateway.name("customer"))


class Counting(BuiltInEvaluator):
    """An evaluator that is counted."""

    asked = 0

    def evaluate(self, evidence: Evidence) -> Verdict:
        """Judge."""
        self.asked += 1
        return super().evaluate(evidence)


class Judged:
    """Whatever evaluator a test puts in."""

    evaluator: Evaluator

    def evaluate(self, evidence: Evidence) -> Verdict:
        """Pass it on."""
        return self.evaluator.evaluate(evidence)


@dataclass
class Stage:
    """A server, a ring on it, and who judges there."""

    server: ScriptedServer
    gateway: LiteLLMGateway
    ring: Ring
    judged: Judged
    counting: Counting

    def open(self) -> Session:
        """Begin a session with models that work."""
        self.server.always("actor", does.says(TEXT))
        self.server.always("judge", does.says("{}"))
        return self.ring.open(CARD, seed=1)


@pytest.fixture(scope="module")
def _stage(ring: Ring, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with ScriptedServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(session_module, "open_knowledge", lambda *_: ring.knowledge)
        actor, judge = (Endpoint(f"openai/{name}", server.base) for name in ("actor", "judge"))
        models = Models(actor, judge, total_s=JUDGE_S, first_s=FIRST_S, gap_s=GAP_S)
        gateway = LiteLLMGateway(replace(models, total_s=60, first_s=60), sleep=lambda seconds: None)
        server.always("judge", does.says("ready"))
        server.always("actor", does.says("ready"))
        gateway.complete("judge", [{"role": "user", "content": "Ready?"}], max_tokens=1)
        list(gateway.stream("customer", [{"role": "user", "content": "Ready?"}], max_tokens=1, temperature=0))
        gateway = LiteLLMGateway(models, sleep=lambda seconds: None)
        folder = tmp_path_factory.mktemp("faults")
        settings = Settings(folder, Settings.from_environment().cards, f"sqlite:///{folder / 'sparring.sqlite'}")
        judged = Judged()
        faulty = Ring(settings, customer=Speaking(gateway), evaluator=judged, gateway=gateway)
        yield Stage(server, gateway, faulty, judged, Counting())
        faulty.close()


@pytest.fixture
def stage(_stage: Stage) -> Stage:
    _stage.counting.asked = 0
    _stage.judged.evaluator = _stage.counting
    return _stage


def kinds(events: list[Event]) -> list[str]:
    return [event["type"] for event in events if event["type"] != "words"]


def played(events: Iterator[Event]) -> tuple[list[Event], float]:
    begun = time.perf_counter()
    return list(events), time.perf_counter() - begun


@pytest.mark.parametrize("name", FAULTS)
def test_a_turn_whose_customer_fails_waits_and_is_finished_later(stage: Stage, name: str) -> None:
    """It pauses in time and says why, the verdict is kept, and trying again costs nothing but the customer."""
    session = stage.open()
    stage.server.always("actor", FAULTS[name][0])
    events, taken = played(session.say(SAID, 1))
    assert taken < FAULTS[name][2] + SOON_S + TURN_S
    assert kinds(events) == ["verdict", "paused"]
    assert events[-1]["said"] == session.interrupted == SAID
    assert events[-1]["why"] == session.paused
    assert (session.turns, session.debrief) == ([], None)
    stage.server.always("actor", does.says(TEXT))
    again = list(session.resume())
    assert kinds(again) == ["customer", "verdict", "calls", "mood"]
    assert [turn.reply.text for turn in session.turns] == [TEXT]
    assert (session.interrupted, session.paused) == ("", "")
    assert stage.counting.asked == 1
    assert {**events[-2]} == {**again[1]}


JUDGE_FAULTS = {
    **{name: fault[0] for name, fault in FAULTS.items()},
    "cut": does.says('{"atoms": []}', cut_after=1),
    "JSON cut": does.says('{"called_for": [{"id": "apol'),
    "wrong schema": does.says('{"grade": 4, "verdict": "expert"}'),
    "refusal": does.says("I'm sorry, but I can't help with that."),
    "wrong role": does.says('{"atoms": []}', role="user"),
    "prose": does.says("The agent did very well: 4 out of 4!"),
}


@pytest.mark.parametrize("name", JUDGE_FAULTS)
def test_a_turn_whose_judge_fails_goes_on_with_the_built_in_verdict(stage: Stage, name: str) -> None:
    """It is marked, the trainee is told, and the grade is the one that needs no model."""
    session = stage.open()
    stage.judged.evaluator = ModelEvaluator(stage.gateway)
    stage.server.always("judge", JUDGE_FAULTS[name])
    events, taken = played(session.say(SAID, 1))
    assert taken < 2 * JUDGE_S + SOON_S + TURN_S
    assert sorted(kinds(events)) == ["calls", "customer", "mood", "note", "verdict"]
    (turn,) = session.turns
    stage.judged.evaluator = stage.counting
    other = stage.open()
    list(other.say(SAID, 1))
    assert turn.verdict.grade == other.turns[0].verdict.grade
    assert turn.verdict.by.startswith("built-in (")
    note = next(event for event in events if event["type"] == "note")
    assert "the built-in one stands in" in note["text"]


def test_a_judge_that_raises_is_replaced_too(stage: Stage) -> None:
    """Whatever evaluator it is, the boundary holds."""

    class Asking:
        def evaluate(self, evidence: Evidence) -> Verdict:
            stage.gateway.complete("judge", [{"role": "user", "content": evidence.turn}], max_tokens=9)
            raise AssertionError

    session = stage.open()
    stage.judged.evaluator = Asking()
    stage.server.always("judge", does.status(401))
    assert "note" in kinds(list(session.say(SAID)))
    assert session.turns[0].verdict.by == "built-in (model failed: it refused the key)"


def test_a_stream_cut_in_the_middle_pauses_and_is_said_anew(stage: Stage) -> None:
    """Half a reply is not kept as if it were one."""
    session = stage.open()
    stage.server.next("actor", does.says(TEXT, cut_after=3))
    events = list(session.say(SAID))
    assert kinds(events) == ["verdict", "paused"]
    assert "broke in the middle" in events[-1]["why"]
    list(session.resume())
    assert session.turns[0].reply.text == TEXT


def test_a_verdict_that_comes_after_the_customer_failed_is_told(stage: Stage) -> None:
    """The judge works on while the customer is gone already."""

    class Slow(BuiltInEvaluator):
        def evaluate(self, evidence: Evidence) -> Verdict:
            time.sleep(0.5)
            return super().evaluate(evidence)

    session = stage.open()
    stage.judged.evaluator = Slow()
    stage.server.always("actor", does.status(401))
    assert kinds(list(session.say(SAID))) == ["verdict", "paused"]


def test_a_paused_turn_is_the_same_after_a_restart(stage: Stage) -> None:
    """Another process knows what was said and why it waits."""
    session = stage.open()
    stage.server.always("actor", does.status(500))
    why = list(session.say(SAID))[-1]["why"]
    other = Ring(stage.ring.settings, customer=Speaking(stage.gateway), gateway=stage.gateway)
    again = other.resume(session.id)
    assert (again.interrupted, again.paused) == (SAID, why)
    assert kinds(list(again.resume())) == ["verdict", "paused"]
    stage.server.always("actor", does.says(TEXT))
    assert kinds(list(again.say(SAID, 1)))[0] == "customer"
    assert len(again.turns) == 1
    other.close()


def test_while_a_turn_waits_nothing_else_is_taken(stage: Stage) -> None:
    """The same message is tried again; another one is refused and said so."""
    session = stage.open()
    stage.server.always("actor", does.status(500))
    list(session.say(SAID, 1))
    assert kinds(list(session.say(SAID, 1))) == ["verdict", "paused"]
    with pytest.raises(Paused, match="still waits"):
        list(session.say("Something else altogether.", 1))
    assert session.interrupted == SAID
    assert session.turns == []


def test_the_card_can_answer_for_a_model_that_is_gone(stage: Stage) -> None:
    """The trainee need not wait for anybody."""
    session = stage.open()
    stage.server.always("actor", does.status(500))
    list(session.say(SAID))
    assert kinds(list(session.resume(stand_in=True)))[0] == "customer"
    assert session.turns[0].reply.by == "built-in (model failed)"
    assert session.turns[0].reply.text


def test_a_paused_session_can_be_ended(stage: Stage) -> None:
    """With its last turn in the debrief."""
    session = stage.open()
    stage.server.always("actor", does.status(500))
    list(session.say(SAID))
    assert kinds(list(session.finish()))[-2:] == ["ended", "debrief"]
    assert session.debrief is not None
    assert session.debrief.turns == 1


def test_a_session_begins_though_the_model_is_gone(stage: Stage) -> None:
    """The card's own first message is as good."""
    stage.server.always("actor", does.status(500))
    session = stage.ring.open(CARD, seed=1)
    assert session.opening.by == "built-in (model failed: it cannot be reached)"
    assert session.opening.text


def test_every_call_is_recorded_with_the_session(stage: Stage) -> None:
    """Those that failed too; what a turn adds up to is told."""
    session = stage.open()
    stage.server.next("actor", does.status(401))
    list(session.say(SAID))
    events = list(session.resume())
    told = next(event for event in events if event["type"] == "calls")
    assert (told["turn"], told["calls"], told["failed"]) == (1, 2, 1)
    assert told["price"] is None
    assert told["completion_tokens"] == 5
    assert [(call.role, bool(call.error)) for call in session.calls] == [
        ("customer", False), ("customer", True), ("customer", False),
    ]  # fmt: skip
    assert session.calls == stage.ring.store.calls(session.id)


def test_with_everything_built_in_nothing_is_counted(ring: Ring) -> None:
    """No events, no rows."""
    session = ring.open(CARD, seed=1)
    assert "calls" not in kinds(list(session.say(SAID)))
    assert session.calls == []


def test_models_in_the_settings_play_and_judge(ring: Ring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing but a name is needed; with another one, somebody else judges; without any, nobody is asked."""
    monkeypatch.setenv("SPARRING_DATA", str(tmp_path))
    assert opened(Settings.from_environment()) is None
    monkeypatch.setenv("SPARRING_MODEL", "openai/actor")
    monkeypatch.setenv("SPARRING_JUDGE_MODEL", "built-in")
    settings = Settings.from_environment()
    gateway = LiteLLMGateway(settings.models)
    players = cast(settings, gateway, ring.knowledge, load_reader())
    assert type(players.customer).__name__ == "ModelCustomer"
    assert type(players.evaluator).__name__ == "BuiltInEvaluator"
    assert players.debriefer is None
    assert gateway.name("customer") == "openai/actor"


def test_each_model_can_be_tried(stage: Stage) -> None:
    """With what it took, or what is wrong, in plain words."""
    stage.open()
    judge = Endpoint("openai/judge", stage.server.base)
    settings = replace(stage.ring.settings, models=Models(Endpoint("openai/actor", stage.server.base), judge))
    assert configured(settings) == [
        f"customer  openai/actor at {stage.server.base}", f"judge     openai/judge at {stage.server.base}",
    ]  # fmt: skip
    assert re.fullmatch(
        r"openai/actor answers\. It took \d\.\d s \(first word after .* its price is not known\)\.",
        check_model(settings, "customer"),
    )
    assert "did not keep to the form" in check_model(settings, "judge")
    stage.server.always("judge", does.says('{"ready": true}'))
    assert "form" not in check_model(settings, "judge")
    stage.server.always("judge", does.status(401))
    with pytest.raises(ModelRefusedKey, match="Fix: check the key"):
        check_model(settings, "judge")
    assert check_model(stage.ring.settings, "judge").startswith("Built in")
