"""A suite of sums and a pool that plays it, so that the harness can be looked at without sessions; two models."""

import json
import re
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from evals.intervals import mean_figure
from evals.pool import SampleFailed
from evals.suite import Figure, Item, Result, Suite
from graph.gateway import Message, Role

WORDS = "A message long enough that a log might put it somewhere else, <script>alert('it')</script> & more. " * 3


@dataclass
class Sums:
    """Adds one to a number; a number below zero fails."""

    numbers: Sequence[int] = (1, 2, 3)
    name: str = "sums"
    about: str = "sums that are added up"

    def items(self, fast: bool) -> list[Item]:
        """Return one sample a number."""
        return [Item(f"n{n}", {"n": n}, {"level": "poor" if n % 2 else "expert"}) for n in self.numbers]

    def play(self, item: Item, tools: Any) -> Result:
        """Add."""
        if item.input["n"] < 0:
            raise ValueError(f"cannot add to {item.input['n']}")
        odd = item.input["n"] % 2 == 1
        return {
            "scores": {"sum": item.input["n"] + 1 + tools.seed, "odd": odd, "never": None},
            "problems": [f"{item.input['n']} is odd <b>"] if odd else [],
            "transcript": [
                {"role": "customer", "text": WORDS},
                {"role": "trainee", "text": "Yes?", "grade": None, "why": "", "techniques": [], "missteps": ["rude"]},
            ],
            "timing": {"ms": [1.5]},
        }

    def figures(self, results: Sequence[tuple[Item, Result]]) -> dict[str, Figure]:
        """Return the mean sum, and what could never be scored."""
        return {
            "sum": mean_figure(((i.id, r["scores"]["sum"]) for i, r in results), "higher", "mean sum"),
            "poor/sum": mean_figure(((i.id, r["scores"]["sum"]) for i, r in results), "higher", "mean sum"),
            "never": mean_figure(((i.id, r["scores"]["never"]) for i, r in results), "-", "nothing"),
        }


@dataclass(frozen=True)
class Seeded:
    """Tools that have a seed and nothing else."""

    seed: int


@dataclass
class AtOnce:
    """A pool that plays where it stands, until the user interrupts after so many samples."""

    interrupted_after: int | None = None
    played: list[tuple[str, int]] = field(default_factory=list)
    at_once: int = 1

    def submit(self, suite: Suite, item: Item, seed: int) -> "Future[Result]":
        """Play."""
        future: Future[Result] = Future()
        if len(self.played) == self.interrupted_after:
            signal.raise_signal(signal.SIGINT)
            return future
        self.played.append((item.id, seed))
        try:
            future.set_result(suite.play(item, Seeded(seed)))  # type: ignore[arg-type]
        except ValueError as error:
            future.set_exception(SampleFailed(f"ValueError: {error}"))
        return future


class _Gateway:
    """What both models here have in common."""

    def stream(self, role: Role, messages: Sequence[Message], **options: Any) -> Iterator[str]:
        """Not asked of a judge."""
        raise NotImplementedError

    def complete(self, role: Role, messages: Sequence[Message], **options: Any) -> str:
        """Not asked of a customer."""
        raise NotImplementedError

    def window(self, role: Role) -> int:
        """Return the window."""
        return 32000

    def count(self, text: str) -> int:
        """Count words, a little generously."""
        return len(text) // 4 + 1

    def name(self, role: Role) -> str:
        """Return the double's name."""
        return "double"


class OutOfRole(_Gateway):
    """Plays no customer."""

    def stream(self, role: Role, messages: Sequence[Message], **options: Any) -> Iterator[str]:
        """Speak as what it is."""
        yield "As an AI language model I cannot be angry. "
        yield "How can I help you today?"


class Fooled(_Gateway):
    """Finds the best of everything in every turn, with quotes that stand there."""

    def complete(self, role: Role, messages: Sequence[Message], **options: Any) -> str:
        """Quote a third of the turn for each of three techniques, all of them called for."""
        user = next(message["content"] for message in messages if message["role"] == "user")
        turn = re.findall(r"<<said ([0-9a-f]+)>>\n(.*?)\n<<end \1>>", user, re.DOTALL)[-1][1].split()
        found = ("acknowledge_feeling", "offer_solution", "explain_next_steps")
        thirds = [turn[n * len(turn) // 3 : (n + 1) * len(turn) // 3] or turn for n in range(3)]
        return json.dumps(
            {
                "called_for": [{"because": "the moment", "id": one} for one in found],
                "atoms": [
                    {"reason": "the words", "id": one, "quote": " ".join(quote), "passage": ""}
                    for one, quote in zip(found, thirds, strict=True)
                ],
                "fix": "",
                "rewrite": "",
            }
        )
