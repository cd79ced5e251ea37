"""What passes between the steps of a session. All of it is frozen and goes to JSON and back unchanged."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from personas.card import Band, Beat, Ending

How = Literal[Ending, "stopped"]
"""How a session ended; stopped: the trainee ended it with nothing settled."""

StepBeat = Literal[Beat, "open", "demand", "reveal", "answer", "accepts", "tests", "refuses", "end"]
"""What one line of the customer does: a beat of the card's `lines`, or something about one part of the card."""

HOT, TENSE = 3.5, 1.8


class Frozen(BaseModel):
    """Base of the types here."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Mood(Frozen):
    """How the customer feels, each 0 to 5."""

    anger: float = Field(ge=0, le=5)
    trust: float = Field(ge=0, le=5)
    patience: float = Field(ge=0, le=5)

    @property
    def band(self) -> Band:
        """Return the heat that decides which lines are spoken."""
        return "hot" if self.anger >= HOT else "tense" if self.anger >= TENSE else "cool"


class Step(Frozen):
    """One thing the customer does in a turn."""

    beat: StepBeat
    about: str = ""
    """Id of the demand, fact, answer or offer, or how it ends, for beats that have one."""
    quote: str = ""
    """Words of the trainee that are thrown back."""


class Scene(Frozen):
    """Where a session stands after a turn: all the director remembers."""

    mood: Mood
    turn: int = 0
    met: tuple[str, ...] = ()
    """Demands settled, in order."""
    told: tuple[str, ...] = ()
    """Facts that came out."""
    answered: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    """Offers accepted."""
    refused: tuple[str, ...] = ()
    """Offers refused or doubted."""
    pending: str = ""
    """Offer being tested: the customer waits for an answer to "what if"."""
    recent: tuple[tuple[str, ...], ...] = ()
    """Techniques of the last two turns; the same again counts less."""
    missteps: int = 0
    """Turns with a misstep so far."""
    asked_again: int = 0
    """Times the current demand was voiced."""
    warned: bool = False
    closing: int = 0
    """Turns since the customer accepted the whole; 0: not yet."""


class Direction(Frozen):
    """What the customer does next, and where that leaves the session."""

    steps: tuple[Step, ...]
    scene: Scene
    ending: Ending | None = None
    why: str
    """One line for trainers: why the customer does this."""


class Line(Frozen):
    """What the customer said."""

    text: str
    used: tuple[str, ...]
    """Lines of the card that went into it, as written there; never used twice."""
    by: str
    """Who spoke: built-in, or the model."""


class Observed(Frozen):
    """One atom of a verdict: verified."""

    id: str
    quote: str
    """An exact span of the turn."""
    passage: str
    """Id of the passage it is grounded in."""


class Verdict(Frozen):
    """The judgement of one turn."""

    turn: int
    grade: int | None = Field(ge=0, le=4)
    """None: not graded."""
    why: str
    """The grade explained in one line."""
    techniques: tuple[Observed, ...] = ()
    missteps: tuple[Observed, ...] = ()
    called_for: tuple[str, ...] = ()
    """Most needed first."""
    fix: str = ""
    """The one thing to change, or to keep."""
    rewrite: str = ""
    """What could have been said; empty where the turn needs none."""
    by: str
    ms: float


class Turn(Frozen):
    """One turn, settled: what was said on both sides and what came of it."""

    number: int
    said: str
    reply: Line
    steps: tuple[Step, ...]
    before: Mood
    mood: Mood
    verdict: Verdict
    why: str
    ended: How | None = None
    at: str
    """When it was settled: ISO 8601, UTC."""


class Call(Frozen):
    """One question to a model, with all its tries."""

    role: Literal["customer", "judge"]
    model: str
    prompt_tokens: int
    completion_tokens: int
    price: float | None
    """In US dollars; None where nobody knows what the model costs."""
    first_ms: float
    """Until the first words of the answer; 0 where none came."""
    ms: float
    """Until its end, waiting and earlier tries included."""
    tries: int
    error: str = ""
    """What went wrong at last, in plain words; empty where nothing did."""
    at: str
    """When it began: ISO 8601, UTC."""


class Summary(Frozen):
    """One session in a list."""

    id: str
    person: str
    card: str
    name: str
    """The customer's."""
    started: str
    ended: str | None
    how: How | None
    turns: int
    average: float | None
    """Mean grade so far; None where nothing was graded."""
