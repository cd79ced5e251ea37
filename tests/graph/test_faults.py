"""Sessions whose models fail: they go on or pause, nothing is lost, and nothing is graded with a made-up number.

The real customer and the real evaluator play, against a scripted provider on a real socket.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from judging import judgement
from test_gateway import FAULTS, GAP_S, PATIENT, SOON_S

from evals import scripted_server as does
from evals.scripted_server import Behaviour, ScriptedServer
from graph.cast import cast, opened
from graph.checking import check_model
from graph.errors import (
    ModelBusy,
    ModelDown,
    ModelEmpty,
    ModelError,
    ModelFiltered,
    ModelOddReply,
    ModelRefusedKey,
    ModelSlow,
    ModelTooLong,
    ModelUnknown,
    Paused,
)
from graph.evaluator import Evidence
from graph.gateway import LiteLLMGateway
from graph.session import Event, Ring, Session
from graph.settings import Endpoint, Models, Settings
from graph.types import Turn, Verdict
from knowledge.reader import load_reader

pytestmark = [
    pytest.mark.network,
    pytest.mark.filterwarnings(
        "ignore::pydantic.warnings.PydanticDeprecatedSince211"
    ),  # litellm's own, while streaming
]

CARD = "fuming-delayed-traveller"
SAID = "I am so sorry you were put off in the rain. May I ask what is waiting for you in Exeter?"
TEXT = "And who are you to ask me that?"
LONG = "I have stood on this platform for the better part of an hour and not one of you people has told me a thing."
SPLIT = "Na\u00efve, am I \u2013 and who are you to ask me that?"
JUDGED = judgement([("apologise", "I am so sorry you were put off in the rain")], ["apologise", "acknowledge_feeling"])
TOTAL_S = 1.5
"""For a whole answer of either model; the judge is asked once more where its answer cannot be used."""
TURN_S = 2.0
"""What a turn may take besides its model, on a busy machine."""
WORDS: dict[type[ModelError], str] = {
    ModelRefusedKey: "refused the key",
    ModelUnknown: "There is no model",
    ModelBusy: "too many requests|Nothing is left to spend",
    ModelDown: "failed on its side|cannot be reached",
    ModelSlow: "did not answer in time",
    ModelEmpty: "answered without a word",
    ModelOddReply: "is not a model's answer|refused the question",
    ModelTooLong: "too long",
    ModelFiltered: "content filter",
}
"""What is said of each failure, to whoever sees it."""


@dataclass
class Stage:
    """A server, and a ring whose customer and judge are there."""

    server: ScriptedServer
    gateway: LiteLLMGateway
    ring: Ring
    hasty: Ring
    """The same installation with short deadlines, for models that fall silent."""
    plain: Turn
    """The turn as it goes with everything built in."""
    opening: str

    def open(self, *, hasty: bool = False) -> Session:
        """Begin a session with models that work."""
        self.server.always("actor", does.says(self.opening))
        self.server.always("judge", does.says(JUDGED))
        session = self.ring.open(CARD, seed=1)
        self.server.always("actor", does.says(TEXT))
        return self.hasty.resume(session.id) if hasty else session


@pytest.fixture(scope="module")
def stage(ring: Ring, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    plain = ring.open(CARD, seed=1)
    list(plain.say(SAID))
    with ScriptedServer() as server:
        actor, judge = (Endpoint(f"openai/{name}", server.base) for name in ("actor", "judge"))
        models = replace(Models(actor, judge), **PATIENT)
        gateway, hasty = (
            LiteLLMGateway(one, sleep=lambda seconds: None)
            for one in (models, replace(models, total_s=TOTAL_S, first_s=TOTAL_S, gap_s=GAP_S))
        )
        gateway.warm()
        server.always("judge", does.says("ready"))
        for one in (gateway, hasty):  # two first calls at once would each make a client, and one of them is lost
            one.complete("judge", [{"role": "user", "content": "Ready?"}], max_tokens=1)
        folder = tmp_path_factory.mktemp("faults")
        store = f"sqlite:///{folder / 'sparring.sqlite'}"
        settings = Settings(folder, Settings.from_environment().cards, store, models)
        rings = [Ring(settings, knowledge=ring.knowledge, gateway=one) for one in (gateway, hasty)]
        yield Stage(server, gateway, *rings, plain.turns[0], plain.opening.text)
        for one in rings:
            one.close()


def kinds(events: list[Event]) -> list[str]:
    return [event["type"] for event in events if event["type"] != "words"]


def played(events: Iterator[Event]) -> tuple[list[Event], float]:
    begun = time.perf_counter()
    return list(events), time.perf_counter() - begun


def notes(events: list[Event]) -> str:
    return " ".join(event["text"] for event in events if event["type"] == "note")


def judged(verdict: Verdict) -> dict[str, object]:
    """Return a verdict without who gave it and how long that took."""
    return verdict.model_dump(exclude={"by", "ms"})


@pytest.mark.parametrize("name", FAULTS)
def test_a_turn_whose_customer_fails_waits_and_is_finished_later(stage: Stage, name: str) -> None:
    """It pauses in time and says why, the verdict is kept, and trying again costs nothing but the customer."""
    behaviour, kind, seconds, *_ = FAULTS[name]
    session = stage.open(hasty=seconds > 0)
    stage.server.always("actor", behaviour)
    asked = len(stage.server.asked("judge"))
    events, taken = played(session.say(SAID, 1))
    assert taken < (TOTAL_S if seconds else 0) + SOON_S + TURN_S
    assert kinds(events) == ["verdict", "paused"]
    assert events[-1]["said"] == session.interrupted == SAID
    assert events[-1]["why"] == session.paused
    assert re.search(WORDS[kind], session.paused)
    assert (session.turns, session.debrief) == ([], None)
    stage.server.always("actor", does.says(TEXT))
    again = list(session.resume())
    assert kinds(again) == ["customer", "verdict", "calls", "mood"]
    assert [(turn.reply.text, turn.verdict.by) for turn in session.turns] == [(TEXT, "openai/judge")]
    assert (session.interrupted, session.paused) == ("", "")
    assert len(stage.server.asked("judge")) == asked + 1
    assert events[-2] in again


# behaviour, who speaks in the end, what the trainee is told
SHOWN: dict[str, tuple[Behaviour, str, str]] = {
    "refusal": (does.says("I'm sorry, but I can't help with that."), "built-in (", "no reply that could be shown"),
    "JSON": (does.says('{"reply": "I am on the platform."}'), "built-in (", "no reply that could be shown"),
    "JSON cut": (does.says('{"reply": "I am on the'), "built-in (", "no reply that could be shown"),
    "cut in the middle": (does.says(LONG, cut_after=18), "openai/actor, built-in", "The model broke off"),
    "stopped in the middle": (does.hangs(after=18), "openai/actor, built-in", "The model broke off"),
    "wrong role": (does.says(TEXT, role="user"), "openai/actor", ""),
    "split characters": (does.splits(SPLIT), "openai/actor", ""),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_turn_whose_customer_answers_amiss_goes_on(stage: Stage, name: str) -> None:
    """With what could be shown and the card's own words for the rest, and the trainee is told."""
    behaviour, by, told = SHOWN[name]
    session = stage.open(hasty=name == "stopped in the middle")
    stage.server.always("actor", behaviour)
    events, taken = played(session.say(SAID, 1))
    assert taken < TOTAL_S + SOON_S + TURN_S
    (turn,) = session.turns
    assert turn.reply.by.startswith(by)
    assert "".join(event["text"] for event in events if event["type"] == "words") == turn.reply.text
    assert (told in notes(events)) if told else not notes(events)
    assert turn.verdict.by == "openai/judge"


def test_characters_that_arrive_in_halves_are_shown_whole(stage: Stage) -> None:
    """And quoted whole by the judge."""
    session = stage.open()
    stage.server.always("actor", does.splits(SPLIT))
    stage.server.always("judge", does.splits(JUDGED.replace('"fix": ""', '"fix": "Say na\u00efvely \u2013 less."')))
    list(session.say(SAID, 1))
    (turn,) = session.turns
    assert turn.reply.text == SPLIT
    assert turn.verdict.by == "openai/judge"


def _gave_none(kind: type[ModelError]) -> str:
    return f"The judge gave no answer ({kind.brief})"


UNUSED = "The judge's answer could not be used"
# behaviour, what the trainee is told of it
JUDGE_FAULTS: dict[str, tuple[Behaviour, str]] = {
    **{name: (fault[0], _gave_none(fault[1])) for name, fault in FAULTS.items()},
    "answer cut": (does.says(JUDGED, cut_after=1), _gave_none(ModelDown)),
    "wrong role": (does.says(JUDGED, role="user"), _gave_none(ModelOddReply)),
    "verdict's JSON cut": (does.says('{"called_for": [{"id": "apol'), UNUSED),
    "verdict of another schema": (does.says('{"grade": 4, "verdict": "expert"}'), UNUSED),
    "refusal": (does.says("I'm sorry, but I can't help with that."), UNUSED),
    "prose": (does.says("The agent did very well: 4 out of 4!"), UNUSED),
    "invented quotes": (does.says(judgement([("apologise", "I grovel before you")], ["apologise"])), UNUSED),
}


@pytest.mark.parametrize("name", JUDGE_FAULTS)
def test_a_turn_whose_judge_fails_goes_on_with_the_built_in_verdict(stage: Stage, name: str) -> None:
    """It is marked, the trainee is told why, and it is the verdict that needs no model."""
    behaviour, told = JUDGE_FAULTS[name]
    session = stage.open(hasty=name in FAULTS and FAULTS[name][3] > 0)
    stage.server.always("judge", behaviour)
    events, taken = played(session.say(SAID, 1))
    assert taken < 2 * TOTAL_S + SOON_S + TURN_S
    assert sorted(kinds(events)) == ["calls", "customer", "mood", "note", "verdict"]
    (turn,) = session.turns
    assert judged(turn.verdict) == judged(stage.plain.verdict)
    assert turn.verdict.by.startswith("built-in (")
    assert turn.reply.text == TEXT
    assert notes(events) == f"{told}, so the built-in evaluator graded this turn."


def test_where_nobody_listens_the_turn_is_judged_and_waits(stage: Stage) -> None:
    """Both models are gone; once they are back the turn is finished with the verdict it had."""
    session = stage.open()
    stage.server.down()
    events, taken = played(session.say(SAID, 1))
    stage.server.up()
    assert taken < SOON_S + TURN_S
    assert kinds(events) == ["verdict", "note", "paused"]
    assert "it cannot be reached" in notes(events)
    assert "cannot be reached" in session.paused
    list(session.resume())
    (turn,) = session.turns
    assert turn.reply.text == TEXT
    assert judged(turn.verdict) == judged(stage.plain.verdict)


def test_a_judge_that_fails_once_is_asked_once_more(stage: Stage) -> None:
    """What was wrong is said to it, and the mended answer counts."""
    session = stage.open()
    stage.server.next("judge", does.says('{"called_for": ['))
    list(session.say(SAID, 1))
    assert session.turns[0].verdict.by == "openai/judge"
    assert "the JSON is broken" in stage.server.asked("judge")[-1].messages[-1]["content"]


def test_a_finding_needs_most_of_the_samples(stage: Stage) -> None:
    """The settings say how many are asked for."""
    settings = replace(stage.ring.settings, models=replace(stage.ring.settings.models, samples=3))
    several = Ring(settings, knowledge=stage.ring.knowledge, gateway=stage.gateway)
    session = several.resume(stage.open().id)
    sorry, asks = ("apologise", "I am so sorry"), ("clarifying_question", "May I ask what is waiting for you")
    stage.server.next("judge", does.says(judgement([sorry, asks], ["apologise"])))
    stage.server.always("judge", does.says(judgement([sorry], ["apologise"])))
    asked = len(stage.server.asked("judge"))
    list(session.say(SAID, 1))
    assert [found.id for found in session.turns[0].verdict.techniques] == ["apologise"]
    assert len(stage.server.asked("judge")) == asked + 3
    several.close()


def test_time_outs_of_both_models_run_side_by_side(stage: Stage) -> None:
    """However often each may be tried, a turn takes no longer than the more patient of the two."""
    session = stage.open(hasty=True)
    stage.server.always("actor", does.hangs())
    stage.server.always("judge", does.hangs())
    asked = len(stage.server.requests)
    events, taken = played(session.say(SAID, 1))
    assert kinds(events) == ["verdict", "note", "paused"]
    assert taken < TOTAL_S + SOON_S + TURN_S
    assert len(stage.server.requests) == asked + 2


def test_a_judge_that_raises_is_replaced_too(stage: Stage) -> None:
    """Whatever evaluator it is, the boundary holds."""

    class Asking:
        def evaluate(self, evidence: Evidence) -> Verdict:
            stage.gateway.complete("judge", [{"role": "user", "content": evidence.turn}], max_tokens=9)
            raise AssertionError

    other = Ring(stage.ring.settings, knowledge=stage.ring.knowledge, evaluator=Asking(), gateway=stage.gateway)
    session = other.resume(stage.open().id)
    stage.server.always("judge", does.status(401))
    assert "note" in kinds(list(session.say(SAID)))
    assert session.turns[0].verdict.by == "built-in (model failed: it refused the key)"
    other.close()


def test_a_stream_cut_in_the_middle_pauses_and_is_said_anew(stage: Stage) -> None:
    """Half a reply is not kept as if it were one."""
    session = stage.open()
    stage.server.next("actor", does.says(TEXT, cut_after=3))
    events = list(session.say(SAID))
    assert kinds(events) == ["verdict", "paused"]
    assert "broke in the middle" in events[-1]["why"]
    list(session.resume())
    assert session.turns[0].reply.text == TEXT


def test_a_verdict_that_comes_after_the_customer_failed_is_told_and_kept(stage: Stage) -> None:
    """The judge works on while the customer is gone already, and is not asked again."""
    session = stage.open()
    stage.server.always("judge", does.says(JUDGED, first_s=0.5))
    stage.server.always("actor", does.status(401))
    assert kinds(list(session.say(SAID))) == ["verdict", "paused"]
    asked = len(stage.server.asked("judge"))
    stage.server.always("actor", does.says(TEXT))
    list(session.resume())
    assert session.turns[0].verdict.by == "openai/judge"
    assert len(stage.server.asked("judge")) == asked


def test_a_paused_turn_is_the_same_after_a_restart(stage: Stage) -> None:
    """Another process knows what was said and why it waits."""
    session = stage.open()
    stage.server.always("actor", does.status(500))
    why = list(session.say(SAID))[-1]["why"]
    other = Ring(stage.ring.settings, knowledge=stage.ring.knowledge, gateway=stage.gateway)
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
    assert (told["turn"], told["calls"], told["failed"]) == (1, 3, 1)
    assert told["price"] is None
    assert told["completion_tokens"] == len(TEXT.split(" ")) + len(JUDGED.split(" "))
    first, *turn = [(call.role, bool(call.error)) for call in session.calls]
    assert first == ("customer", False)
    assert sorted(turn) == [("customer", False), ("customer", True), ("judge", False)]
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
    assert check_model(replace(settings, models=Models()), "judge").startswith("Built in")
    other = replace(settings, models=replace(settings.models, fallback=Endpoint("openai/nobody", stage.server.base)))
    with pytest.raises(ModelUnknown, match="There is no model openai/nobody"):
        check_model(other, "fallback")
