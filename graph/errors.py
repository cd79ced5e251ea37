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
    └── Over            the session has ended
"""


class SparringError(Exception):
    """Base of all errors a user is meant to read; the message says what to do."""


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


class ModelRefusedKey(ModelError):
    """The key is missing, wrong, or may not use this model."""


class ModelUnknown(ModelError):
    """There is no such model, or no such provider."""


class ModelBusy(ModelError):
    """Too many requests, or nothing left to spend."""


class ModelDown(ModelError):
    """Nothing listens there, or it failed."""


class ModelSlow(ModelError):
    """It did not answer in time."""


class ModelCut(ModelError):
    """The connection broke in the middle of the answer."""


class ModelEmpty(ModelError):
    """It answered without words."""


class ModelTooLong(ModelError):
    """The prompt does not fit the model's window."""


class ModelFiltered(ModelError):
    """The provider's content filter stopped the answer, or the model declined."""


class ModelOddReply(ModelError):
    """What came back is no model's reply, or one in another role."""


class Refused(SparringError):
    """What was said cannot be taken now; the session is unchanged."""


class EmptyTurn(Refused):
    """Nothing but white space."""


class TurnTooLong(Refused):
    """More characters than a turn may have."""


class MovedOn(Refused):
    """The session went on elsewhere since this page was drawn."""


class Busy(Refused):
    """Another window or process is in the middle of a turn of this session."""


class Over(Refused):
    """The session has ended."""
