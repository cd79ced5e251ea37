"""Everything that can go wrong in a session, in one tree.

SparringError
├── Unusable            the data directory, the index or the store cannot be used
├── NoSuchCard          no card of that id, or it is broken
├── NoSuchSession       no session of that id
├── BadInput            a file that was given cannot be used; names file, line, field and the fix
├── ModelError          a model was asked and gave no usable answer; never holds a key
│   ├── ModelRefusedKey     401, 403: the key is missing, wrong or may not use this model
│   ├── ModelUnknown        404, or no such provider
│   ├── ModelBusy           429: too many requests, or nothing left to spend
│   ├── ModelDown           nothing listens there, or it failed (5xx)
│   ├── ModelSlow           it did not answer in time
│   ├── ModelCut            the connection broke in the middle of the answer
│   ├── ModelEmpty          an answer without words
│   ├── ModelTooLong        the prompt does not fit the model's window
│   ├── ModelFiltered       the provider's content filter, or the model itself, declined
│   └── ModelOddReply       not a model's reply at all, or one in another role
└── Refused             what was said cannot be taken now; the session is unchanged
    ├── EmptyTurn       nothing but white space
    ├── TurnTooLong     more than MAX_CHARS characters
    ├── MovedOn         the session went on elsewhere since this page was drawn
    ├── Busy            another window or process is in the middle of a turn
    ├── Paused          an earlier message still waits for its answer
    └── Over            the session has ended
"""

from typing import ClassVar


class SparringError(Exception):
    """Base of all errors a user is meant to read; the message says what to do."""

    exit_code: ClassVar[int] = 1
    """With which a console script ends on it."""


class Unusable(SparringError):
    """The data directory, the index or the store cannot be used."""


class NoSuchCard(SparringError):
    """No card of that id, or it is broken."""


class NoSuchSession(SparringError):
    """No session of that id."""


class BadInput(SparringError):
    """A file that was given cannot be used; the message names file, line, field and the fix."""


class ModelError(SparringError):
    """A model was asked and gave no usable answer; the message says what happened and what to do."""

    brief: ClassVar[str] = "it gave no usable answer"
    """What happened, in half a sentence."""
    again: ClassVar[bool] = False
    """Whether asking once more soon may help."""
    retry_after: float | None = None
    """Seconds the provider asks to wait; None where it asks nothing."""


class ModelRefusedKey(ModelError):
    """The key is missing, wrong, or may not use this model."""

    brief = "it refused the key"


class ModelUnknown(ModelError):
    """There is no such model, or no such provider."""

    brief = "there is no such model"


class ModelBusy(ModelError):
    """Too many requests, or nothing left to spend."""

    brief = "it has too much to do"
    again = True


class ModelDown(ModelError):
    """Nothing listens there, or it failed."""

    brief = "it cannot be reached"
    again = True


class ModelSlow(ModelError):
    """It did not answer in time."""

    brief = "it did not answer in time"


class ModelCut(ModelError):
    """The connection broke in the middle of the answer."""

    brief = "the connection broke"


class ModelEmpty(ModelError):
    """It answered without words."""

    brief = "it said nothing"
    again = True


class ModelTooLong(ModelError):
    """The prompt does not fit the model's window."""

    brief = "the conversation is too long for it"


class ModelFiltered(ModelError):
    """The provider's content filter stopped the answer, or the model declined."""

    brief = "it declined to answer"


class ModelOddReply(ModelError):
    """What came back is no model's reply, or one in another role."""

    brief = "what came back is no answer"


class Refused(SparringError):
    """What was said cannot be taken now; the session is unchanged."""


class EmptyTurn(Refused):
    """Nothing but white space."""


class TurnTooLong(Refused):
    """More characters than a turn may have."""


class MovedOn(Refused):
    """The session went on elsewhere since this page was drawn."""

    def __init__(self) -> None:
        super().__init__("This session went on in another window. Read what was said there, then send again.")


class Busy(Refused):
    """Another window or process is in the middle of a turn of this session."""


class Paused(Refused):
    """An earlier message still waits for its answer, because a model failed."""


class Over(Refused):
    """The session has ended."""
