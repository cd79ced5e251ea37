"""The face of the ring: open, say, finish, resume, list, and every refusal."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from graph.customer import BuiltInCustomer, Cue
from graph.errors import Busy, EmptyTurn, MovedOn, NoSuchCard, NoSuchSession, Over, TurnTooLong, Unusable
from graph.evaluator import BuiltInEvaluator, Evidence
from graph.session import Event, Ring, Session
from graph.settings import Settings, writable
from graph.typed import MAX_CHARS, checked
from graph.types import Line, Verdict
from knowledge.reader import load_reader
from knowledge.reading import Brief, Said

CARD = "fuming-delayed-traveller"
WARM = "Put off in the rain with nobody to ask: I would be furious too. I am sorry, that was our doing."
RUDE = "You need to calm down."


def kinds(events: list[Event]) -> list[str]:
    """Return the types of events, pieces of the reply left out."""
    return [event["type"] for event in events if event["type"] != "words"]


@pytest.fixture
def session(ring: Ring) -> Session:
    """Return a fresh session."""
    return ring.open(CARD, "tess", seed=7)


def test_the_customer_speaks_first(session: Session) -> None:
    """With a line of the card's openings, in the mood of the card."""
    assert session.opening.text in session.card.opens
    assert session.mood.anger == session.card.temper.anger
    assert session.turns == []
    assert session.debrief is None


def test_a_turn_yields_words_reply_verdict_and_mood(session: Session) -> None:
    """Each once; the reply and the verdict may come in either order."""
    events = list(session.say(WARM))
    assert sorted(kinds(events)) == ["customer", "mood", "verdict"]
    assert kinds(events)[-1] == "mood"
    assert any(event["type"] == "words" for event in events)


def test_a_turn_is_settled_as_it_was_told(session: Session) -> None:
    """State and events say the same."""
    told = {event["type"]: event for event in session.say(WARM)}
    (turn,) = session.turns
    assert turn.said == WARM
    assert turn.reply.text == told["customer"]["text"]
    assert turn.verdict.model_dump() == {k: v for k, v in told["verdict"].items() if k != "type"}
    assert turn.mood == session.mood
    assert session.mood.model_dump() == {k: v for k, v in told["mood"].items() if k != "type"}


class Prepared:
    """The reader, which writes down what it was prepared for."""

    def __init__(self) -> None:
        self.version, self.read = load_reader().version, load_reader().read
        self.heard: list[tuple[str, ...]] = []

    def prepare(self, context: Sequence[Said], brief: Brief) -> None:
        """Take note."""
        self.heard.append(tuple(said.text for said in context))


def test_what_was_said_is_read_while_the_trainee_writes(make_ring: Callable[..., Ring]) -> None:
    """After the customer's first message and after each answer."""
    reader = Prepared()
    ring = make_ring(reader=reader)
    session = ring.open(CARD)
    list(session.say(WARM))
    first, answer = session.opening.text, session.turns[0].reply.text
    ring.close()
    assert reader.heard == [(first,), (first, WARM, answer)]


def test_nothing_is_read_ahead_where_nobody_writes(make_ring: Callable[..., Ring]) -> None:
    """In measurements the next turn is there at once."""
    reader = Prepared()
    list(make_ring(reader=reader, durable=False).open(CARD).say(WARM))
    assert reader.heard == []


def test_the_same_seed_and_words_give_the_same_session(ring: Ring) -> None:
    """For two people who never played before."""
    told = []
    for person in ("same-one", "same-two"):
        played = ring.open(CARD, person, seed=11)
        for said in (WARM, "What is waiting for you in Exeter?", RUDE):
            list(played.say(said))
        told.append([played.opening.text, *(turn.reply.text for turn in played.turns)])
    assert told[0] == told[1]


def test_the_same_person_hears_other_words_the_second_time(ring: Ring) -> None:
    """Even with the same seed and the same words of their own."""
    heard = []
    for _ in range(2):
        played = ring.open(CARD, "comes-again", seed=3)
        for said in (WARM, "What have you tried so far?", "I will see what I can do."):
            list(played.say(said))
        lines = [*played.opening.used, *(line for turn in played.turns for line in turn.reply.used)]
        heard.append(set(lines))
    assert not heard[0] & heard[1]


def test_finishing_debriefs_and_ends(session: Session) -> None:
    """Nothing more can be said; the debrief is kept."""
    list(session.say(RUDE))
    events = list(session.finish())
    assert kinds(events) == ["ended", "debrief"]
    assert events[0]["how"] == "stopped"
    assert session.debrief is not None
    with pytest.raises(Over):
        list(session.say("One more thing."))


def test_finishing_twice_tells_the_same_debrief(session: Session) -> None:
    """A double click changes nothing."""
    list(session.say(WARM))
    assert list(session.finish()) == list(session.finish())


def test_finishing_before_a_word_was_said_is_a_debrief_of_nothing(session: Session) -> None:
    """No number is made up."""
    list(session.finish())
    report = session.debrief
    assert report is not None
    assert (report.turns, report.average, report.moments, report.feedback) == (0, None, (), ())


def test_a_customer_who_leaves_ends_the_session(ring: Ring) -> None:
    """With a debrief, and without being asked to."""
    played = ring.open(CARD, seed=1)
    events: list[Event] = []
    while played.debrief is None:
        events = list(played.say("Are you deaf? It's your own fault, calm down."))
    assert kinds(events)[-2:] == ["ended", "debrief"]
    assert played.turns[-1].ended in {"walks_out", "manager", "public"}
    assert len(played.turns) < 10


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n", "\x00\x07", "\u200b".join(["\x1b", " "]).replace("\u200b", "")])
def test_an_empty_turn_is_refused(session: Session, text: str) -> None:
    """White space and control characters are nothing."""
    with pytest.raises(EmptyTurn):
        list(session.say(text))
    assert session.turns == []


def test_the_longest_turn_is_taken(session: Session) -> None:
    """4,000 characters, outer white space not counted."""
    list(session.say("  " + "a" * MAX_CHARS + "\n"))
    assert len(session.turns[0].said) == MAX_CHARS == 4000


def test_a_turn_too_long_is_refused_with_the_number_to_cut(session: Session) -> None:
    """And the session is unchanged."""
    with pytest.raises(TurnTooLong, match=r"4,001.*4,000.*by 1;"):
        list(session.say("a" * (MAX_CHARS + 1)))
    assert session.turns == []


def test_control_characters_are_taken_out() -> None:
    """Line breaks and tabs stay; half a surrogate pair, which no file can hold, goes."""
    assert checked("a\x00b\x1b[31m\tc\nd\x85\x9f\ud800e\r\n") == "ab[31m\tc\nde"


def test_text_of_any_script_is_taken_as_it_is(session: Session) -> None:
    """Emoji, markup, quotes and right-to-left script come back unchanged."""
    said = "<script>alert(1)</script> **bold** {quote} %s 'x' \"y\" \N{FACE WITH TEARS OF JOY} \u05e9\u05dc\u05d5\u05dd"
    list(session.say(said))
    assert session.turns[0].said == said


def test_the_same_message_for_the_same_turn_is_taken_once(session: Session) -> None:
    """A double send: told again, not played again."""
    first = [event for event in session.say(WARM, 1) if event["type"] != "words"]
    again = list(session.say(WARM, 1))
    assert len(session.turns) == 1
    assert {event["type"]: event for event in again} == {event["type"]: event for event in first}


def test_another_message_for_a_settled_turn_is_refused(session: Session) -> None:
    """Two tabs: the second one is told that the session went on."""
    list(session.say(WARM, 1))
    with pytest.raises(MovedOn):
        list(session.say(RUDE, 1))
    assert len(session.turns) == 1


def test_the_last_turn_told_again_tells_the_ending_too(ring: Ring) -> None:
    """The page that missed the answer to a last message gets all of it."""
    played = ring.open(CARD, seed=1)
    while played.debrief is None:
        list(played.say(RUDE, len(played.turns) + 1))
    again = list(played.say(RUDE, len(played.turns)))
    assert kinds(again) == ["customer", "verdict", "mood", "ended", "debrief"]


def test_a_session_is_taken_up_where_it_stood(ring: Ring, session: Session) -> None:
    """Nothing is kept in the object."""
    list(session.say(WARM))
    again = ring.resume(session.id)
    assert (again.card, again.person, again.turns, again.mood) == (session.card, "tess", session.turns, session.mood)
    assert list(again.resume()) == []


def test_sessions_are_listed_newest_first(ring: Ring) -> None:
    """By person where asked."""
    opened = [ring.open(CARD, "lister", seed=n) for n in range(3)]
    list(opened[1].say(WARM))
    list(opened[1].finish())
    found = ring.list("lister")
    assert {one.id for one in found} == {one.id for one in opened}
    assert [one.started for one in found] == sorted((one.started for one in found), reverse=True)
    (ended,) = [one for one in found if one.how]
    assert (ended.id, ended.turns, ended.average) == (opened[1].id, 1, opened[1].turns[0].verdict.grade)


def test_an_unknown_card_lists_those_there_are(ring: Ring) -> None:
    """The fix is in the message."""
    with pytest.raises(NoSuchCard, match=r"'nobody' does not exist.*fuming-delayed-traveller"):
        ring.open("nobody")


def test_a_broken_card_says_what_is_wrong_and_leaves_the_others(make_ring: Callable[..., Ring], tmp_path: Path) -> None:
    """File, line and fix; the good ones can be played."""
    own = tmp_path / "cards"
    own.mkdir()
    (own / "mine.yaml").write_text("id: mine\nname: [", encoding="utf-8")
    made = make_ring(cards=(Path(__file__).parents[2] / "personas" / "cards", own))
    with pytest.raises(NoSuchCard, match=r"'mine' is broken:\n.*mine\.yaml:\d+: .*Fix: "):
        made.open("mine")
    assert made.open(CARD).opening.text


def test_a_session_keeps_its_card_when_the_file_changes(make_ring: Callable[..., Ring], tmp_path: Path) -> None:
    """What was opened is what is played on and debriefed."""
    own = tmp_path / "cards"
    own.mkdir()
    packaged = Path(__file__).parents[2] / "personas" / "cards" / f"{CARD}.yaml"
    (own / packaged.name).write_text(packaged.read_text(encoding="utf-8"), encoding="utf-8")
    played = make_ring(cards=(own,)).open(CARD, seed=1)
    (own / packaged.name).write_text("gone", encoding="utf-8")
    list(played.say(WARM))
    assert played.card.id == CARD


def test_an_unknown_session_is_said_to_be_unknown(ring: Ring) -> None:
    """Not made up; a path is no id either."""
    for one in ("2026-01-01-ffffffff", "../../etc/passwd", ""):
        with pytest.raises(NoSuchSession, match="no session"):
            ring.resume(one)


def test_a_data_directory_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    """With the setting that changes it."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Unusable, match=r"cannot be written.*SPARRING_DATA"):
        writable(tmp_path / "file" / "data")


@pytest.mark.parametrize(
    ("name", "fix"), [("checkpoints.sqlite", "move it away"), ("sparring.sqlite", "SPARRING_STORE_URL")]
)
def test_a_corrupt_session_file_is_said_with_its_fix(
    make_ring: Callable[..., Ring], tmp_path: Path, name: str, fix: str
) -> None:
    """Bytes that are no database."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / name).write_bytes(b"not a database" * 500)
    with pytest.raises(Unusable, match=fix):
        make_ring()


def test_a_store_that_cannot_be_reached_is_said_with_its_fix(make_ring: Callable[..., Ring]) -> None:
    """A wrong URL."""
    for url in ("nonsense://x", "postgresql+psycopg://nobody@/nothing?host=/nowhere"):
        with pytest.raises(Unusable, match="SPARRING_STORE_URL"):
            make_ring(url=url)


def test_the_index_beside_a_file_in_its_place_is_said_to_be_unusable(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / "index").write_text("", encoding="utf-8")
    with pytest.raises(Unusable, match="Fix"):
        Ring(Settings(tmp_path, (), f"sqlite:///{tmp_path / 'sparring.sqlite'}"))


class Waiting(BuiltInCustomer):
    """A customer who waits in the middle of an answer, from the second message on."""

    def __init__(self) -> None:
        """Be ready to be waited for."""
        self.asked, self.go, self.messages = threading.Event(), threading.Event(), 0

    def speak(self, cue: Cue, write: Callable[[str], None]) -> Line:
        """Say it once allowed to."""
        self.messages += 1
        if self.messages > 1:
            self.asked.set()
            assert self.go.wait(20)
        return super().speak(cue, write)


def test_a_second_tab_in_the_middle_of_a_turn_is_told_to_wait(make_ring: Callable[..., Ring]) -> None:
    """And the turn of the first one is taken as if nothing had happened."""
    customer = Waiting()
    played = make_ring(customer=customer).open(CARD, seed=1)
    turn = threading.Thread(target=lambda: list(played.say(WARM, 1)))
    turn.start()
    assert customer.asked.wait(20)
    with pytest.raises(Busy):
        list(played.say(RUDE, 1))
    with pytest.raises(Busy):
        list(played.finish())
    customer.go.set()
    turn.join(20)
    assert [one.said for one in played.turns] == [WARM]


class Failing(BuiltInEvaluator):
    """A judge that falls over once."""

    failed = False

    def evaluate(self, evidence: Evidence) -> Verdict:
        """Raise the first time."""
        if not self.failed:
            self.failed = True
            raise RuntimeError("the judge fell over")
        return super().evaluate(evidence)


def test_a_turn_whose_judge_failed_is_finished_by_the_next_call(make_ring: Callable[..., Ring]) -> None:
    """The customer's words of the first try stand; nothing is taken twice."""
    played = make_ring(evaluator=Failing()).open(CARD, seed=1)
    with pytest.raises(RuntimeError, match="fell over"):
        list(played.say(WARM, 1))
    assert (played.turns, played.interrupted) == ([], WARM)
    assert kinds(list(played.resume()))[-2:] == ["verdict", "mood"]
    assert [turn.said for turn in played.turns] == [WARM]
    assert played.interrupted == ""


def test_a_turn_that_nobody_listened_to_the_end_of_is_finished_later(ring: Ring, session: Session) -> None:
    """A page that was reloaded in the middle."""
    events = session.say(WARM, 1)
    next(events)
    events.close()  # type: ignore[attr-defined]
    list(ring.resume(session.id).resume())
    assert [turn.said for turn in session.turns] == [WARM]
    assert len(ring.store.turns(session.id)) == 1


def test_a_session_cut_off_before_the_first_word_is_begun_when_it_is_taken_up(ring: Ring) -> None:
    """Recorded as opened, and killed before the customer spoke."""
    whole = ring.open(CARD, "cut-off", seed=5)
    begun = ring.store.begun(whole.id)
    ring.store.begin(begun.model_copy(update={"id": "2026-01-01-cutoff00", "person": "cut-off-2"}))
    again = ring.resume("2026-01-01-cutoff00")
    list(again.resume())
    assert again.opening == whole.opening
    assert kinds(list(again.say(WARM, 1)))[-1] == "mood"


def test_the_store_and_the_session_tell_the_same_turns(ring: Ring, session: Session) -> None:
    """One record of a turn, wherever it is read."""
    for said in (WARM, RUDE):
        list(session.say(said))
    assert list(ring.store.turns(session.id)) == session.turns


def test_checkpoints_stay_readable_json(ring: Ring, session: Session) -> None:
    """No pickled classes in the state, which a later version could not read."""
    list(session.say(WARM))
    values = ring._app.get_state({"configurable": {"thread_id": session.id}}).values
    assert all(isinstance(value, str | int | bool | list | dict) for value in values.values())


def test_a_turn_writes_five_checkpoints(ring: Ring, session: Session) -> None:
    """The message, its way in, what was read, what was answered and judged, and the settled turn: each one costs."""
    config = {"configurable": {"thread_id": session.id}}
    before = len(list(ring._app.get_state_history(config)))
    list(session.say(WARM))
    assert len(list(ring._app.get_state_history(config))) - before == 5


def test_a_huge_seed_is_taken(ring: Ring) -> None:
    """Whatever number somebody types."""
    assert ring.open(CARD, seed=10**30).opening.text


def test_the_session_file_is_a_database(ring: Ring, session: Session) -> None:
    """It passes SQLite's own check after many sessions."""
    connection = sqlite3.connect(ring.settings.data / "checkpoints.sqlite")
    assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    connection.close()
