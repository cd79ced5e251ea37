"""Says in plain words what went wrong with a model, and what to do; never with a key in it.

Errors of providers' clients are known by the names of their classes, so that this file imports none of them.
"""

import re
from collections.abc import Iterator
from json import JSONDecodeError

from pydantic import ValidationError

from graph.errors import (
    ModelBusy,
    ModelCut,
    ModelDown,
    ModelEmpty,
    ModelError,
    ModelFiltered,
    ModelOddReply,
    ModelRefusedKey,
    ModelSlow,
    ModelTooLong,
    ModelUnknown,
)
from graph.settings import FILE, Endpoint, scrub
from knowledge.text import excerpt

_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|credit balance|billing", re.IGNORECASE)
_FILTER = re.compile(r"content[ _]?(filter|policy|management policy)|safety system", re.IGNORECASE)
_LENGTH = re.compile(r"context (length|window|size)|maximum context|too many tokens|prompt is too long", re.IGNORECASE)
_ODD = re.compile(r"invalid response (from LLM endpoint|object)|provider returned 'choices'", re.IGNORECASE)
_WHO = re.compile(r"litellm\.\w+:|\b\w+(?:Error|Exception)\b(?: -|:)?|Original exception:.*", re.DOTALL)


def explained(endpoint: Endpoint, error: Exception, *, spoke: bool) -> ModelError:
    """Return what an error of the provider's client means.

    Args:
        endpoint: who was asked.
        error: what was raised.
        spoke: whether the answer had begun.
    """
    if isinstance(error, ModelError):
        return error
    names = {kind.__name__ for kind in type(error).__mro__}
    found = _refused(endpoint, error, names) or _failed(endpoint, error, names, spoke)
    return found or ModelOddReply(
        f"{endpoint.name} refused the question: {_told(str(error))}. Fix: check that the model's name is right and "
        "that it can hold a conversation."
    )


def _refused(endpoint: Endpoint, error: Exception, names: set[str]) -> ModelError | None:
    """Return why a provider would not answer this question; None where it would have."""
    text, code = str(error), getattr(error, "status_code", None)
    if "ContextWindowExceededError" in names or (code in (400, 413) and _LENGTH.search(text)):
        return too_long(endpoint)
    if "ContentPolicyViolationError" in names or (code == 400 and _FILTER.search(text)):
        return filtered(endpoint)
    if names & {"AuthenticationError", "PermissionDeniedError"} or code in (401, 403):
        return refused_key(endpoint, code)
    if "RateLimitError" in names or code == 429:
        return busy(endpoint, error)
    if names & {"NotFoundError", "LiteLLMUnknownProvider"} or "LLM Provider NOT provided" in text:
        return unknown(endpoint, text)
    return None


def _failed(endpoint: Endpoint, error: Exception, names: set[str], spoke: bool) -> ModelError | None:
    """Return what broke on the way or on the other side; None where nothing did."""
    text = str(error)
    if "Timeout" in names:
        return slow(endpoint, spoke=spoke)
    if not spoke and _unreadable(error, names):
        return odd(endpoint)
    if spoke or "MidStreamFallbackError" in names:
        return ModelCut(f"The connection to {endpoint.name} broke in the middle of its answer. Try again.")
    if names & {"InternalServerError", "ServiceUnavailableError", "APIConnectionError", "BadGatewayError"}:
        return down(endpoint, text)
    return None


def _unreadable(error: Exception, names: set[str]) -> bool:
    """Tell whether an answer arrived whole that is no model's: no JSON, or not the JSON of an answer.

    litellm calls that a failure of the server, or a stream that was cut; only what lies behind the error tells.
    """
    if _ODD.search(str(error)) or "APIResponseValidationError" in names:
        return True
    wrong: tuple[type[Exception], ...] = (JSONDecodeError, ValidationError)
    if "MidStreamFallbackError" in names:
        wrong += (AttributeError, LookupError, TypeError)
    return any(isinstance(one, wrong) for one in _behind(error))


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__ or getattr(found, "original_exception", None)


def slow(endpoint: Endpoint, *, spoke: bool) -> ModelSlow:
    """Return that a deadline passed."""
    when = "stopped in the middle of its answer" if spoke else "did not answer in time"
    return ModelSlow(
        f"{endpoint.name} {when}. Try again; if it is always slow, raise `timeout` in {FILE} or use a smaller model."
    )


def odd(endpoint: Endpoint) -> ModelOddReply:
    """Return that something else than a model answered."""
    return ModelOddReply(
        f"What came back from {_where(endpoint)} is not a model's answer. "
        "Fix: check the api base; for most servers it ends in /v1."
    )


def wrong_role(endpoint: Endpoint, role: str) -> ModelOddReply:
    """Return that the answer is said to be somebody else's."""
    return ModelOddReply(f"{endpoint.name} answered as {excerpt(role, 3)!r} instead of itself. Fix: use another model.")


def empty(endpoint: Endpoint) -> ModelEmpty:
    """Return that the answer has no words."""
    return ModelEmpty(f"{endpoint.name} answered without a word. Try again; if it stays so, use another model.")


def filtered(endpoint: Endpoint) -> ModelFiltered:
    """Return that a content filter, or the model, declined."""
    return ModelFiltered(
        f"The content filter of {endpoint.name} stopped the answer. "
        "Fix: say it in other words, or use a model with a milder filter."
    )


def too_long(endpoint: Endpoint) -> ModelTooLong:
    """Return that the prompt does not fit."""
    return ModelTooLong(
        f"The conversation is too long for {endpoint.name}. "
        f"Fix: set `window` in {FILE} to what the model takes, or use one that takes more."
    )


def refused_key(endpoint: Endpoint, code: int | None) -> ModelRefusedKey:
    """Return that the key is not good."""
    return ModelRefusedKey(
        f"{endpoint.name} refused the key ({code or 'no access'}). "
        f"Fix: check the key (SPARRING_API_KEY, the provider's own variable, or {FILE}) and what it may use."
    )


def busy(endpoint: Endpoint, error: Exception) -> ModelBusy:
    """Return that there were too many requests, or that nothing is left to spend."""
    if _QUOTA.search(str(error)):
        found = ModelBusy(f"Nothing is left to spend on {endpoint.name}. Fix: add credit at its provider.")
        found.retry_after = float("inf")
        return found
    wait = _retry_after(error)
    asked = "" if wait is None else f" and asks to wait {wait:.0f} seconds"
    found = ModelBusy(f"{endpoint.name} has too many requests just now{asked}. Wait a little, then try again.")
    found.retry_after = wait
    return found


def unknown(endpoint: Endpoint, text: str) -> ModelUnknown:
    """Return that there is no such model."""
    return ModelUnknown(
        f"There is no model {endpoint.name} at {_where(endpoint)}: {_told(text)}. "
        "Fix: write it as litellm names it, the provider first, as openai/gpt-4.1-mini or ollama/qwen3."
    )


def down(endpoint: Endpoint, text: str) -> ModelDown:
    """Return that nothing answers, or that the server failed."""
    if "Connection error" in text or "onnect" in text:
        return ModelDown(
            f"{endpoint.name} cannot be reached at {_where(endpoint)}. "
            "Fix: check that the server runs, that the api base is right, and that this machine is online."
        )
    return ModelDown(f"{endpoint.name} failed on its side: {_told(text)}. Wait a little, then try again.")


def _where(endpoint: Endpoint) -> str:
    return scrub(endpoint.base) or "its provider"


def _told(text: str) -> str:
    """Return the provider's own words, short and without keys."""
    return excerpt(scrub(_WHO.sub(" ", text)).strip(" -:"), 25) or "it gave no reason"


def _retry_after(error: Exception) -> float | None:
    """Return the seconds a provider asks to wait, where it says so."""
    response = getattr(error, "response", None)
    headers = getattr(error, "litellm_response_headers", None) or getattr(response, "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:  # not there, or a date
        return None
