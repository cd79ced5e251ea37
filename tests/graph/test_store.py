"""The reporting store, on SQLite and on a real PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import mood as moods
from graph.debrief import debrief
from graph.errors import NoSuchSession, Unusable
from graph.store import REMEMBERED, Begun, Store
from graph.types import Line, Mood, Turn, Verdict
from personas.card import Card

POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Return the URL of a PostgreSQL of this run's own, reached through a socket file."""
    found = POSTGRES or (Path(shutil.which("initdb") or "").parent if shutil.which("initdb") else None)
    if found is None:
        pytest.skip("no PostgreSQL on this machine (initdb was not found)")
    account = "postgres" if os.getuid() == 0 else None  # initdb refuses root
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path must be short
    if account:
        shutil.chown(folder, account)

    def call(*command: str) -> None:
        subprocess.run(
            command,
            user=account,
            cwd=folder,
            check=True,
            timeout=60,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    try:
        data = str(folder / "data")
        call(str(found / "initdb"), "-D", data, "-U", "sparring", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-F -c listen_addresses='' -c unix_socket_directories='{folder}'"
        call(str(found / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield f"postgresql+psycopg://sparring@/postgres?host={folder}"
        call(str(found / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return a store on each database."""
    sqlite = request.param == "sqlite"
    opened = Store(f"sqlite:///{tmp_path / 'store.sqlite'}" if sqlite else request.getfixturevalue("postgres"))
    yield opened
    opened.close()


@pytest.fixture
def begun(store: Store, traveller: Card, request: pytest.FixtureRequest) -> Begun:
    """Return a session that was opened, with ids of the test's own."""
    return begin(store, traveller, request.node.name)


def begin(store: Store, card: Card, name: str, number: int = 0) -> Begun:
    """Open a session of the person called ``name``."""
    one = Begun(
        id=f"{abs(hash(name)) % 10**9}-{number}", person=name[:200], card=card, seed=2**31 - 1,
        started=f"2026-01-0{number + 1}T00:00:00.000+00:00",
    )  # fmt: skip
    store.begin(one)
    store.opened(one.id, Line(text="Hello?", used=(f"opening {number}",), by="built-in").model_dump())
    return one


def turn(number: int, grade: int | None = 2, *, used: tuple[str, ...] = (), said: str = "I am sorry.") -> Turn:
    """Return a settled turn."""
    mood = Mood(anger=2, trust=2, patience=2)
    verdict = Verdict(turn=number, grade=grade, why="", by="built-in", ms=1)
    return Turn(
        number=number, said=said, reply=Line(text="Aye.", used=used, by="built-in"), steps=(), before=mood, mood=mood,
        verdict=verdict, why="", at="2026-01-01T00:00:00.000+00:00",
    )  # fmt: skip


def test_what_a_session_was_opened_with_comes_back(store: Store, begun: Begun) -> None:
    """The whole card, the largest seed, the person."""
    assert store.begun(begun.id) == begun


def test_a_session_that_was_never_opened_is_unknown(store: Store) -> None:
    """For every question about it."""
    with pytest.raises(NoSuchSession, match="sparring sessions"):
        store.begun("nobody")
    assert store.turns("nobody") == []


def test_a_turn_comes_back_as_it_was(store: Store, begun: Begun) -> None:
    """Emoji, quotes and other scripts too."""
    one = turn(1, said='\'); DROP TABLE turns; -- \N{PILE OF POO} \u4f60\u597d "x" \\')
    store.settle(begun.id, one)
    assert store.turns(begun.id) == [one]


def test_a_turn_recorded_twice_is_there_once(store: Store, begun: Begun) -> None:
    """The key is session, branch and number; the last record stands."""
    store.settle(begun.id, turn(1, 1))
    store.settle(begun.id, turn(1, 3))
    assert [one.verdict.grade for one in store.turns(begun.id)] == [3]


def test_branches_are_kept_apart(store: Store, begun: Begun) -> None:
    """A turn played again on another branch does not overwrite the first."""
    store.settle(begun.id, turn(1, 1))
    store.settle(begun.id, turn(1, 4), branch="again")
    assert [one.verdict.grade for one in store.turns(begun.id)] == [1]
    assert [one.verdict.grade for one in store.turns(begun.id, "again")] == [4]


def test_turns_come_in_order(store: Store, begun: Begun) -> None:
    """However they were recorded."""
    for number in (3, 1, 10, 2):
        store.settle(begun.id, turn(number))
    assert [one.number for one in store.turns(begun.id)] == [1, 2, 3, 10]


def test_two_writers_of_one_turn_leave_one(store: Store, begun: Begun) -> None:
    """At the same moment."""
    failed: list[Exception] = []

    def write() -> None:
        try:
            store.settle(begun.id, turn(1))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert len(store.turns(begun.id)) == 1


def test_a_summary_counts_turns_and_averages_what_was_graded(store: Store, begun: Begun) -> None:
    """A turn without a grade is a turn, and no number."""
    for number, grade in enumerate((4, None, 1), start=1):
        store.settle(begun.id, turn(number, grade))
    (one,) = store.sessions(begun.person)
    assert (one.id, one.card, one.name) == (begun.id, begun.card.id, begun.card.name)
    assert (one.turns, one.average, one.how, one.ended) == (3, 2.5, None, None)


def test_a_session_without_turns_has_no_average(store: Store, begun: Begun) -> None:
    """Not zero."""
    (one,) = store.sessions(begun.person)
    assert (one.turns, one.average) == (0, None)


def test_a_debrief_recorded_twice_ends_a_session_once(store: Store, begun: Begun) -> None:
    """The first end stands."""
    start = moods.start(begun.card.temper)
    report = debrief(begun.card, "Hello?", start, [turn(1)], (), (), "stopped", 1)
    ends = []
    for _ in range(2):
        store.debriefed(begun.id, report)
        ends.append(store.sessions(begun.person)[0].ended)
    assert store.sessions(begun.person)[0].how == "stopped"
    assert ends[0] == ends[1] != None  # noqa: E711


def test_the_newest_session_is_listed_first(store: Store, traveller: Card, request: pytest.FixtureRequest) -> None:
    """Of one person where asked; everybody's else."""
    ids = [begin(store, traveller, request.node.name, number).id for number in range(3)]
    assert [one.id for one in store.sessions(request.node.name)] == ids[::-1]
    assert set(ids) <= {one.id for one in store.sessions()}


def test_lines_heard_in_the_last_sessions_are_remembered(
    store: Store, traveller: Card, request: pytest.FixtureRequest
) -> None:
    """Openings and replies of the same person with the same card, the session in progress left out."""
    name = request.node.name
    for number in range(REMEMBERED + 2):
        one = begin(store, traveller, name, number)
        store.settle(one.id, turn(1, used=(f"line {number}", "both")))
    begin(store, traveller, f"{name} somebody else")
    last = f"{abs(hash(name)) % 10**9}-{REMEMBERED + 1}"
    numbers = range(1, REMEMBERED + 1)
    assert store.spoken(name, traveller.id, last) == {"both"} | {
        f"{kind} {n}" for n in numbers for kind in ("opening", "line")
    }
    assert store.spoken(name, "another-card", last) == frozenset()


def test_a_store_is_opened_again_with_what_was_in_it(tmp_path: Path, traveller: Card) -> None:
    """The tables are made once."""
    url = f"sqlite:///{tmp_path / 'again.sqlite'}"
    for number in range(2):
        opened = Store(url)
        begin(opened, traveller, "somebody", number)
        assert len(opened.sessions()) == number + 1
        opened.close()


def test_a_file_that_is_no_database_is_unusable(tmp_path: Path) -> None:
    """With the setting to check."""
    (tmp_path / "store.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(Unusable, match="SPARRING_STORE_URL"):
        Store(f"sqlite:///{tmp_path / 'store.sqlite'}")


def test_a_whole_session_is_played_on_postgresql(make_ring, postgres: str) -> None:  # type: ignore[no-untyped-def]
    """The ring with its reports on a server."""
    played = make_ring(url=postgres).open("fuming-delayed-traveller", "on-postgres", seed=3)
    list(played.say("Put off in the rain: I would be furious too. I am sorry."))
    list(played.finish())
    (listed,) = make_ring(url=postgres).list("on-postgres")
    assert played.debrief is not None
    assert (listed.id, listed.turns, listed.how) == (played.id, 1, played.debrief.how)
