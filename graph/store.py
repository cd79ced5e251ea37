"""The reporting store: sessions, turns and debriefs, in SQLite or PostgreSQL.

It is written once per turn and may be written again with the same result: the key is (session, branch, turn).
The live state of a session is the checkpointer's; this is what people and reports read.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Engine, Float, ForeignKey, Index, Integer, String, Text, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.sql import func, insert, select

from graph.debrief import Debrief
from graph.errors import NoSuchSession, Unusable
from graph.types import Call, Frozen, Summary, Turn
from personas.card import Card

MAIN = "main"
"""The branch every session starts on."""
REMEMBERED = 2
"""Sessions whose lines are avoided; with more, a card would run out of words for a trainee who comes often."""
_BY = 120
"""Characters kept of who judged; the record has all of it."""


class _Table(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, list[str]: JSON}


class _Session(_Table):
    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person: Mapped[str] = mapped_column(String(200), index=True)
    card_id: Mapped[str] = mapped_column(String(80), index=True)
    card: Mapped[dict[str, Any]]
    seed: Mapped[int]
    opening: Mapped[dict[str, Any] | None]
    started: Mapped[str] = mapped_column(String(40))
    ended: Mapped[str | None] = mapped_column(String(40))
    how: Mapped[str | None] = mapped_column(String(20))


class _Turn(_Table):
    __tablename__ = "turns"
    session: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    branch: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    said: Mapped[str] = mapped_column(Text)
    reply: Mapped[str] = mapped_column(Text)
    grade: Mapped[int | None]
    judge: Mapped[str] = mapped_column(String(_BY))
    anger: Mapped[float] = mapped_column(Float)
    trust: Mapped[float] = mapped_column(Float)
    patience: Mapped[float] = mapped_column(Float)
    record: Mapped[dict[str, Any]]


class _Debrief(_Table):
    __tablename__ = "debriefs"
    session: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    branch: Mapped[str] = mapped_column(String(40), primary_key=True)
    record: Mapped[dict[str, Any]]


class _Call(_Table):
    __tablename__ = "calls"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    session: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    branch: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(200))
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    price: Mapped[float | None]
    first_ms: Mapped[float]
    ms: Mapped[float]
    tries: Mapped[int]
    error: Mapped[str] = mapped_column(Text)
    at: Mapped[str] = mapped_column(String(40))


Index("calls_by_turn", _Call.session, _Call.branch, _Call.number)
Index("sessions_by_person_and_card", _Session.person, _Session.card_id)


class Begun(Frozen):
    """What a session was opened with."""

    id: str
    person: str
    card: Card
    seed: int
    started: str


class Store:
    """The reporting store behind one SQLAlchemy URL."""

    def __init__(self, url: str) -> None:
        """Connect and make the tables where they are missing; raises Unusable."""
        try:
            self._engine = _engine(url)
            _Table.metadata.create_all(self._engine)
        except (SQLAlchemyError, ImportError) as error:
            shown = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise Unusable(
                f"The reporting store cannot be used: {shown}. Fix: check SPARRING_STORE_URL, or unset it for SQLite."
            ) from error

    def begin(self, begun: Begun) -> None:
        """Record a new session."""
        with Session(self._engine) as db, db.begin():
            db.add(
                _Session(
                    id=begun.id, person=begun.person, card_id=begun.card.id, card=begun.card.model_dump(mode="json"),
                    seed=begun.seed, opening=None, started=begun.started, ended=None, how=None,
                )
            )  # fmt: skip

    def opened(self, session: str, opening: dict[str, Any]) -> None:
        """Record the customer's first message."""
        with Session(self._engine) as db, db.begin():
            self._row(db, session).opening = opening

    def begun(self, session: str) -> Begun:
        """Return what a session was opened with; raises NoSuchSession."""
        with Session(self._engine) as db:
            row = self._row(db, session)
            card = Card.model_validate(row.card)
            return Begun(id=row.id, person=row.person, card=card, seed=row.seed, started=row.started)

    def settle(self, session: str, turn: Turn, branch: str = MAIN) -> None:
        """Record a turn, or record it again."""
        self._put(
            _Turn, session=session, branch=branch, number=turn.number, said=turn.said, reply=turn.reply.text,
            grade=turn.verdict.grade, judge=turn.verdict.by[:_BY], anger=turn.mood.anger, trust=turn.mood.trust,
            patience=turn.mood.patience, record=turn.model_dump(mode="json"),
        )  # fmt: skip

    def debriefed(self, session: str, debrief: Debrief, branch: str = MAIN) -> None:
        """Record a debrief and the end of its session, or record them again."""
        self._put(_Debrief, session=session, branch=branch, record=debrief.model_dump(mode="json"))
        with Session(self._engine) as db, db.begin():
            row = self._row(db, session)
            row.how = debrief.how
            row.ended = row.ended or now()

    def called(self, session: str, number: int, calls: Sequence[Call], branch: str = MAIN) -> None:
        """Add the calls that were made for a turn; a turn that is tried again has those of each try."""
        if calls:
            rows = [{"session": session, "branch": branch, "number": number, **call.model_dump()} for call in calls]
            with self._engine.begin() as db:
                db.execute(insert(_Call), rows)

    def calls(self, session: str, number: int | None = None, branch: str = MAIN) -> list[Call]:
        """Return the calls of a session, or of one of its turns, in order; 0 is its first message."""
        query = select(_Call).where(_Call.session == session, _Call.branch == branch).order_by(_Call.id)
        if number is not None:
            query = query.where(_Call.number == number)
        with Session(self._engine) as db:
            return [_call(row) for row in db.scalars(query)]

    def calls_by_turn(self, session: str, branch: str = MAIN) -> dict[int, list[Call]]:
        """Return the calls of a session by turn, in order; 0 is its first message."""
        query = select(_Call).where(_Call.session == session, _Call.branch == branch).order_by(_Call.id)
        turns: dict[int, list[Call]] = {}
        with Session(self._engine) as db:
            for row in db.scalars(query):
                turns.setdefault(row.number, []).append(_call(row))
        return turns

    def spoken(self, person: str, card_id: str, but: str) -> frozenset[str]:
        """Return every line of the card this person heard in their last sessions before ``but``."""
        mine = select(_Session.id).where(_Session.person == person, _Session.card_id == card_id, _Session.id != but)
        last = mine.order_by(_Session.started.desc()).limit(REMEMBERED)
        with Session(self._engine) as db:
            ids = db.scalars(last).all()
            turns = db.scalars(select(_Turn.record).where(_Turn.session.in_(ids))).all()
            openings = db.scalars(select(_Session.opening).where(_Session.id.in_(ids))).all()
        replies = [turn["reply"] for turn in turns] + [opening for opening in openings if opening]
        return frozenset(line for reply in replies for line in reply["used"])

    def sessions(self, person: str | None = None) -> list[Summary]:
        """List sessions, newest first; of one person where given."""
        counted = (
            select(_Turn.session, func.count().label("turns"), func.avg(_Turn.grade).label("average"))
            .group_by(_Turn.session)
            .subquery()
        )
        query = select(_Session, counted.c.turns, counted.c.average).outerjoin(
            counted, counted.c.session == _Session.id
        )
        if person is not None:
            query = query.where(_Session.person == person)
        with Session(self._engine) as db:
            rows = db.execute(query.order_by(_Session.started.desc(), _Session.id)).all()
            return [_summary(row, turns, average) for row, turns, average in rows]

    def turns(self, session: str, branch: str = MAIN) -> Sequence[Turn]:
        """Return the recorded turns of a session, in order."""
        query = select(_Turn.record).where(_Turn.session == session, _Turn.branch == branch).order_by(_Turn.number)
        with Session(self._engine) as db:
            return [Turn.model_validate(record) for record in db.scalars(query)]

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def _row(self, db: Session, session: str) -> _Session:
        if (row := db.get(_Session, session)) is None:
            raise NoSuchSession(f"There is no session {session!r}. Fix: see `sparring sessions` for those there are.")
        return row

    def _put(self, table: type[_Table], **values: Any) -> None:
        """Insert or replace in one statement; two writers of the same row write the same."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        row = dialect.insert(table)
        key, new = table.__table__.primary_key, {name: row.excluded[name] for name in values}
        with self._engine.begin() as db:
            db.execute(row.on_conflict_do_update(index_elements=list(key), set_=new), values)


def now() -> str:
    """Return the time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _call(row: _Call) -> Call:
    return Call.model_validate({name: getattr(row, name) for name in Call.model_fields})


def _summary(row: _Session, turns: int | None, average: Any) -> Summary:
    mean = None if average is None else round(float(average), 2)
    return Summary(
        id=row.id, person=row.person, card=row.card_id, name=row.card["name"], started=row.started, ended=row.ended,
        how=row.how, turns=turns or 0, average=mean,
    )  # fmt: skip


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _tune(connection: Any, _: Any) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")

    return engine
