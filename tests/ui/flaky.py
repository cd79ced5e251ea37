"""Doubles for sessions with models: a customer whose model fails as often as it is told to, and a judge's."""

from collections.abc import Callable

from graph.calls import collect
from graph.customer import Cue
from graph.errors import ModelDown, ModelRefusedKey
from graph.evaluator import BuiltInEvaluator, Evidence
from graph.types import Call, Line, Verdict

WHY = "openai/actor cannot be reached at http://127.0.0.1:9/v1. Fix: check that the <b>server</b> runs."
SAYS = "And who will be standing there, then? I was told that before."
MODEL = "openai/actor"


class FlakyCustomer:
    """Speaks through a model that fails the next ``failures`` times."""

    def __init__(self) -> None:
        self.failures = self.asked = 0
        self.price: float | None = None

    def speak(self, cue: Cue, write: Callable[[str], None]) -> Line:
        """Say the same again, with the number of the turn, in two pieces."""
        self.asked += 1
        failed = self.failures > 0
        self.failures -= failed
        collect(_call("customer", self.price, WHY if failed else ""))
        if failed:
            raise ModelDown(WHY)
        text = f"{SAYS} That is {len(cue.transcript)}."
        write(text[:9])
        write(text[9:])
        return Line(text=text, used=(), by=MODEL)


class FlakyJudge:
    """Judges as the built-in evaluator does, in the name of a model, where that does not fail."""

    def __init__(self) -> None:
        self.fails = False

    def evaluate(self, evidence: Evidence) -> Verdict:
        """Judge, or refuse the key."""
        collect(_call("judge", 0.001, "refused" if self.fails else ""))
        if self.fails:
            raise ModelRefusedKey("openai/judge refused the key (401).")
        return BuiltInEvaluator().evaluate(evidence).model_copy(update={"by": "openai/judge"})


def _call(role: str, price: float | None, error: str) -> Call:
    return Call.model_validate(
        {
            "role": role, "model": MODEL, "prompt_tokens": 1200, "completion_tokens": 0 if error else 34,
            "price": price, "first_ms": 0 if error else 400, "ms": 1200, "tries": 1, "error": error,
            "at": "2026-01-01T00:00:00",
        }
    )  # fmt: skip
