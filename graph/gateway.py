"""The one door to language models: any provider that litellm reaches, and nothing of litellm outside this file.

How patiently, how often and whom instead is decided in `graph.answering`.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from graph import local_model
from graph.answering import Answering, Ask, Piece, Tally
from graph.calls import Collector, collect
from graph.errors import ModelDown, ModelUnknown, Unusable
from graph.settings import GGUF, Endpoint, Models
from graph.types import Call

Role = Literal["customer", "judge"]
Message = dict[str, str]
"""``{"role": "system" | "user" | "assistant", "content": ...}``."""

WINDOW = 8192
"""Tokens a model of which nothing is known is taken to have room for."""
_GRACE_S = 5.0
"""How much later than our own deadlines the connection itself gives up."""
_LATE = (
    "fastapi.exceptions", "httpcore", "litellm.litellm_core_utils.default_encoding",
    "litellm.proxy.openai_files_endpoints.common_utils", "openai.resources",
)  # fmt: skip
"""What litellm and its clients would import in the first call, or in the first that fails, while its clock runs."""


class Gateway(Protocol):
    """Asks models. Everything that goes wrong is a `ModelError`."""

    def stream(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, temperature: float, seed: int | None = None
    ) -> Iterator[str]:
        """Yield the answer in pieces as they come; raises ModelError, before the first piece or between two.

        The first piece begins with a word. Whoever stops listening closes the iterator: the model then stops too.
        """
        ...

    def complete(
        self,
        role: Role,
        messages: Sequence[Message],
        *,
        schema: type[BaseModel] | None = None,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
    ) -> str:
        """Return the whole answer; raises ModelError.

        Args:
            role: who asks; decides the model.
            messages: the conversation, system message first.
            schema: what the JSON answer should look like. Sent where the provider takes it, and never checked here.
            max_tokens: longest answer.
            temperature: 0 for the likeliest words.
            seed: for providers that take one.
        """
        ...

    def window(self, role: Role) -> int:
        """Return the context window of the role's model in tokens, 8192 where nobody knows."""
        ...

    def count(self, text: str) -> int:
        """Return how many tokens a text has, about: other models than OpenAI's cut it differently."""
        ...

    def name(self, role: Role) -> str:
        """Return the name of the role's model."""
        ...


class LiteLLMGateway:
    """Reaches models through litellm, or a local file through its own server on loopback."""

    def __init__(
        self, models: Models, collector: Collector = collect, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Take which models there are; nothing is asked yet.

        Args:
            models: whom to ask, and how patiently.
            collector: is handed every call once it is over, in the thread that asked.
            sleep: waits between two tries.

        Raises:
            Unusable: a local model's file or add-on is missing.
        """
        self._models, self._collect = models, collector
        self._answering = Answering(models, self._ask, self._record, sleep)
        self._plain: set[str] = set()
        """Models that would not take a schema."""
        for endpoint in (models.customer, models.judge, models.fallback):
            if endpoint is not None and endpoint.model.startswith(GGUF):
                local_model.check(endpoint.model)

    def stream(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, temperature: float, seed: int | None = None
    ) -> Iterator[str]:
        """Yield the answer in pieces; see `Gateway`."""
        options = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        ask = Ask(role, messages, True, options | {"stream_options": {"include_usage": True}})
        yield from self._answering.answer(self._ready(role), ask)

    def complete(
        self,
        role: Role,
        messages: Sequence[Message],
        *,
        schema: type[BaseModel] | None = None,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
    ) -> str:
        """Return the whole answer; see `Gateway`."""
        endpoint = self._ready(role)
        form = _form(schema) if schema else None
        options = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed, "response_format": form}
        return "".join(self._answering.answer(endpoint, Ask(role, messages, False, options)))

    def window(self, role: Role) -> int:
        """Return the context window in tokens."""
        endpoint = self._endpoint(role)
        if endpoint.model.startswith(GGUF):
            return min(endpoint.window or WINDOW, local_model.CONTEXT)
        return endpoint.window or _known(endpoint.model).get("max_input_tokens") or WINDOW

    def count(self, text: str) -> int:
        """Return the number of tokens."""
        return _tokens_of(text)

    def name(self, role: Role) -> str:
        """Return the model's name."""
        return self._endpoint(role).name

    def warm(self) -> None:
        """Load what the first call would wait for, seconds of it, and start local models; never raises."""
        with suppress(Exception):  # the first call meets it again and says it to somebody
            self.count("")
            for endpoint in filter(None, {self._models.customer, self._models.judge, self._models.fallback}):
                model, _ = _address(endpoint)
                _litellm().completion(model, [{"role": "user", "content": ""}], mock_response=" ", api_key="none")

    def _endpoint(self, role: Role) -> Endpoint:
        endpoint = self._models.customer if role == "customer" else self._models.judge
        if endpoint is None:
            raise ModelUnknown(f"No model is configured for the {role}. Fix: set SPARRING_MODEL.")
        return endpoint

    def _ready(self, role: Role) -> Endpoint:
        """Return the role's model with everything loaded that it needs: the clock of a call starts after that."""
        endpoint = self._endpoint(role)
        _litellm()
        try:
            _address(endpoint)
        except Unusable as error:
            raise ModelDown(str(error)) from error
        return endpoint

    def _ask(self, endpoint: Endpoint, ask: Ask) -> Iterator[Piece]:
        """Ask litellm; runs in the pump's thread."""
        litellm = _litellm()
        model, where = _address(endpoint)
        options = {name: value for name, value in ask.options.items() if value is not None}
        if model in self._plain:
            options.pop("response_format", None)

        def completion() -> Any:
            return litellm.completion(
                model, list(ask.messages), stream=ask.stream, max_retries=0, drop_params=True,
                timeout=self._models.total_s + _GRACE_S,  # one value for all calls: a client is kept for each
                **where, **options,
            )  # fmt: skip

        try:
            answer = completion()
        except litellm.exceptions.BadRequestError as error:
            if "response_format" not in options or "response_format" not in str(error):
                raise
            self._plain.add(model)
            del options["response_format"]
            answer = completion()
        return _streamed(answer) if ask.stream else iter([_whole(answer)])

    def _record(self, endpoint: Endpoint, ask: Ask, tally: Tally, failed: str) -> None:
        """Hand on what a question came to; where the provider did not count tokens, they are counted here."""
        ended = time.perf_counter()
        prompt, answer = tally.tokens or (0, 0)
        if tally.said and not (prompt and answer):
            prompt = prompt or sum(self.count(message["content"]) for message in ask.messages)
            answer = answer or self.count("".join(tally.said))
        call = Call(
            role=ask.role, model=endpoint.name, prompt_tokens=prompt, completion_tokens=answer,
            price=_price(endpoint.model, prompt, answer), tries=tally.tries, error=failed,
            first_ms=round((tally.first - tally.begun) * 1000, 1) if tally.first else 0,
            ms=round((ended - tally.begun) * 1000, 1), at=tally.at.isoformat(timespec="milliseconds"),
        )  # fmt: skip
        self._collect(call)


def _streamed(answer: Any) -> Iterator[Piece]:
    """Yield the pieces of a streamed answer, and close the connection when nobody wants more."""
    try:
        for chunk in answer:
            yield _piece(chunk)
    finally:
        if (close := getattr(getattr(answer, "completion_stream", None), "close", None)) is not None:
            close()


def _piece(chunk: Any) -> Piece:
    """Return what one chunk of a stream says."""
    tokens = _tokens(chunk)
    if not chunk.choices:
        return Piece(tokens=tokens)
    choice = chunk.choices[0]
    text, thought = choice.delta.content or "", getattr(choice.delta, "reasoning_content", None)
    return Piece(text, bool(text or thought), choice.delta.role or "", _finish(choice, choice.delta), tokens)


def _whole(answer: Any) -> Piece:
    """Return what an unstreamed answer says."""
    if not answer.choices:
        return Piece()
    choice = answer.choices[0]
    text = choice.message.content or ""
    return Piece(text, True, choice.message.role or "assistant", _finish(choice, choice.message), _tokens(answer))


def _finish(choice: Any, said: Any) -> str:
    return "content_filter" if getattr(said, "refusal", None) else choice.finish_reason or ""


def _tokens(answer: Any) -> tuple[int, int] | None:
    usage = getattr(answer, "usage", None)
    return (usage.prompt_tokens or 0, usage.completion_tokens or 0) if usage else None


def _address(endpoint: Endpoint) -> tuple[str, dict[str, str]]:
    """Return a model as litellm names it, and where it is; starts a local one, which takes seconds."""
    if endpoint.model.startswith(GGUF):
        served = local_model.started(endpoint.model)
        return "openai/local", {"api_base": served.base, "api_key": served.key}
    key = endpoint.key.get_secret_value()
    if endpoint.base and not key and not os.environ.get("OPENAI_API_KEY"):
        key = "none"  # servers of one's own ask for none, and clients refuse to go without
    where = {"api_base": endpoint.base, "api_key": key}
    return endpoint.model, {name: value for name, value in where.items() if value}


def _price(model: str, prompt: int, answer: int) -> float | None:
    """Return what a call costs in US dollars by litellm's own list; None where the model is not on it."""
    if model.startswith(GGUF):
        return 0.0
    known = _known(model)
    each, out = known.get("input_cost_per_token"), known.get("output_cost_per_token")
    return None if each is None or out is None else round(prompt * each + answer * out, 8)


def _known(model: str) -> dict[str, Any]:
    """Return what litellm's packaged list says about a model: prices, window; nothing is asked of anybody."""
    listed = _litellm().model_cost
    known: dict[str, Any] = listed.get(model) or listed.get(model.split("/", 1)[-1]) or {}
    return known


@cache
def _form(schema: type[BaseModel]) -> Any:
    """Return a schema as litellm sends it; given the class, it works that out twice in every call."""
    return import_module("litellm.llms.base_llm.base_utils").type_to_response_format_param(schema)


@lru_cache(maxsize=1024)
def _tokens_of(text: str) -> int:
    """Return the number of tokens; a conversation is counted anew in every turn of it."""
    return len(_encoding().encode(text, disallowed_special=()))


@cache
def _encoding() -> Any:
    """Return OpenAI's o200k, from the copy that litellm brings."""
    spec = find_spec("litellm")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "litellm_core_utils" / "tokenizers"
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(folder))
    import tiktoken

    return tiktoken.get_encoding("o200k_base")


@cache
def _litellm() -> Any:
    """Import litellm, which takes seconds, and have it reach for nothing and print nothing."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import litellm

    for name in _LATE:
        with suppress(ImportError):
            import_module(name)
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.disable_streaming_logging = True  # nobody reads it, and each piece of a stream would cost a job in a thread
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm
