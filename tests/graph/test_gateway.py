"""The gateway against a scripted server on a real socket: every fault, in time, in plain words, without a key."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from evals import scripted_server as does
from evals.scripted_server import Behaviour, ScriptedServer
from graph import errors
from graph.checking import configured
from graph.errors import ModelError, Unusable
from graph.gateway import LiteLLMGateway
from graph.settings import Endpoint, Models, models_from, scrub
from graph.types import Call

pytestmark = [
    pytest.mark.network,
    pytest.mark.filterwarnings(
        "ignore::pydantic.warnings.PydanticDeprecatedSince211"
    ),  # litellm's own, while streaming
]

KEY = "sk-secret-0123456789abcdef"
ASKED = [{"role": "system", "content": "You are Dana."}, {"role": "user", "content": "Good morning."}]
TEXT = "And who are you, then?"
FIRST_S, GAP_S, TOTAL_S = 0.6, 0.4, 2.5
PATIENT = {"total_s": 60, "first_s": 60, "gap_s": 60}
"""For faults that are no silence: what is found must be the fault, and not that a busy machine was slow to meet it."""
SOON_S = 1.0
"""How much longer than its deadline anything may take on a busy machine."""


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Import litellm and make its first call, which take seconds, before anything is timed."""
    with ScriptedServer() as running:
        running.always("m", does.says("ready"))
        gateway = LiteLLMGateway(models(running, total_s=60, first_s=60))
        gateway.warm()
        gateway.complete("judge", ASKED, max_tokens=5)
        list(gateway.stream("customer", ASKED, max_tokens=5, temperature=0))


def models(server: ScriptedServer, fallback: str = "", **others: Any) -> Models:
    """Return a configuration of one model, impatient and without a limit of tries worth speaking of."""
    main = Endpoint("openai/m", server.base, SecretStr(KEY))
    other = Endpoint(f"openai/{fallback}", server.base, SecretStr(KEY)) if fallback else None
    return replace(Models(main, main, other, total_s=TOTAL_S, first_s=FIRST_S, gap_s=GAP_S), **others)


class Asker:
    """A gateway whose calls, waits and time are written down."""

    def __init__(self, configured: Models) -> None:
        """Ask without waiting between tries."""
        self.calls: list[Call] = []
        self.waits: list[float] = []
        self.gateway = LiteLLMGateway(configured, self.calls.append, sleep=self.waits.append)
        self.heard: list[str] = []
        self.taken = 0.0

    def ask(self, streamed: bool) -> str:
        """Ask once; what was heard before an error is kept."""
        begun, self.heard = time.perf_counter(), []
        try:
            if streamed:
                for piece in self.gateway.stream("customer", ASKED, max_tokens=50, temperature=0.7, seed=1):
                    self.heard.append(piece)
            else:
                self.heard.append(self.gateway.complete("judge", ASKED, max_tokens=50))
        finally:
            self.taken = time.perf_counter() - begun
        return "".join(self.heard)


both = pytest.mark.parametrize("streamed", [True, False], ids=["stream", "complete"])

# behaviour, error, most seconds streamed and unstreamed, tries
FAULTS: dict[str, tuple[Behaviour, type[ModelError], float, float, int]] = {
    "401": (does.status(401, f"wrong key {KEY}"), errors.ModelRefusedKey, 0, 0, 1),
    "403": (does.status(403, f"not for {KEY}"), errors.ModelRefusedKey, 0, 0, 1),
    "404": (does.status(404, f"no model for {KEY}"), errors.ModelUnknown, 0, 0, 1),
    "429": (does.status(429, f"slow down {KEY}"), errors.ModelBusy, 0, 0, 3),
    "429 with retry-after": (does.status(429, retry_after=1), errors.ModelBusy, 0, 0, 3),
    "429 with a long retry-after": (does.status(429, retry_after=600), errors.ModelBusy, 0, 0, 1),
    "429 without credit": (does.status(429, "billing", kind="insufficient_quota"), errors.ModelBusy, 0, 0, 1),
    "500": (does.status(500, f"it broke at {KEY}"), errors.ModelDown, 0, 0, 3),
    "503": (does.status(503), errors.ModelDown, 0, 0, 3),
    "400": (does.status(400, f"bad {KEY}"), errors.ModelOddReply, 0, 0, 1),
    "connection dropped": (does.drops(), errors.ModelDown, 0, 0, 3),
    "time-out": (does.hangs(), errors.ModelSlow, FIRST_S, TOTAL_S, 1),
    "slow first token": (does.says(TEXT, first_s=10), errors.ModelSlow, FIRST_S, TOTAL_S, 1),
    "kept alive without a word": (does.keeps_alive(), errors.ModelSlow, FIRST_S, TOTAL_S, 1),
    "empty": (does.says(""), errors.ModelEmpty, 0, 0, 3),
    "white space": (does.says("  \n "), errors.ModelEmpty, 0, 0, 3),
    "no JSON": (does.page("not JSON {"), errors.ModelOddReply, 0, 0, 1),
    "a web page": (does.page(), errors.ModelOddReply, 0, 0, 1),
    "JSON cut": (does.raw('{"id": "1", "choices": [{"index": 0, "mess'), errors.ModelOddReply, 0, 0, 1),
    "another schema": (does.raw('{"answer": {"text": "Hello."}}'), errors.ModelOddReply, 0, 0, 1),
    "no object": (does.raw("[1, 2]"), errors.ModelOddReply, 0, 0, 1),
    "no choices": (does.raw('{"choices": []}'), errors.ModelOddReply, 0, 0, 1),
    "content filter": (does.filtered(), errors.ModelFiltered, 0, 0, 1),
    "context too long": (does.too_long(), errors.ModelTooLong, 0, 0, 1),
}


@both
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_in_time_and_without_the_key(server: ScriptedServer, name: str, streamed: bool) -> None:
    """The error's kind, how long it took, how often was asked, and what is said and recorded."""
    behaviour, kind, first, whole, tries = FAULTS[name]
    server.always("m", behaviour)
    asker = Asker(models(server, **({} if first else PATIENT)))
    with pytest.raises(kind) as raised:
        asker.ask(streamed)
    assert asker.taken < (first if streamed else whole) + SOON_S
    assert asker.heard == []
    assert len(server.asked("m")) == tries
    (call,) = asker.calls
    assert (call.tries, call.error) == (tries, str(raised.value))
    assert KEY not in repr(raised.value) + repr(call)
    assert raised.value.__cause__ is None
    assert "openai/m" in call.error or server.base in call.error or "m" in call.model
    assert call.error.rstrip()[-1] == "."


@both
def test_a_refused_connection_is_named_in_time(streamed: bool) -> None:
    """Nothing listens there: told long before a silent model would be given up."""
    asker = Asker(models(ScriptedServer(), **PATIENT))
    with pytest.raises(errors.ModelDown, match="cannot be reached at http://127"):
        asker.ask(streamed)
    assert asker.taken < PATIENT["first_s"] / 4
    assert asker.calls[0].tries == 3


@both
def test_an_answer_comes_through_whole_and_is_recorded(server: ScriptedServer, streamed: bool) -> None:
    """Words, tokens, times; and what was sent."""
    server.next("m", does.says(TEXT, first_s=0.1))
    asker = Asker(models(server))
    assert asker.ask(streamed) == TEXT
    (call,) = asker.calls
    assert (call.model, call.prompt_tokens, call.completion_tokens) == ("openai/m", 5, 5)
    assert (call.price, call.tries, call.error) == (None, 1, "")
    assert 100 <= call.first_ms <= call.ms < 1000
    (sent,) = server.asked("m")
    assert sent.messages == ASKED
    assert sent.headers["Authorization"] == f"Bearer {KEY}"
    assert sent.body["max_tokens"] == 50


def test_words_come_one_by_one(server: ScriptedServer) -> None:
    """Not all at the end."""
    server.next("m", does.says(TEXT, token_s=0.1))
    gateway = LiteLLMGateway(models(server))
    times = [time.perf_counter() for _ in gateway.stream("customer", ASKED, max_tokens=9, temperature=0)]
    assert len(times) == 5
    assert times[-1] - times[0] > 0.3


@both
def test_characters_split_over_packets_arrive_whole(server: ScriptedServer, streamed: bool) -> None:
    """Whatever their length in bytes."""
    said = "Größe 大きい 🙂 naïve"
    server.next("m", does.splits(said))
    assert Asker(models(server)).ask(streamed) == said


@both
def test_refusals_and_wrong_schemas_are_text_like_any_other(server: ScriptedServer, streamed: bool) -> None:
    """Guards and verdicts judge them; a door does not read what passes it."""
    for said in ("I'm sorry, but I can't help with that.", '{"atoms": 3}', '{"atoms": [{"id": "apol'):
        server.next("m", does.says(said))
        assert Asker(models(server)).ask(streamed) == said


def test_a_reply_in_another_role_is_no_reply(server: ScriptedServer) -> None:
    """Where it can be seen: litellm writes assistant over the role of a stream."""
    server.next("m", does.says(TEXT, role="user"))
    with pytest.raises(errors.ModelOddReply, match="'user'"):
        Asker(models(server)).ask(False)


@both
def test_a_filter_that_stops_in_the_middle_is_said(server: ScriptedServer, streamed: bool) -> None:
    """Half an answer is none."""
    server.next("m", does.says(TEXT, finish="content_filter"))
    with pytest.raises(errors.ModelFiltered):
        Asker(models(server)).ask(streamed)


def test_a_stream_cut_in_the_middle_is_not_begun_again(server: ScriptedServer) -> None:
    """Its words were out; whoever showed them decides."""
    server.next("m", does.says(TEXT, cut_after=3))
    asker = Asker(models(server, fallback="other"))
    with pytest.raises(errors.ModelCut):
        asker.ask(True)
    assert "".join(asker.heard) == "And who are"
    assert [(call.tries, call.completion_tokens > 0) for call in asker.calls] == [(1, True)]
    assert asker.calls[0].error
    assert len(server.requests) == 1


def test_an_answer_cut_in_the_middle_is_asked_for_again(server: ScriptedServer) -> None:
    """Nobody had heard anything of it."""
    server.next("m", does.says(TEXT, cut_after=1), does.says(TEXT))
    assert Asker(models(server)).ask(False) == TEXT


def test_a_stream_that_stops_in_the_middle_is_given_up(server: ScriptedServer) -> None:
    """After the pause allowed between two words."""
    server.next("m", does.hangs(after=2))
    asker = Asker(models(server))
    with pytest.raises(errors.ModelSlow, match="in the middle"):
        asker.ask(True)
    assert "".join(asker.heard) == "word0 word1 "
    assert asker.taken < GAP_S + SOON_S


def test_a_stream_that_never_ends_is_given_up(server: ScriptedServer) -> None:
    """A word now and then does not put off the end."""
    server.next("m", does.says("word " * 200, token_s=0.1))
    asker = Asker(models(server, total_s=1.0))
    with pytest.raises(errors.ModelSlow):
        asker.ask(True)
    assert asker.taken < 1.0 + SOON_S


@both
def test_a_model_that_failed_is_asked_again(server: ScriptedServer, streamed: bool) -> None:
    """Waiting twice as long each time."""
    server.next("m", does.status(500), does.says(""), does.says(TEXT))
    asker = Asker(models(server))
    assert asker.ask(streamed) == TEXT
    assert asker.waits == [0.4, 0.8]
    assert [(call.tries, call.error) for call in asker.calls] == [(3, "")]


@both
def test_the_provider_says_how_long_to_wait(server: ScriptedServer, streamed: bool) -> None:
    """And is obeyed, within reason."""
    server.next("m", does.status(429, retry_after=1.5), does.says(TEXT))
    asker = Asker(models(server))
    assert asker.ask(streamed) == TEXT
    assert asker.waits == [1.5]


@both
def test_no_wait_goes_past_the_deadline(server: ScriptedServer, streamed: bool) -> None:
    """Rather than wait for nothing, it is said at once."""
    server.always("m", does.status(429, retry_after=5))
    asker = Asker(models(server))
    with pytest.raises(errors.ModelBusy, match="5 seconds"):
        asker.ask(streamed)
    assert asker.waits == []


@both
def test_time_outs_do_not_multiply_with_tries(server: ScriptedServer, streamed: bool) -> None:
    """Failures first, then silence: all of it within the one deadline."""
    server.next("m", does.status(500), does.status(500))
    server.always("m", does.hangs())
    asker = Asker(models(server, tries=9))
    with pytest.raises(errors.ModelSlow):
        asker.ask(streamed)
    assert asker.taken < TOTAL_S + SOON_S
    assert len(server.asked("m")) == 3


@both
@pytest.mark.parametrize("name", ["401", "429", "500", "time-out", "empty", "content filter", "context too long"])
def test_a_fallback_answers_where_the_first_fails(server: ScriptedServer, name: str, streamed: bool) -> None:
    """Once, within the same deadline, and both calls are recorded."""
    server.always("m", FAULTS[name][0])
    server.always("other", does.says(TEXT))
    asker = Asker(models(server, fallback="other"))
    assert asker.ask(streamed) == TEXT
    assert asker.taken < TOTAL_S + SOON_S
    assert [call.model for call in asker.calls] == ["openai/m", "openai/other"]
    assert [bool(call.error) for call in asker.calls] == [True, False]


@both
def test_where_both_fail_both_are_said_within_the_deadline(server: ScriptedServer, streamed: bool) -> None:
    """The kind is that of the first."""
    server.always("m", does.hangs())
    server.always("other", does.hangs())
    asker = Asker(models(server, fallback="other"))
    with pytest.raises(errors.ModelSlow, match=r"openai/m did.*fallback model failed too: openai/other did"):
        asker.ask(streamed)
    assert asker.taken < TOTAL_S + SOON_S


def test_whoever_stops_listening_stops_the_model(server: ScriptedServer) -> None:
    """The connection is closed and the call is recorded with what was heard."""
    left = threading.Event()

    def endless(exchange: does.Exchange) -> None:
        exchange.begin()
        try:
            while True:
                frame = b'data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "on"}}]}\n\n'
                exchange.send(frame)
                time.sleep(0.02)
        except OSError:
            left.set()

    server.next("m", endless)
    asker = Asker(models(server))
    stream = asker.gateway.stream("customer", ASKED, max_tokens=50, temperature=0)
    assert next(stream) == "on"
    stream.close()  # type: ignore[attr-defined]
    assert left.wait(2)
    assert [(call.error, call.completion_tokens) for call in asker.calls] == [("", 1)]


class Answer(BaseModel):
    """A schema."""

    atoms: list[str]


def test_a_schema_is_sent_and_left_out_where_it_is_refused(server: ScriptedServer) -> None:
    """Remembered, so that it is refused once."""
    server.next("m", does.says("{}"), does.status(400, "response_format is not supported"))
    server.always("m", does.says("{}"))
    gateway = LiteLLMGateway(models(server))
    for _ in range(3):
        assert gateway.complete("judge", ASKED, schema=Answer, max_tokens=9) == "{}"
    sent = [request.body.get("response_format", {}).get("type") for request in server.asked("m")]
    assert sent == ["json_schema", "json_schema", None, None]


def test_a_schema_is_worked_out_once(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not in every call, which the trainee would wait for."""

    class Asked(BaseModel):
        reason: str

    asked: list[type[BaseModel]] = []
    original = Asked.model_json_schema
    monkeypatch.setattr(Asked, "model_json_schema", lambda *args, **named: asked.append(Asked) or original())
    server.always("m", does.says("{}"))
    gateway = LiteLLMGateway(models(server))
    for _ in range(3):
        gateway.complete("judge", ASKED, schema=Asked, max_tokens=9)
    assert len(asked) == 1
    assert {request.body["response_format"]["json_schema"]["name"] for request in server.asked("m")} == {"Asked"}


def test_prices_come_from_the_packaged_list(server: ScriptedServer) -> None:
    """Known models have one, others are said to have none."""
    server.always("gpt-4o-mini", does.says(TEXT))
    calls: list[Call] = []
    known = replace(models(server), judge=Endpoint("openai/gpt-4o-mini", server.base, SecretStr(KEY)))
    gateway = LiteLLMGateway(known, calls.append)
    gateway.complete("judge", ASKED, max_tokens=9)
    assert calls[0].price == pytest.approx(5 * 0.15e-6 + 5 * 0.6e-6, rel=0.01)
    assert (gateway.window("judge"), gateway.window("customer")) == (128_000, 8192)
    assert gateway.name("judge") == "openai/gpt-4o-mini"


def test_tokens_are_counted_here_where_the_provider_does_not(server: ScriptedServer) -> None:
    """A server that sends no usage."""
    server.always("m", does.says(TEXT, usage=False))
    asker = Asker(models(server))
    asker.ask(False)
    assert asker.calls[0].prompt_tokens == asker.gateway.count("You are Dana.") + asker.gateway.count("Good morning.")
    assert asker.calls[0].completion_tokens == asker.gateway.count(TEXT) == 7


FIRST_CALLS = """
import json, sys
import graph.session
from evals.scripted_server import ScriptedServer, says, status
from graph.errors import ModelRefusedKey
from graph.gateway import LiteLLMGateway
from graph.settings import Endpoint, Models
early = sorted({"litellm", "openai", "xllamacpp", "tiktoken"} & sys.modules.keys())
with ScriptedServer() as server:
    asking = LiteLLMGateway(Models(Endpoint("openai/m", server.base)))
    asking._ready("customer")
    ready = set(sys.modules)
    for behaviour in (status(401), says("Good morning.")):
        server.always("m", behaviour)
        try:
            list(asking.stream("customer", [{"role": "user", "content": "Hello."}], max_tokens=5, temperature=0))
        except ModelRefusedKey:
            pass
print(json.dumps([early, sorted(sys.modules.keys() - ready)]))
"""


@pytest.fixture(scope="module")
def imported() -> tuple[list[str], list[str]]:
    """Return what a new process imported before a model was asked, and what while its first calls were timed."""
    command = [sys.executable, "-W", "ignore", "-c", FIRST_CALLS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    early, late = json.loads(done.stdout)
    return early, late


@pytest.mark.process
def test_nothing_is_imported_before_a_model_is_asked(imported: tuple[list[str], list[str]]) -> None:
    """A session with everything built in never pays for litellm."""
    assert imported[0] == []


@pytest.mark.process
def test_the_clock_of_the_first_call_starts_after_the_imports(imported: tuple[list[str], list[str]]) -> None:
    """Nor does a call that fails import anything while it is timed, but for some small parts of litellm."""
    assert {name.partition(".")[0] for name in imported[1]} <= {"litellm"}


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And each section over what is said for all."""
    (tmp_path / "settings.toml").write_text(
        'model = "openai/a"\njudge_model = "mistral/b"\napi_base = "http://one/v1"\napi_key = "file-key"\n'
        "timeout = 30\n"
        '[judge]\napi_key = "judge-key"\n',
        encoding="utf-8",
    )
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    read = models_from(tmp_path / "settings.toml")
    assert read.customer == Endpoint("openai/a", "http://one/v1", SecretStr("file-key"))
    assert read.judge == Endpoint("mistral/b", "", SecretStr("judge-key"))
    assert read.total_s == 30
    monkeypatch.setenv("SPARRING_MODEL", "openai/c")
    monkeypatch.setenv("SPARRING_JUDGE_MODEL", "built-in")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    read = models_from(tmp_path / "settings.toml")
    assert (read.customer, read.judge) == (Endpoint("openai/c", "http://one/v1"), None)
    assert KEY not in repr(read)
    assert "file-key" not in repr(read)


def test_it_is_known_what_names_a_model_and_holds_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable or the file, for model and key by themselves; the key is in none of it."""
    path = tmp_path / "settings.toml"
    path.write_text(f'model = "openai/a"\nfallback_model = "mistral/b"\napi_key = "{KEY}"\n', encoding="utf-8")
    for name in ("OPENAI_API_KEY", "MISTRAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def told() -> list[tuple[str, str, str]]:
        return [(one.model, one.named_in, one.key_in) for one in configured(models_from(path))]

    assert told() == [
        ("openai/a", "settings.toml", "settings.toml"),
        ("openai/a", "settings.toml", "settings.toml"),
        ("mistral/b", "settings.toml", ""),
    ]
    monkeypatch.setenv("SPARRING_JUDGE_MODEL", "openai/c")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SPARRING_FALLBACK_MODEL", "built-in")
    assert told() == [
        ("openai/a", "settings.toml", "OPENAI_API_KEY"),
        ("openai/c", "SPARRING_JUDGE_MODEL", "OPENAI_API_KEY"),
        ("", "", ""),
    ]
    monkeypatch.setenv("SPARRING_API_KEY", KEY)
    assert told()[0] == ("openai/a", "settings.toml", "SPARRING_API_KEY")
    assert KEY not in repr(configured(models_from(path)))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('model = "a"\nmodle = "b"\n', r"settings.toml:2: modle: there is no such setting. Fix: use one of api_base"),
        ('model = "a"\n[judge]\nkey = "x"\n', r"settings.toml:3: judge.key: there is no such setting"),
        ('model = "a"\ntimeout = "long"\n', r"settings.toml:2: timeout: .*number.*Fix"),
        ('model = "a"\nsamples = 0\n', r"settings.toml:2: samples: .*greater than or equal to 1.*Fix"),
        ('api_base = "localhost:80"\n', r"settings.toml:1: api_base: .*pattern.*Fix"),
        ("model = gpt\n", r"settings.toml: Invalid value \(at line 1, column 9\). Fix"),
        (f'api_key = ["{KEY}"]\n', r"settings.toml:1: api_key: .*string"),
    ],
)
def test_a_bad_file_is_said_with_its_line_and_fix(tmp_path: Path, written: str, said: str) -> None:
    """And never with the key that may be in it."""
    path = tmp_path / "settings.toml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(Unusable, match=said) as raised:
        models_from(path)
    assert KEY not in str(raised.value)


def test_keys_are_taken_out_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are known, and those that look like one."""
    monkeypatch.setenv("ODD_API_KEY", "hunter2-hunter2")
    for text in (
        f"wrong key {KEY}.", "Authorization: Bearer abc.def-123", "http://me:pass@host/v1", "GET /v1?api_key=abcd1234",
        "it is hunter2-hunter2!", "AIzaSyA0123456789abcdefghijkl",
    ):  # fmt: skip
        assert "[key]" in scrub(text), text
    assert scrub("The sky is blue at http://host:80/v1.") == "The sky is blue at http://host:80/v1."


@pytest.mark.parametrize(
    ("content", "said"), [(None, "no model file"), (b"not a model", "no GGUF file"), (b"GGUF", "make local")]
)
def test_a_local_model_that_cannot_be_is_said_with_its_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    """The file, its kind, or the add-on is missing."""
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr("graph.local_model.find_spec", lambda name: None)
    with pytest.raises(Unusable, match=said):
        LiteLLMGateway(Models(customer=Endpoint(f"gguf:{path}")))
