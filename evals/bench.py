"""Measures what a model-backed turn costs beside its models: ``python -m evals.bench [turns]``.

The models are a scripted server in a process of its own (200 ms to the first token, 20 ms a token, a judge that takes
2 s). Each turn of a session is followed by raw HTTP calls of the very prompts that the turn sent, so that both meet
the same machine. Everything else is as in use: durable storage, retrieval, grading.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, cycle, islice
from pathlib import Path

import httpx
from pydantic import BaseModel

from evals.scripted_server import ScriptedServer, says
from graph.gateway import LiteLLMGateway, Message, Role
from graph.session import Ring, Session
from graph.settings import Endpoint, Models, Settings

FIRST_S, TOKEN_S, JUDGE_S = 0.2, 0.02, 2.0
TURNS = 10
CARD = "fuming-delayed-traveller"
SAID = (
    "I am sorry, that must have been a miserable night. What is waiting for you in Exeter?",
    "I understand. Let me look at the next connection and tell you what I find.",
    "You are right to be angry, we put you off in the rain and told you nothing.",
    "Give me a minute and I will see what I can do about tonight.",
)
REPLIES = (
    "Two hours I have stood here, two hours, and not one of your people had the decency to come out and talk to us.",
    "I have heard that before from the man at the desk, and an hour later I was still on that bench in the cold.",
    "My daughter sits at home and waits for me, and every time I ring her I have to say that I do not know.",
    "It is always the same with this line, nobody knows a thing and everybody is very sorry about it indeed.",
)
VERDICT = json.dumps({"called_for": [], "atoms": [], "fix": "", "rewrite": ""})


@dataclass(slots=True)
class Asked:
    """What one turn sent, and when its words came."""

    sent: dict[Role, list[Message]] = field(default_factory=dict)
    pieces: list[float] = field(default_factory=list)
    streams: int = 0
    begun: float = 0
    """When the first model was asked."""
    answered: float = 0
    """When the judge had answered."""


class Watching(LiteLLMGateway):
    """The gateway, watched from outside: the prompts, and the moment of each piece."""

    asked = Asked()

    def stream(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, temperature: float, seed: int | None = None
    ) -> Iterator[str]:
        """Stream, and write down when pieces were there to be taken."""
        self.asked.sent[role] = list(messages)
        self.asked.begun = self.asked.begun or time.perf_counter()
        self.asked.streams += 1
        self.asked.pieces = []
        for piece in super().stream(role, messages, max_tokens=max_tokens, temperature=temperature, seed=seed):
            self.asked.pieces.append(time.perf_counter())
            yield piece

    def complete(
        self, role: Role, messages: Sequence[Message], *, schema: type[BaseModel] | None = None, max_tokens: int,
        temperature: float = 0.0, seed: int | None = None,
    ) -> str:  # fmt: skip
        """Complete, and write down the prompt."""
        self.asked.sent[role] = list(messages)
        self.asked.begun = self.asked.begun or time.perf_counter()
        text = super().complete(
            role, messages, schema=schema, max_tokens=max_tokens, temperature=temperature, seed=seed
        )  # fmt: skip
        self.asked.answered = time.perf_counter()
        return text


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn's times in seconds, and those of the raw calls of its prompts."""

    first: float
    held: float
    """From the model's first piece to the one with which the guards let words through."""
    whole: float
    before: float
    """Until the first model was asked: reading, retrieval, direction."""
    after: float
    """From the judge's answer to the end: verification, grading, storage."""
    streams: int
    """Replies asked for; more than one where a guard discarded the first."""
    raw_first: float
    raw_customer: float
    raw_judge: float


def main(turns: int = TURNS) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, served() as base:
        actor, judge = Endpoint("openai/actor", base), Endpoint("openai/judge", base)
        usual = Settings.from_environment()
        url = f"sqlite:///{Path(folder) / 'sparring.sqlite'}"
        settings = replace(usual, data=Path(folder), store_url=url, models=Models(actor, judge))
        gateway = Watching(settings.models)
        gateway.warm()
        ring = Ring(settings, gateway=gateway)
        with httpx.Client(base_url=base, timeout=30) as raw:
            times = list(islice(played(ring, gateway, raw), turns))
        ring.close()
    print("\n".join(reported(times)))


def played(ring: Ring, gateway: Watching, raw: httpx.Client) -> Iterator[Turn]:
    """Yield turn after turn, in as many sessions as it takes; first ones load things and last ones debrief."""
    for seed in count(1):
        session = ring.open(CARD, seed=seed)
        for n, said in enumerate(SAID):
            turn = measured(session, gateway, raw, said)
            if session.debrief is not None:
                break
            if n or seed > 1:
                yield turn


def measured(session: Session, gateway: Watching, raw: httpx.Client, said: str) -> Turn:
    """Play a turn, then make its calls alone."""
    asked = gateway.asked = Asked()
    begun, first = time.perf_counter(), 0.0
    for event in session.say(said):
        if event["type"] == "words" and not first:
            first = time.perf_counter()
    ended = time.perf_counter()
    let = [at for at in asked.pieces if at <= first] or asked.pieces[:1]
    raw_first, raw_customer = _streamed(raw, asked.sent["customer"])
    return Turn(
        first=first - begun, held=let[-1] - asked.pieces[0], whole=ended - begun, before=asked.begun - begun,
        after=ended - asked.answered, streams=asked.streams, raw_first=raw_first, raw_customer=raw_customer,
        raw_judge=_whole(raw, asked.sent["judge"]),
    )  # fmt: skip


def reported(turns: Sequence[Turn]) -> list[str]:
    """Return the medians, and what they mean, one a line."""

    def median(of: Callable[[Turn], float], among: Sequence[Turn] = turns) -> float:
        return statistics.median(of(turn) for turn in among) * 1000

    once = [turn for turn in turns if turn.streams == 1] or turns
    first, held = median(lambda t: t.first, once), median(lambda t: t.held, once)
    raw_first = median(lambda t: t.raw_first, once)
    whole, slowest = median(lambda t: t.whole), median(lambda t: max(t.raw_customer, t.raw_judge))
    own = median(lambda t: t.whole - max(t.raw_customer, t.raw_judge))
    before, after = median(lambda t: t.before), median(lambda t: t.after)
    return [
        f"{len(turns)} turns, in {len(turns) - len(once)} of them a guard discarded the first reply; medians in ms",
        f"first word   {first:7.1f}   raw stream {raw_first:.1f}, held back by guards {held:.1f}",
        f"             {(first - held) / raw_first:7.3f} x the raw stream, hold-back left out (at most 1.10)",
        f"whole turn   {whole:7.1f}   slower of the two raw calls {slowest:.1f}",
        f"             {whole / slowest:7.3f} x that (at most 1.10)",
        f"our own time {own:7.1f}   on the critical path (under 25): {before:.1f} before the models are asked, "
        f"{after:.1f} after the judge, the rest while they are",
    ]


class served:
    """The scripted server in a process of its own, so that it takes no time from what is measured."""

    def __enter__(self) -> str:
        """Start it; return its address."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "evals.bench", "serve"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate()


def serve() -> None:
    """Answer as the two models until the process is ended."""
    replies, lock = cycle(REPLIES), threading.Lock()

    def reply(_: object) -> str:
        with lock:
            return next(replies)

    with ScriptedServer() as server:
        server.always("actor", says(reply, first_s=FIRST_S, token_s=TOKEN_S))
        server.always("judge", says(VERDICT, first_s=JUDGE_S))
        print(server.base, flush=True)
        sys.stdin.read()


def _streamed(raw: httpx.Client, messages: list[Message]) -> tuple[float, float]:
    """Return the seconds to the first word of a raw stream and to its end."""
    body = {"model": "actor", "messages": messages, "stream": True}
    begun, first = time.perf_counter(), 0.0
    with raw.stream("POST", "/chat/completions", json=body) as answer:
        for line in answer.iter_lines():
            if not first and line.startswith("data: {") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                first = time.perf_counter()
    return first - begun, time.perf_counter() - begun


def _whole(raw: httpx.Client, messages: list[Message]) -> float:
    """Return the seconds a raw unstreamed call takes."""
    begun = time.perf_counter()
    raw.post("/chat/completions", json={"model": "judge", "messages": messages}).raise_for_status()
    return time.perf_counter() - begun


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main(*map(int, sys.argv[1:2]))
