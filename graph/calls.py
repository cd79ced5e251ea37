"""What asking models took: who collects the calls, and what a turn's calls add up to."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from graph.types import Call, Frozen

Collector = Callable[[Call], None]

_collected: ContextVar[list[Call] | None] = ContextVar("collected", default=None)


@contextmanager
def collected() -> Iterator[list[Call]]:
    """Collect the calls made inside. A thread started there takes part if it runs in a copy of the context."""
    calls: list[Call] = []
    token = _collected.set(calls)
    try:
        yield calls
    finally:
        _collected.reset(token)


def collect(call: Call) -> None:
    """Hand a call to whoever collects around it."""
    if (calls := _collected.get()) is not None:
        calls.append(call)


class Bill(Frozen):
    """What some calls add up to."""

    calls: int
    failed: int
    """Of them, those that brought no answer."""
    prompt_tokens: int
    completion_tokens: int
    price: float | None
    """In US dollars; None where the price of one of the models is not known."""
    customer_first_ms: float
    """Until the customer's first words; of the last call that had some."""
    customer_ms: float
    """All of the customer's calls together."""
    judge_ms: float
    """All of the judge's calls together; some may have run side by side."""


def bill(calls: Sequence[Call]) -> Bill:
    """Add calls up. One that failed without a token costs nothing, whatever its model's price is."""
    prices = [call.price for call in calls if not call.error or call.completion_tokens]
    known = [price for price in prices if price is not None]
    first = [call.first_ms for call in calls if call.role == "customer" and call.first_ms]
    return Bill(
        calls=len(calls),
        failed=sum(bool(call.error) for call in calls),
        prompt_tokens=sum(call.prompt_tokens for call in calls),
        completion_tokens=sum(call.completion_tokens for call in calls),
        price=round(sum(known), 8) if len(known) == len(prices) else None,
        customer_first_ms=first[-1] if first else 0,
        customer_ms=round(sum(call.ms for call in calls if call.role == "customer"), 1),
        judge_ms=round(sum(call.ms for call in calls if call.role == "judge"), 1),
    )
