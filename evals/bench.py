"""Measures what a model-backed turn costs beside its models: ``python -m evals.bench [sessions]``.

The models are a scripted server in a process of its own (200 ms to the first token, 20 ms a token, a judge that takes
2 s). Each turn is followed by raw HTTP calls of the very prompts that it sent, so that both meet the same machine.
Everything else is as in use: durable storage, retrieval, grading. No sentence is said twice, for what was embedded is
remembered; the first session, which loads things, is left out. The raw calls leave the reader the time that a trainee
takes to write, in which it reads ahead.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from langgraph.checkpoint.sqlite import SqliteSaver

from evals.bench_models import served
from graph import timing
from graph.gateway import LiteLLMGateway, Message
from graph.session import Ring, Session
from graph.settings import Endpoint, Models, Settings

SESSIONS, TURNS = 6, 4
CARD = "fuming-delayed-traveller"
BEGINS = (
    "I am sorry, that must have been a miserable night.", "You are right to be angry, we put you off in the rain.",
    "I understand, two hours is a long time out there.", "Nobody told you anything, and that was our doing.",
    "Let me see what I can find out for you tonight.", "I hear how worried you are about Exeter.",
    "That is not how we should treat anybody.",
)  # fmt: skip
ENDS = (
    "What is waiting for you at home?", "I am looking at the next connection now.",
    "Give me a minute and I will tell you what I find.", "Could you tell me what happened after you got off?",
    "Who have you spoken to since then?",
)  # fmt: skip


# What is measured


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of work."""

    stage: str
    begun: float
    ended: float


@dataclass(slots=True)
class Watch:
    """What happened in the turn at hand."""

    spans: list[Span] = field(default_factory=list)
    sent: dict[str, list[Message]] = field(default_factory=dict)
    pieces: list[float] = field(default_factory=list)
    """When the words of the customer's model came."""
    streams: int = 0

    def around(self, owner: Any, name: str, stage: str) -> Any:
        """Return a patch that has every call of ``owner.name`` written down as work of a stage."""
        original = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return original(*args, **kwargs)
            finally:
                self.spans.append(Span(stage, begun, time.perf_counter()))

        return mock.patch.object(owner, name, timed)

    def one(self, stage: str) -> Span:
        """Return the only span of a stage; of several, from the first to the last."""
        of = [span for span in self.spans if span.stage == stage]
        return Span(stage, min(span.begun for span in of), max(span.ended for span in of))

    def spent(self, stage: str, begun: float, ended: float) -> float:
        """Return the seconds of a stage between two moments."""
        return sum(
            max(0.0, min(span.ended, ended) - max(span.begun, begun)) for span in self.spans if span.stage == stage
        )


JUDGING, SPEAKING = "judge's call", "customer's call"
STAGES = (
    *timing.STAGES,
    ("checkpoint", SqliteSaver, "put"),
    ("checkpoint", SqliteSaver, "put_writes"),
    ("checkpoint", SqliteSaver, "get_tuple"),
)
"""Stage, and the function that is its work. None of them contains another."""
TO_FIRST_WORD = ("read", "hear", "direct", "customer's prompt", "guards", "checkpoint")
READING = "read"


class Watching(LiteLLMGateway):
    """The gateway, watched from outside: the prompts, and the moment of each piece."""

    watch = Watch()

    def stream(self, role: Any, messages: Sequence[Message], **options: Any) -> Iterator[str]:
        """Stream, and write down when pieces were there to be taken."""
        self.watch.sent[role] = list(messages)
        self.watch.streams += 1
        self.watch.pieces = []
        begun = time.perf_counter()
        for piece in super().stream(role, messages, **options):
            self.watch.pieces.append(time.perf_counter())
            yield piece
        self.watch.spans.append(Span(SPEAKING, begun, time.perf_counter()))

    def complete(self, role: Any, messages: Sequence[Message], **options: Any) -> str:
        """Complete, and write down the prompt."""
        self.watch.sent[role] = list(messages)
        begun = time.perf_counter()
        text = super().complete(role, messages, **options)
        self.watch.spans.append(Span(JUDGING, begun, time.perf_counter()))
        return text


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn's times in seconds, and those of the raw calls of its prompts."""

    first: float
    held: float
    """From the model's first piece to the one with which the guards let words through."""
    whole: float
    streams: int
    """Replies asked for; more than one where a guard discarded the first."""
    first_stages: dict[str, float]
    """Work by stage on the way to the first word; what else it took is under an empty name."""
    whole_stages: dict[str, float]
    """The same for the whole turn, on the way to the judge's question and from its answer on."""
    raw_first: float
    raw_customer: float
    raw_judge: float

    @property
    def own(self) -> float:
        """Return what the turn took beside its models."""
        return self.whole - max(self.raw_customer, self.raw_judge)

    @property
    def own_first(self) -> float:
        """Return what the first word took beside its model and what the guards held back."""
        return self.first - self.held - self.raw_first


def main(sessions: int = SESSIONS) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, served() as base:
        actor, judge = Endpoint("openai/actor", base), Endpoint("openai/judge", base)
        url = f"sqlite:///{Path(folder) / 'sparring.sqlite'}"
        settings = replace(Settings.from_environment(), data=Path(folder), store_url=url, models=Models(actor, judge))
        gateway = Watching(settings.models)
        gateway.warm()
        ring = Ring(settings, gateway=gateway)
        with httpx.Client(base_url=base, timeout=30) as raw:
            times = list(played(ring, gateway, raw, sessions))
        ring.close()
    print("\n".join(reported(times)))


def played(ring: Ring, gateway: Watching, raw: httpx.Client, sessions: int) -> Iterator[Turn]:
    """Yield turn after turn of that many sessions, after one more that is not counted."""
    number = count()
    for seed in range(sessions + 1):
        session = ring.open(CARD, seed=seed)
        for _ in range(TURNS):
            turn = measured(session, gateway, raw, said(next(number)))
            if session.debrief is not None:
                break
            if seed:
                yield turn


def said(number: int) -> str:
    """Return a message of two sentences, neither of which was said before."""
    begins, ends = BEGINS[number % len(BEGINS)], ENDS[number % len(ENDS)]
    return f"{begins[:-1]}, Mr {number}{begins[-1]} {ends[:-1]}, Mr {number}{ends[-1]}"


def measured(session: Session, gateway: Watching, raw: httpx.Client, message: str) -> Turn:
    """Play a turn, then make its calls alone."""
    watch = gateway.watch = Watch()
    with watched(watch):
        begun, first = time.perf_counter(), 0.0
        for event in session.say(message):
            if event["type"] == "words" and not first:
                first = time.perf_counter()
        ended = time.perf_counter()
    let = [at for at in watch.pieces if at <= first] or watch.pieces[:1]
    raw_first, raw_customer = _streamed(raw, watch.sent["customer"])
    raw_judge = _whole(raw, watch.sent["judge"])
    held = let[-1] - watch.pieces[0]
    speaking, judging = watch.one(SPEAKING), watch.one(JUDGING)
    own_first, own = first - begun - held - raw_first, ended - begun - max(raw_customer, raw_judge)
    to_first = {stage: watch.spent(stage, begun, first) for stage in TO_FIRST_WORD}
    to_first[SPEAKING] = watch.pieces[0] - speaking.begun - raw_first
    around = {
        stage: watch.spent(stage, begun, judging.begun) + watch.spent(stage, judging.ended, ended)
        for stage in dict.fromkeys(stage for stage, _, _ in STAGES)
        if stage not in ("customer's prompt", "guards")
    }
    around[JUDGING] = judging.ended - judging.begun - raw_judge
    return Turn(
        first - begun, held, ended - begun, watch.streams,
        to_first | {"": own_first - sum(to_first.values())}, around | {"": own - sum(around.values())},
        raw_first, raw_customer, raw_judge,
    )  # fmt: skip


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Have every stage's work written down."""
    patches = [watch.around(owner, name, stage) for stage, owner, name in STAGES]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


# What is printed


def reported(turns: Sequence[Turn]) -> list[str]:
    """Return the medians, and what they mean, one a line."""

    def median(of: Callable[[Turn], float], among: Sequence[Turn] = turns) -> float:
        return statistics.median(of(turn) for turn in among) * 1000

    once = [turn for turn in turns if turn.streams == 1] or turns
    first, held, raw_first = (median(of, once) for of in (lambda t: t.first, lambda t: t.held, lambda t: t.raw_first))
    ratio = statistics.median((t.first - t.held) / t.raw_first for t in once)
    slowest = median(lambda t: max(t.raw_customer, t.raw_judge))
    whole = statistics.median(t.whole / max(t.raw_customer, t.raw_judge) for t in turns)
    reading = median(lambda t: t.own - t.whole_stages[READING])
    stages = list(dict.fromkeys((*TO_FIRST_WORD, SPEAKING, *turns[0].whole_stages)))
    return [
        f"{len(turns)} turns, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; medians in ms",
        f"replies discarded by a guard: {len(turns) - len(once)} of {len(turns)}",
        f"first word   {first:7.1f}   raw stream {raw_first:.1f}, held back by guards {held:.1f}",
        f"             {ratio:7.3f} x the raw stream, hold-back left out (at most 1.10)",
        f"whole turn   {median(lambda t: t.whole):7.1f}   slower of the two raw calls {slowest:.1f}",
        f"             {whole:7.3f} x that (at most 1.10)",
        f"our own time {median(lambda t: t.own):7.1f}   on the critical path (under 25); {reading:.1f} without reading",
        "",
        f"{'own time by stage':20}{'to first word':>15}{'whole turn':>12}",
        *(
            f"{stage or 'all else':20}{_cell(stage, [t.first_stages for t in once]):>15}"
            f"{_cell(stage, [t.whole_stages for t in turns]):>12}"
            for stage in [*filter(None, stages), ""]
        ),
        f"{'together':20}{median(lambda t: t.own_first, once):15.1f}{median(lambda t: t.own):12.1f}",
    ]


def _cell(stage: str, turns: Sequence[dict[str, float]]) -> str:
    return f"{statistics.median(turn[stage] for turn in turns) * 1000:.1f}" if stage in turns[0] else "-"


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
    main(*map(int, sys.argv[1:2]))
