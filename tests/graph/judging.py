"""Doubles of a model for the tests of evaluator and debrief."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from graph.gateway import Message, Role

Reply = str | Exception | Callable[[Sequence[Message]], str]


class Scripted:
    """A gateway that gives the replies it was given, the last one again and again, and keeps what it was asked."""

    def __init__(self, *replies: Reply, window: int = 32000) -> None:
        self.replies = list(replies)
        self.asked: list[Sequence[Message]] = []
        self.options: list[dict[str, Any]] = []
        self._window = window

    def stream(self, role: Role, messages: Sequence[Message], **options: Any) -> Iterator[str]:
        """Not what a judge is asked for."""
        raise NotImplementedError

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
        """Give the next reply."""
        assert role == "judge"
        self.asked.append(messages)
        self.options.append({"schema": schema, "max_tokens": max_tokens, "temperature": temperature, "seed": seed})
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, str) else reply(messages)

    def window(self, role: Role) -> int:
        """Return the window."""
        return self._window

    def count(self, text: str) -> int:
        """Count words, a little generously."""
        return len(text) // 4 + 1

    def name(self, role: Role) -> str:
        """Return the double's name."""
        return "double"


def judgement(
    atoms: Sequence[tuple[str, str] | tuple[str, str, str]] = (),
    called: Sequence[str] = (),
    fix: str = "",
    rewrite: str = "",
) -> str:
    """Return a judge's answer: atoms as id, quote and, where it matters, passage."""
    return json.dumps(
        {
            "called_for": [{"because": "the moment", "id": one} for one in called],
            "atoms": [
                {"reason": "the words", "id": a[0], "quote": a[1], "passage": a[2] if len(a) > 2 else ""} for a in atoms
            ],
            "fix": fix,
            "rewrite": rewrite,
        }
    )


def shown_turn(messages: Sequence[Message]) -> str:
    """Return the message that a judge was shown: the last thing fenced in the prompt."""
    user = next(m["content"] for m in messages if m["role"] == "user")
    fences = re.findall(r"<<said ([0-9a-f]+)>>\n(.*?)\n<<end \1>>", user, re.DOTALL)
    return str(fences[-1][1])
