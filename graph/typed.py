"""What a trainee types, as it is taken."""

from graph.errors import EmptyTurn, TurnTooLong

MAX_CHARS = 4000
"""Longest message a trainee may send."""
FORBIDDEN = dict.fromkeys((*(c for c in range(32) if chr(c) not in "\n\t"), *range(127, 160), *range(0xD800, 0xE000)))
"""Control characters, which are taken out of what a trainee types, and halves of characters, which no file can hold."""


def checked(text: str) -> str:
    """Return what a trainee typed as it is taken; raises EmptyTurn or TurnTooLong."""
    said = text.translate(FORBIDDEN).strip()
    if not said:
        raise EmptyTurn("There is nothing to send yet. Write what you would say to the customer.")
    if len(said) > MAX_CHARS:
        raise TurnTooLong(
            f"Your message has {len(said):,} characters, {MAX_CHARS:,} is the most. "
            f"Shorten it by {len(said) - MAX_CHARS:,}; a customer would not read it either."
        )
    return said
