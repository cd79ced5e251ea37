"""The persona card: everything a designer writes about one customer.

The models below are the schema. Field documentation is the designer's manual: it is exported, with the
models, to ``personas/card.schema.json`` for editors.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Band = Literal["hot", "tense", "cool"]
"""How heated the customer is: hot from anger 3.5, tense from 1.8, cool below."""

BANDS: tuple[Band, ...] = get_args(Band)

Beat = Literal[
    "vent", "push", "soften", "unmoved", "retort", "doubt", "baffled", "dodge", "told", "refuse",
    "waver", "warn", "take", "accept", "wait",
]  # fmt: skip
"""What a customer can do with lines that do not depend on one fact, offer or demand."""

Ending = Literal["resolved", "partly", "walks_out", "manager", "public"]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1200)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Level = Annotated[float, Field(ge=0, le=5)]
Lines = Annotated[list[Text], Field(min_length=1)]


class Part(BaseModel):
    """Base of all parts of a card: unknown keys are refused, values are not coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Cue(Part):
    """How the customer notices that the trainee speaks of something."""

    words: list[Text] = []
    """Any of these in one sentence of the trainee's. A word stands for all that begin with it ("refund"
    finds "refunded"); several words in one entry must all be in the same sentence."""
    like: list[Text] = []
    """Sentences a trainee might say about it, in different wordings; close paraphrases are found too."""


class Banded(Part):
    """Lines of one kind for each heat of the customer."""

    hot: list[Text] = []
    tense: list[Text] = []
    cool: list[Text] = []

    def of(self, band: Band) -> list[str]:
        """Return the lines of ``band``."""
        lines: list[str] = getattr(self, band)
        return lines


class Person(Part):
    """Who the customer is, beyond the complaint."""

    age: int = Field(ge=16, le=110)
    lives: Text
    """Work, home, the people around them: two or three sentences."""
    motive: Text
    """What this is really about for them."""
    history: Text
    """What happened with this company and others before, and what it taught them."""


class Trigger(Part):
    """When a hidden fact comes out. Every condition given must hold; at least one of `asked`,
    `techniques` must be given.
    """

    asked: Cue = Cue()
    """The trainee asks about it."""
    techniques: list[str] = []
    """The trainee shows any of these techniques (taxonomy ids)."""
    trust: Level = 0
    """Trust the customer must have."""
    after: list[Slug] = []
    """Facts that must have come out before."""


class Fact(Part):
    """Something true that the customer does not say unless the trainee earns it."""

    id: Slug
    fact: Text
    """The fact in plain prose, third person; given to a model only once the trigger fired."""
    trigger: Trigger
    reveal: Annotated[list[Text], Field(min_length=3)]
    """The customer telling it, in different wordings."""


class Answer(Part):
    """Something the customer says readily when asked: not hidden."""

    id: Slug
    asked: Cue
    says: Annotated[list[Text], Field(min_length=2)]


class Offer(Part):
    """Something a trainee may put on the table, wise or not, and how this customer takes it."""

    id: Slug
    what: Text
    """The offer in plain words."""
    heard: Cue
    within_authority: bool = True
    """False: the trainee has no right to promise this; the customer doubts it."""
    meets: list[Slug] = []
    """Demands this settles once accepted; empty: it does not meet the want and is refused."""
    after: list[Slug] = []
    """Demands that must be settled before; until then the customer tests it."""
    trust: Level = 1.5
    """Trust below which the customer does not accept it yet, but tests it."""
    accepts: list[Text] = []
    """Accepting it. Needed where `meets` is not empty."""
    tests: list[Text] = []
    """Testing it ("and if that one is late too?"). Needed where `meets` is not empty."""
    refuses: list[Text] = []
    """Refusing or doubting it. Needed where `meets` is empty or authority is missing."""


class Demand(Part):
    """What the customer asks for, or a test they put, in order: the next comes when this one is met."""

    id: Slug
    kind: Literal["demand", "test"] = "demand"
    what: Text
    """What they want to have or to see, in plain words, third person."""
    says: Banded
    """Voicing it; two or more lines a band."""
    met_by_techniques: list[str] = []
    """Taxonomy ids of which any one, without a serious misstep, meets it. Offers name the demands they
    meet themselves."""
    met_by_saying: Cue = Cue()
    """Something the trainee says that meets it."""
    trust: Level = 0
    """Trust below which it is not taken as met."""


class Temper(Part):
    """The mood at the start, 0 to 5 each, and what moves it."""

    anger: Level
    trust: Level
    patience: Level
    calms: dict[str, Annotated[float, Field(ge=0, le=3)]] = {}
    """Technique id to weight, 1 being usual."""
    angers: dict[str, Annotated[float, Field(ge=0, le=3)]] = {}
    """Misstep id to weight, 1 being usual."""


class Break(Part):
    """How it ends when patience runs out at this anger or above."""

    anger: Level
    how: Literal["walks_out", "manager", "public"]


class Endings(Part):
    """The last words of each ending, in different wordings."""

    resolved: Annotated[list[Text], Field(min_length=4)]
    partly: Annotated[list[Text], Field(min_length=3)]
    walks_out: Annotated[list[Text], Field(min_length=3)]
    manager: Annotated[list[Text], Field(min_length=3)]
    public: Annotated[list[Text], Field(min_length=3)]


class Verdicts(Part):
    """One thing the customer is asked afterwards, in their voice."""

    yes: Annotated[list[Text], Field(min_length=2)]
    partly: Annotated[list[Text], Field(min_length=2)]
    no: Annotated[list[Text], Field(min_length=2)]


class Feedback(Part):
    """The customer's own feedback after the conversation."""

    heard: Verdicts
    understood: Verdicts
    satisfied: Verdicts
    would_return: Verdicts


class Advice(Part):
    """A line an expert could say to this customer, used for rewrites."""

    technique: str
    """The technique it shows (taxonomy id)."""
    say: Text
    """One or two sentences, ready to be sent."""
    demand: Slug | None = None
    """Only while this demand is open."""
    told: list[Slug] = []
    """Only once these facts have come out: a rewrite must not know what the trainee could not."""


class RecordLine(Part):
    """One row of the customer record."""

    label: Text
    value: Text


class Event(Part):
    """One entry of the customer's history with the company."""

    when: Text
    what: Text


class Record(Part):
    """What the trainee's screen shows about this customer."""

    details: Annotated[list[RecordLine], Field(min_length=2)]
    history: list[Event] = []
    preferences: list[Text] = []


class Policy(Part):
    """A rule of the company and the reason for it."""

    rule: Text
    why: Text


class TraineeSide(Part):
    """What the trainee reads before and during the conversation."""

    company: Text
    role: Text
    """Who the trainee is: "You are on the evening chat desk of ..."."""
    briefing: Text
    goals: Annotated[list[Text], Field(min_length=2)]
    record: Record
    may: Annotated[list[Text], Field(min_length=2)]
    """What the trainee may offer, with its limits."""
    may_not: Annotated[list[Text], Field(min_length=1)]
    policies: list[Policy] = []


class Card(Part):
    """One customer."""

    id: Slug
    """Also the file's name."""
    name: Text
    kind: Text
    """The kind of difficult customer, in a few words: "serial complainer"."""
    happened: Text
    """One sentence for the chooser: what happened."""
    channel: Literal["chat", "phone", "email"] = "chat"
    difficulty: int = Field(ge=1, le=5)
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
    """Of the monogram, as #rrggbb; white text must be readable on it."""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "en"
    person: Person
    situation: Text
    """What happened, in full, as the customer knows it."""
    wants: Text
    settles_for: Text
    voice: Text
    """How they talk, for an actor: rhythm, words they use and never use, how anger and relief sound."""
    temper: Temper
    breaks: Annotated[list[Break], Field(min_length=3)]
    """How it ends when patience is gone; the entry with the highest `anger` reached counts."""
    facts: Annotated[list[Fact], Field(min_length=5)]
    answers: list[Answer] = []
    demands: Annotated[list[Demand], Field(min_length=4)]
    offers: Annotated[list[Offer], Field(min_length=3)]
    opens: Annotated[list[Text], Field(min_length=4)]
    """First messages; one is drawn."""
    lines: dict[Beat, Banded]
    habits: Annotated[list[Literal["push", "vent", "waver"]], Field(min_length=1)] = ["push", "vent"]
    """What the customer falls back on, in turn, when a message gives them nothing to answer."""
    endings: Endings
    feedback: Feedback
    principles: Annotated[list[Text], Field(min_length=5)]
    """What every reply must keep."""
    advice: Annotated[list[Advice], Field(min_length=12)]
    trainee: TraineeSide

    @property
    def monogram(self) -> str:
        """Return the initials, at most two."""
        words = [w for w in self.name.split() if w[0].isupper() and not w.endswith(".")]
        return "".join(w[0] for w in (words[0], words[-1]))[: min(2, len(words))]

    def demand(self, demand_id: str) -> Demand:
        """Return the demand with this id; KeyError where there is none."""
        return _by_id(self.demands, demand_id)

    def fact(self, fact_id: str) -> Fact:
        """Return the fact with this id; KeyError where there is none."""
        return _by_id(self.facts, fact_id)

    def answer(self, answer_id: str) -> Answer:
        """Return the answer with this id; KeyError where there is none."""
        return _by_id(self.answers, answer_id)

    def offer(self, offer_id: str) -> Offer:
        """Return the offer with this id; KeyError where there is none."""
        return _by_id(self.offers, offer_id)

    def spoken(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield every line the customer may say, with its place in the card."""
        for place, lines in self._pools():
            for i, line in enumerate(lines):
                yield (*place, i), line

    def _pools(self) -> Iterator[tuple[tuple[str | int, ...], list[str]]]:
        yield ("opens",), self.opens
        for beat, banded in self.lines.items():
            yield from _bands(("lines", beat), banded)
        for n, demand in enumerate(self.demands):
            yield from _bands(("demands", n, "says"), demand.says)
        for n, fact in enumerate(self.facts):
            yield ("facts", n, "reveal"), fact.reveal
        for n, answer in enumerate(self.answers):
            yield ("answers", n, "says"), answer.says
        for n, offer in enumerate(self.offers):
            yield from ((("offers", n, key), getattr(offer, key)) for key in ("accepts", "tests", "refuses"))
        yield from ((("endings", how), getattr(self.endings, how)) for how in Endings.model_fields)


def _bands(place: tuple[str | int, ...], banded: Banded) -> Iterator[tuple[tuple[str | int, ...], list[str]]]:
    yield from (((*place, band), banded.of(band)) for band in BANDS)


P = TypeVar("P", Demand, Fact, Answer, Offer)


def _by_id(parts: list[P], part_id: str) -> P:
    for part in parts:
        if part.id == part_id:
            return part
    raise KeyError(part_id)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a card, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Card.model_json_schema()}
