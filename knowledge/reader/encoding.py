"""Turns a trainee's message and its conversation into the token rows the encoder was trained on.

The layout is ``[CLS] brief [SEP] earlier messages [SEP] last message [SEP]``, then ``turn [SEP]``. Everything before
the turn is the *context*: the encoder never lets it look at the turn, so what the moment called for cannot
depend on what the trainee did, and it can be read before the trainee has written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge.pieces import pieces
from knowledge.reading import Brief, Said

BRIEF, CUSTOMER_BEFORE, TRAINEE_BEFORE, LAST_MESSAGE, TURN = range(5)
"""The part of the input a token stands in; the encoder adds a learned vector for each."""

_BRIEF_TOKENS = 36
_EARLIER_TOKENS = 44
_ONE_EARLIER_TOKENS = 22
_LAST_TOKENS = 60
_TURN_TOKENS = 144
_SENTENCE_TOKENS = 126


@dataclass(frozen=True, slots=True)
class Encoded:
    """A context or a turn, as token rows of equal length."""

    ids: list[int]
    """Word-piece ids."""
    parts: list[int]
    """The part of the input each token stands in."""
    spans: list[tuple[int, int]] = field(default_factory=list)
    """For each token of a turn but the last, which ends it: its characters in the turn."""


class Encoding:
    """Word pieces of MiniLM, with a budget of tokens for each part of the input."""

    def __init__(self) -> None:
        self._pieces = pieces()
        self._cls = self._pieces.token_to_id("[CLS]")
        self._sep = self._pieces.token_to_id("[SEP]")

    def context(self, context: Sequence[Said], brief: Brief) -> Encoded:
        """Encode what was said before a turn (oldest first) under ``brief``; long parts are cut."""
        rows = [(BRIEF, [self._cls, *self._cut(brief_text(brief), _BRIEF_TOKENS), self._sep])]
        for said, tokens in self._earlier(context[:-1]):
            rows.append((CUSTOMER_BEFORE if said.role == "customer" else TRAINEE_BEFORE, tokens))
        last = context[-1].text if context else ""
        rows += [(CUSTOMER_BEFORE, [self._sep]), (LAST_MESSAGE, [*self._cut(last, _LAST_TOKENS), self._sep])]
        parts = [part for part, tokens in rows for _ in tokens]
        return Encoded([id for _, tokens in rows for id in tokens], parts)

    def turn(self, text: str) -> Encoded:
        """Encode a turn; a long one is cut."""
        pieces = self._pieces.encode(text, add_special_tokens=False)
        ids = [*pieces.ids[:_TURN_TOKENS], self._sep]
        return Encoded(ids, [TURN] * len(ids), pieces.offsets[:_TURN_TOKENS])

    def sentence(self, text: str) -> list[int]:
        """Encode ``text`` alone, as MiniLM was trained on: ``[CLS] text [SEP]``."""
        return [self._cls, *self._cut(text, _SENTENCE_TOKENS), self._sep]

    def _earlier(self, messages: Sequence[Said]) -> list[tuple[Said, list[int]]]:
        """Return the latest of ``messages`` that fit the budget, oldest first."""
        kept: list[tuple[Said, list[int]]] = []
        left = _EARLIER_TOKENS
        for said in reversed(messages):
            tokens = self._cut(said.text, min(left, _ONE_EARLIER_TOKENS))
            if not tokens:
                break
            kept.append((said, tokens))
            left -= len(tokens)
        return kept[::-1]

    def _cut(self, text: str, most: int) -> list[int]:
        """Return the word pieces of ``text``; of a long one its beginning and its end."""
        ids: list[int] = self._pieces.encode(text, add_special_tokens=False).ids
        if len(ids) <= most:
            return ids
        head = most // 2
        return ids[:head] + ids[len(ids) - (most - head) :]


def brief_text(brief: Brief) -> str:
    """Return what the agent knows and may do as one line; empty for an empty brief."""
    known = [brief.situation] if brief.situation else []
    if brief.agent_may:
        known.append("may: " + "; ".join(brief.agent_may))
    if brief.agent_may_not:
        known.append("may not: " + "; ".join(brief.agent_may_not))
    return " ".join(known)
