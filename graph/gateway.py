"""The one door to language models: any provider that litellm reaches, and nothing of litellm outside this file."""

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from pydantic import BaseModel

Role = Literal["customer", "judge"]
Message = dict[str, str]
"""``{"role": "system" | "user" | "assistant", "content": ...}``."""


class Gateway(Protocol):
    """Asks models. Everything that goes wrong is a `ModelError`."""

    def stream(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, temperature: float, seed: int | None = None
    ) -> Iterator[str]:
        """Yield the answer in pieces as they come; raises ModelError, before the first piece or between two."""
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
