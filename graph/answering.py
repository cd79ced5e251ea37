"""How an answer is got from a model: deadlines, tries, a fallback, and a record of what it took.

It is asked for in a thread of its own, so that the deadlines hold whatever the provider does meanwhile: until the first
word, between two words, and for the whole of it, all tries and the fallback included. A model that is busy or down is
asked again before its first word; one that is slow is not, or time-outs would multiply.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty
from typing import Any, Literal

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_before_delay

from graph import faults
from graph.errors import ModelError
from graph.pump import Pump
from graph.settings import Endpoint, Models

PATIENCE_S = 8.0
"""Longest wait that a provider may ask for; one that asks for more counts as failed."""
_PAUSE_S = 0.4
"""Before the second try; twice as long before each further one."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to a model."""

    role: Literal["customer", "judge"]
    messages: Sequence[dict[str, str]]
    stream: bool
    """Whether the answer is wanted in pieces."""
    options: dict[str, Any]
    """What litellm takes beside them; None for what is not said."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What arrived at once: words, or signs of life, or how it ended."""

    text: str = ""
    alive: bool = False
    role: str = ""
    finish: str = ""
    tokens: tuple[int, int] | None = None
    """Of the prompt and of the answer."""


@dataclass(slots=True)
class Tally:
    """What one question to one model came to so far."""

    begun: float = field(default_factory=time.perf_counter)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    first: float = 0
    tries: int = 0
    said: list[str] = field(default_factory=list)
    tokens: tuple[int, int] | None = None


Source = Callable[[Endpoint, Ask], Iterator[Piece]]
"""Asks one model once; runs in a thread of its own and may raise anything."""
Recorder = Callable[[Endpoint, Ask, Tally, str], None]
"""Is told what one model was asked, what it came to, and what went wrong at last."""


class Answering:
    """Gets answers, as patiently as the settings say."""

    def __init__(
        self, models: Models, source: Source, recorder: Recorder, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Take how models are asked, and who is told of it."""
        self._models, self._source, self._record, self._sleep = models, source, recorder, sleep

    def answer(self, main: Endpoint, ask: Ask) -> Generator[str]:
        """Yield the main model's answer, or the fallback's where that fails before its first word."""
        until = time.perf_counter() + self._models.total_s
        other = self._models.fallback
        if other is None or other == main:
            yield from self._recorded(main, ask, until)
            return
        spoke = False
        try:
            for piece in self._recorded(main, ask, until - self._reserve(ask)):
                spoke = True
                yield piece
        except ModelError as error:
            if spoke:
                raise
            try:
                yield from self._recorded(other, ask, until)
            except ModelError as second:
                raise type(error)(f"{error} The fallback model failed too: {second}") from second

    def _reserve(self, ask: Ask) -> float:
        """Return the seconds kept for the fallback."""
        return min(self._models.first_s, self._models.total_s / 2) if ask.stream else self._models.total_s / 2

    def _recorded(self, endpoint: Endpoint, ask: Ask, until: float) -> Generator[str]:
        """Yield one model's answer, and hand on what it took, however it ends."""
        tally, failed = Tally(), ""
        try:
            with closing(self._tried(endpoint, ask, until, tally)) as said:
                for text in said:
                    tally.first = tally.first or time.perf_counter()
                    tally.said.append(text)
                    yield text
        except ModelError as error:
            failed = str(error)
            raise
        finally:
            self._record(endpoint, ask, tally, failed)

    def _tried(self, endpoint: Endpoint, ask: Ask, until: float, tally: Tally) -> Generator[str]:
        """Yield one model's answer, asking again as long as that may help and no word was said."""
        left = until - time.perf_counter()
        retrying = Retrying(
            retry=retry_if_exception(_worth_another_try),
            stop=stop_after_attempt(self._models.tries) | stop_before_delay(left),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )
        for attempt in retrying:
            with attempt:
                tally.tries += 1
                said = self._said(endpoint, ask, until, tally)
                first = next(said)
        with closing(said):
            yield first
            yield from said

    def _said(self, endpoint: Endpoint, ask: Ask, until: float, tally: Tally) -> Generator[str]:
        """Yield what one try brings: words, and at the end an error where there were none or the wrong ones."""
        held, spoke, role, finish = "", False, "", ""
        for piece in self._arriving(endpoint, ask, until):
            role, finish = piece.role or role, piece.finish or finish
            tally.tokens = piece.tokens or tally.tokens
            if role not in ("", "assistant"):
                raise faults.wrong_role(endpoint, role)
            held += piece.text
            if held.strip() or (held and spoke):
                yield held if spoke else held.lstrip()
                held, spoke = "", True
        if finish == "content_filter":
            raise faults.filtered(endpoint)
        if not spoke:
            raise faults.empty(endpoint) if role else faults.odd(endpoint)

    def _arriving(self, endpoint: Endpoint, ask: Ask, until: float) -> Generator[Piece]:
        """Yield what arrives, and give up at each deadline."""
        pump = Pump(lambda: self._source(endpoint, ask))
        alive = False
        try:
            while True:
                patience = until - time.perf_counter()
                if ask.stream:
                    patience = min(patience, self._models.gap_s if alive else self._models.first_s)
                try:
                    piece = pump.next(patience)
                except Empty:
                    raise faults.slow(endpoint, spoke=alive) from None
                except Exception as error:  # whatever the provider's client raises
                    raise faults.explained(endpoint, error, spoke=alive) from None
                if piece is None:
                    return
                alive = alive or piece.alive
                yield piece
        finally:
            pump.stop()


def _worth_another_try(error: BaseException) -> bool:
    return isinstance(error, ModelError) and error.again and (error.retry_after or 0) <= PATIENCE_S


def _pause(state: RetryCallState) -> float:
    """Return the seconds before the next try: what the provider asks for, else twice as long each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ModelError) else None
    return _PAUSE_S * 2 ** (state.attempt_number - 1) if asked is None else asked
