"""Says which models are configured, and tries them with one small call each, in plain words."""

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, ValidationError

from graph.calls import Collector
from graph.gateway import LiteLLMGateway, Message
from graph.settings import Endpoint, Models, Settings, scrub
from graph.types import Call

Part = Literal["customer", "judge", "fallback"]
"""What a model can be there for."""
_ASKED: list[Message] = [
    {"role": "user", "content": 'Are you there? Answer with this JSON and nothing else: {"ready": true}'}
]
_ROOM = 400
"""Tokens for the answer: some models think before they speak."""


class _Ready(BaseModel):
    ready: bool


@dataclass(frozen=True, slots=True)
class Configured:
    """What is set for one part; nothing of it is secret."""

    part: Part
    model: str
    """Empty: the part is built in, or there is no fallback."""
    base: str = ""
    """Empty: where the model's provider is."""
    named_in: str = ""
    """The variable or file that names the model."""
    key_in: str = ""
    """The variable or file that holds its key; empty: none does."""


def configured(models: Models) -> list[Configured]:
    """Return what is set for customer, judge and fallback."""
    parts: tuple[tuple[Part, Endpoint | None], ...] = (
        ("customer", models.customer),
        ("judge", models.judge),
        ("fallback", models.fallback),
    )
    return [_configured(part, endpoint) for part, endpoint in parts]


def check_model(settings: Settings, part: Part) -> str:
    """Ask one model for one word; return what came of it.

    The customer and the judge are asked without the fallback: it would hide what is wrong.

    Raises:
        ModelError: it gave no answer; the message says what to do.
        Unusable: a local model's file or add-on is missing.
    """
    models = settings.models
    endpoint = {"customer": models.customer, "judge": models.judge, "fallback": models.fallback}[part]
    if endpoint is None:
        return "Built in: no model is asked."
    calls: list[Call] = []
    gateway = _alone(models, endpoint, calls.append)
    if part == "judge":
        answer = gateway.complete("judge", _ASKED, schema=_Ready, max_tokens=_ROOM)
    else:
        answer = "".join(gateway.stream("customer", _ASKED, max_tokens=_ROOM, temperature=0))
    return f"{endpoint.name} answers. {_took(calls[-1])}{_warning(part, answer)}"


def _alone(models: Models, endpoint: Endpoint, collector: Collector) -> LiteLLMGateway:
    return LiteLLMGateway(replace(models, customer=endpoint, judge=endpoint, fallback=None), collector)


def _configured(part: Part, endpoint: Endpoint | None) -> Configured:
    if endpoint is None:
        return Configured(part, "")
    return Configured(part, endpoint.name, scrub(endpoint.base), endpoint.named_in, endpoint.key_in)


def _took(call: Call) -> str:
    price = "its price is not known" if call.price is None else f"{call.price:.6f} US dollars"
    first = f"first word after {call.first_ms / 1000:.1f} s, " if call.role == "customer" else ""
    tokens = f"{call.prompt_tokens} tokens sent, {call.completion_tokens} received"
    return f"It took {call.ms / 1000:.1f} s ({first}{tokens}, {price})."


def _warning(part: Part, answer: str) -> str:
    if part != "judge":
        return ""
    try:
        _Ready.model_validate_json(answer)
    except ValidationError:
        return (
            " It did not keep to the form it was asked for: expect built-in verdicts in the place of some of its own."
        )
    return ""
