"""Says which models are configured, and tries them with one small call each, in plain words."""

from dataclasses import replace

from pydantic import BaseModel, ValidationError

from graph.calls import Collector
from graph.gateway import LiteLLMGateway, Message, Role
from graph.settings import Endpoint, Settings, scrub
from graph.types import Call

ROLES: tuple[Role, ...] = ("customer", "judge")
_ASKED: list[Message] = [
    {"role": "user", "content": 'Are you there? Answer with this JSON and nothing else: {"ready": true}'}
]
_ROOM = 400
"""Tokens for the answer: some models think before they speak."""


class _Ready(BaseModel):
    ready: bool


def configured(settings: Settings) -> list[str]:
    """Return one line for each role: who takes it, and where that model is."""
    models = settings.models
    lines = [f"customer  {_told(models.customer)}", f"judge     {_told(models.judge)}"]
    return [*lines, f"fallback  {_told(models.fallback)}"] if models.fallback else lines


def check_model(settings: Settings, role: Role) -> str:
    """Ask the model of a role for one word; return what came of it.

    The fallback is left out: it would hide what is wrong.

    Raises:
        ModelError: it gave no answer; the message says what to do.
        Unusable: a local model's file or add-on is missing.
    """
    endpoint = settings.models.customer if role == "customer" else settings.models.judge
    if endpoint is None:
        return "Built in: no model is asked."
    calls: list[Call] = []
    gateway = _alone(settings, calls.append)
    if role == "judge":
        answer = gateway.complete(role, _ASKED, schema=_Ready, max_tokens=_ROOM)
    else:
        answer = "".join(gateway.stream(role, _ASKED, max_tokens=_ROOM, temperature=0))
    return f"{endpoint.name} answers. {_took(calls[-1])}{_warning(role, answer)}"


def _alone(settings: Settings, collector: Collector) -> LiteLLMGateway:
    return LiteLLMGateway(replace(settings.models, fallback=None), collector)


def _told(endpoint: Endpoint | None) -> str:
    if endpoint is None:
        return "built in"
    where = f" at {scrub(endpoint.base)}" if endpoint.base else ""
    return f"{endpoint.name}{where}"


def _took(call: Call) -> str:
    price = "its price is not known" if call.price is None else f"{call.price:.6f} US dollars"
    first = f"first word after {call.first_ms / 1000:.1f} s, " if call.role == "customer" else ""
    tokens = f"{call.prompt_tokens} tokens sent, {call.completion_tokens} received"
    return f"It took {call.ms / 1000:.1f} s ({first}{tokens}, {price})."


def _warning(role: Role, answer: str) -> str:
    if role == "customer":
        return ""
    try:
        _Ready.model_validate_json(answer)
    except ValidationError:
        return (
            " It did not keep to the form it was asked for: expect built-in verdicts in the place of some of its own."
        )
    return ""
