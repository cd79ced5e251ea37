"""The customer spoken by a model, with guards between it and the trainee.

Nothing is written before it was looked at. The first words are held back until there are enough of them to judge, the
rest goes out sentence by sentence. A reply that a guard stops before anything was shown is thrown away and asked for
once more, with the reason; after that the card's own line is spoken. One that is stopped later ends where it was good.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from graph.customer import BY, SLOT, BuiltInCustomer, Cue, Customer, lines_for
from graph.customer_prompt import Prompt, answered, facts_out, prompt
from graph.errors import ModelError
from graph.gateway import Gateway
from graph.guards import Finding, Kind, Stage, check
from graph.guards.stage import words
from graph.notes import unusable
from graph.prompting import nonce
from graph.types import Line

HELD_WORDS = 12
"""Words that are held back at first, where no sentence ends before."""
LEAST_WORDS = 5
"""A first sentence of fewer ("Of course!") tells too little of what follows, and waits for the next."""
UNBROKEN_WORDS = 60
"""Words without the end of a sentence after which a reply is looked at all the same."""
ENOUGH_WORDS = 8
"""A reply that was stopped stands by itself from here on."""
MAX_TOKENS = 400
MARGIN = 64
"""Tokens left free: other models count differently."""
TEMPERATURE = 0.8
TRIES = 2

REASONS: dict[Kind, str] = {
    "agent": "it spoke as the staff would; you are the customer",
    "helps": "it offered help; you are the one who wants something",
    "narrates": "it told what you do or look like; write only what you say",
    "machine": "it spoke of something behind the conversation; there is only the conversation",
    "leaks": "it told something about you that you keep to yourself for now",
    "concedes": "it agreed, thanked or settled something; that is not for this message",
    "leaves": "it said goodbye or threatened; that is not for this message",
    "repeats": "you had said that before",
    "empty": "there were no words in it",
    "long": "it was far too long",
    "language": "it was in another language",
    "markup": "it was not plain talk",
    "echoes": "it read out lines that are not for anybody else",
}
"""What a model is told about its failed try. It never names what was hidden."""

_CARRIES = frozenset({"reveal", "answer", "accepts", "accept", "warn", "end"})
"""Steps that the trainee must hear: where a reply breaks off, the card's line says them."""
_SENTENCE_ENDS = re.compile(r"[.!?…]+[\"”')\]]*(?=\s)|\n+")
_WRAPPED = re.compile(r"^[\"“](?P<inside>[^\"“”]+)[\"”]$", re.DOTALL)
_log = logging.getLogger(__name__)


class ModelCustomer:
    """Speaks through a model; the same protocol as the built-in customer, who takes over where the model cannot."""

    def __init__(
        self,
        gateway: Gateway,
        fallback: Customer | None = None,
        *,
        report: Callable[[Finding], None] = lambda finding: None,
    ) -> None:
        """Take whom to ask.

        Args:
            gateway: reaches the model.
            fallback: speaks where the model's replies cannot be shown; the built-in customer if left out.
            report: is told every finding of a guard, for measurements.
        """
        self._gateway = gateway
        self._fallback = fallback or BuiltInCustomer()
        self._report = report

    def speak(self, cue: Cue, write: Callable[[str], None]) -> Line:
        """Return the customer's message, having written it piece by piece.

        The cue's transcript ends with the trainee's message that is answered, except where the customer begins.

        Raises:
            ModelError: the model failed before anything was shown. A stream that breaks later is ended in good order.
        """
        stage = _stage(cue)
        reason = ""
        for attempt in range(TRIES):
            asked = self._prompt(cue, stage.nonce, reason)
            if asked is None:
                break
            hold = _Hold(replace(stage, prompt=asked.own), write)
            finding = self._listen(asked, cue, attempt, hold)
            if finding is None and not hold.cut:
                return self._line(cue, hold.shown)
            if finding is not None:
                _log.info("a reply was stopped by the guard %r", finding.kind)
                self._report(finding)
                reason = REASONS[finding.kind]
            if hold.shown:
                return self._ended(cue, hold, write)
        line = self._fallback.speak(cue, write)
        return line.model_copy(update={"by": unusable(line.by)})

    def _prompt(self, cue: Cue, mark: str, reason: str) -> Prompt | None:
        room = self._gateway.window("customer") - MAX_TOKENS - MARGIN
        return prompt(cue, mark, self._gateway.count, room, reason)

    def _listen(self, asked: Prompt, cue: Cue, attempt: int, hold: "_Hold") -> Finding | None:
        """Feed the model's words to ``hold`` until they end or a guard stops them."""
        pieces = self._gateway.stream(
            "customer", asked.messages, max_tokens=MAX_TOKENS, temperature=TEMPERATURE, seed=_seed(cue, attempt)
        )
        try:
            with _closing(pieces):
                for piece in pieces:
                    if (finding := hold.add(piece)) is not None:
                        return finding
            return hold.end()
        except ModelError:
            if not hold.shown and attempt == 0:
                raise
            hold.cut = True
            return None

    def _ended(self, cue: Cue, hold: "_Hold", write: Callable[[str], None]) -> Line:
        """Return what was shown of a reply that broke off, rounded off where it cannot stand by itself."""
        whole = hold.at_sentence_end and len(words(hold.shown)) >= ENOUGH_WORDS
        if whole and not any(step.beat in _CARRIES for step in cue.direction.steps):
            return self._line(cue, hold.shown)
        joint = " " if hold.at_sentence_end else " ... "
        spoken: list[str] = []
        line = self._fallback.speak(cue, spoken.append)
        write(joint + line.text)
        begun = self._line(cue, hold.shown)
        return Line(text=hold.shown + joint + line.text, used=begun.used + line.used, by=f"{begun.by}, {BY}")

    def _line(self, cue: Cue, text: str) -> Line:
        return Line(text=text, used=_borrowed(cue, text), by=self._gateway.name("customer"))


class _Hold:
    """What has come of a reply and how much of it was shown."""

    def __init__(self, stage: Stage, write: Callable[[str], None]) -> None:
        self._stage, self._write = stage, write
        self._text = ""
        self._out = 0
        self.cut = False
        """Whether the stream broke."""

    @property
    def shown(self) -> str:
        """Return what was written."""
        return self._text[: self._out]

    @property
    def at_sentence_end(self) -> bool:
        """Tell whether what was written ends with a sentence."""
        return bool(_SENTENCE_ENDS.search(self.shown[-4:] + " "))

    def add(self, piece: str) -> Finding | None:
        """Take the next piece, look at what is complete, and write it unless a guard finds something."""
        self._text = (self._text + piece).lstrip() if not self._out else self._text + piece
        upto = self._complete()
        return self._let_out(upto, growing=True) if upto > self._out else None

    def end(self) -> Finding | None:
        """Look at the whole and write what is left."""
        self._text = self._text.rstrip()
        if not self._out and (wrapped := _WRAPPED.match(self._text)):
            self._text = wrapped["inside"].strip()
        return self._let_out(len(self._text), growing=False)

    def _complete(self) -> int:
        """Return up to where the reply can be looked at: whole sentences, or the first words. Never in a quotation."""
        ends = [match.end() for match in _SENTENCE_ENDS.finditer(self._text, self._out)]
        whole = next((end for end in reversed(ends) if _quotes_closed(self._text[:end])), self._out)
        if whole > self._out and (self._out or len(self._text[:whole].split()) >= LEAST_WORDS):
            return whole
        least = UNBROKEN_WORDS if self._out else HELD_WORDS
        spaces = [match.start() for match in re.finditer(r"\s", self._text[self._out :].lstrip())]
        if len(spaces) < least or not _quotes_closed(self._text):
            return self._out
        return self._text.rindex(" ") if " " in self._text[self._out :].strip() else self._out

    def _let_out(self, upto: int, *, growing: bool) -> Finding | None:
        seen = self._text[:upto].rstrip() if growing else self._text
        if (finding := check(seen, replace(self._stage, growing=growing))) is not None:
            return finding
        if len(seen) > self._out:
            self._write(seen[self._out :])
            self._out = len(seen)
        return None


@contextmanager
def _closing(pieces: Iterator[str]) -> Iterator[None]:
    """Close a stream that was not read to its end: the model then stops too."""
    try:
        yield
    finally:
        if (close := getattr(pieces, "close", None)) is not None:
            close()


def _stage(cue: Cue) -> Stage:
    said = [one.text for one in cue.transcript if one.role == "customer"]
    of = f"{cue.card.id}/{cue.seed}/{said[0] if said else ''}"
    return Stage(cue.card, cue.direction.steps, facts_out(cue), answered(cue), said, nonce=nonce(of))


def _quotes_closed(text: str) -> bool:
    return text.count('"') % 2 == 0 and text.count("“") == text.count("”")


def _borrowed(cue: Cue, text: str) -> tuple[str, ...]:
    """Return the lines of the card for this turn that the model used as they stand, so that none is spoken again."""
    spoken = " ".join(words(text))
    own = (
        line
        for s in cue.direction.steps
        for pool in lines_for(cue.card, s, cue.direction.scene.mood.band)
        for line in pool
    )
    return tuple(dict.fromkeys(line for line in own if SLOT not in line and " ".join(words(line)) in spoken))


def _seed(cue: Cue, attempt: int) -> int:
    """Return a seed of 31 bits that is the same for the same turn and try."""
    of = f"{cue.seed}/{cue.direction.scene.turn}/{attempt}"
    return int.from_bytes(hashlib.sha256(of.encode()).digest()[:4], "big") >> 1
