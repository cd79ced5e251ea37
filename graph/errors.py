"""Everything that can go wrong in a session, in one tree.

SparringError
├── Unusable            the data directory, the index or the store cannot be used
├── NoSuchCard          no card of that id, or it is broken
├── NoSuchSession       no session of that id
├── BadInput            a file that was given cannot be used; names file, line, field and the fix
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
