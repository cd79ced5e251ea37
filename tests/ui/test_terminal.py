"""The terminal chat as a real process through pipes, and what a person at the keyboard sees."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graph.errors import NoSuchCard
from graph.session import Ring
from ui import terminal

ROOT = Path(__file__).parents[2]
CARD = "fuming-delayed-traveller"
WARM = "Put off in the rain with nobody to ask: I would be furious too. I am sorry, that was our doing."
RUDE = "You need to calm down."

Event = dict[str, Any]


def chat(said: bytes, *options: str, environment: dict[str, str] | None = None) -> list[Event]:
    """Play a session in a process of its own; return its events."""
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "chat", CARD, "--events", *options],
        input=said, cwd=ROOT, env=os.environ | (environment or {}), capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def kinds(events: list[Event]) -> list[str]:
    """Return the types of the events."""
    return [event["type"] for event in events]


@pytest.fixture(scope="module")
def played(ring: Ring) -> list[Event]:
    """Return the events of a session with good, refused and bad lines, to the end of input."""
    lines = [WARM.encode(), b"   ", b"a" * 4001, b"caf\xff\xc3\xa9 \xe2\x80\xa8 \x1b[31mred", RUDE.encode()]
    return chat(b"\n".join(lines), "--seed", "5", "--name", "piped", environment={"PYTHONIOENCODING": "latin-1"})


@pytest.mark.process
def test_a_session_begins_with_its_id_the_first_words_and_the_mood(played: list[Event]) -> None:
    """Before anything was said."""
    session, customer, mood = played[:3]
    assert (session["type"], session["card"]) == ("session", CARD)
    assert customer["type"] == "customer"
    assert customer["text"]
    assert mood.keys() == {"type", "anger", "trust", "patience"}
    assert all(0 <= mood[key] <= 5 for key in ("anger", "trust", "patience"))


@pytest.mark.process
def test_each_turn_is_answered_graded_and_felt(played: list[Event]) -> None:
    """Three were taken; every reply comes whole, never in pieces."""
    assert kinds(played).count("customer") == 1 + 3
    assert [e["turn"] for e in played if e["type"] == "verdict"] == [1, 2, 3]
    assert kinds(played).count("mood") == 1 + 3
    assert "words" not in kinds(played)


@pytest.mark.process
def test_a_verdict_has_what_a_graded_turn_has(played: list[Event]) -> None:
    """The fields of `sparring grade`."""
    for event in played:
        if event["type"] == "verdict":
            wanted = {"turn", "grade", "techniques", "missteps", "called_for", "fix", "rewrite", "by", "ms"}
            assert event.keys() >= wanted
    assert [e["grade"] for e in played if e["type"] == "verdict"][-1] == 0


@pytest.mark.process
def test_a_refused_line_is_reported_and_the_session_goes_on(played: list[Event]) -> None:
    """An empty one and one too long."""
    refused = [event["why"] for event in played if event["type"] == "refused"]
    assert len(refused) == 2
    assert "4,001" in refused[1]
    assert kinds(played).index("refused") < len(played) - 1


@pytest.mark.process
def test_the_end_of_input_ends_and_debriefs(played: list[Event]) -> None:
    """As the last two events."""
    assert kinds(played)[-2:] == ["ended", "debrief"]
    assert played[-1]["turns"] == 3
    assert played[-2]["how"] == played[-1]["how"]


@pytest.mark.process
def test_bytes_that_are_no_text_do_not_stop_a_session(played: list[Event], ring: Ring) -> None:
    """Input is UTF-8 whatever the terminal is set to; what is none is replaced, control characters go."""
    (said,) = [turn.said for turn in ring.resume(played[0]["id"]).turns if turn.said.startswith("caf")]
    assert said == "caf\ufffd\u00e9 \u2028 [31mred"


@pytest.mark.process
def test_two_sessions_at_once_on_one_new_data_directory_are_both_whole(data: Path, tmp_path: Path) -> None:
    """The first start of two programs at the same moment: index, tables and sessions of both."""
    command = [sys.executable, "-m", "ui.cli", "chat", CARD, "--events"]
    env = os.environ | {"SPARRING_DATA": str(tmp_path / "new")}
    both = [
        subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdin is not None
        process.stdin.write(f"{WARM}\n{RUDE}\n".encode())
        process.stdin.close()
    ids = set()
    for process in both:
        assert process.stdout is not None
        assert process.stderr is not None
        events = [json.loads(line) for line in process.stdout.read().splitlines()]
        assert process.wait(120) == 0, process.stderr.read().decode()
        assert (kinds(events)[-1], events[-1]["turns"]) == ("debrief", 2)
        ids.add(events[0]["id"])
        process.stdout.close()
        process.stderr.close()
    assert len(ids) == 2


def test_a_session_ended_by_the_customer_stops_reading(
    ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Further lines are left alone, and there is one debrief."""
    monkeypatch.setattr(terminal, "Ring", lambda: ring)
    monkeypatch.setattr(sys, "stdin", io.StringIO("Are you deaf? It is your own fault, calm down.\n" * 30))
    assert terminal.events(CARD, "leaver", 1, None) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert kinds(events)[-2:] == ["ended", "debrief"]
    assert kinds(events).count("debrief") == 1
    assert events[-2]["how"] in {"public", "manager", "walks_out"}


def test_a_session_is_taken_up_again(
    ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the last words of the customer; with another card it is refused, and says which."""
    begun = ring.open(CARD, "again", seed=2)
    list(begun.say(WARM))
    monkeypatch.setattr(terminal, "Ring", lambda: ring)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert terminal.events(CARD, "", None, begun.id) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[0]["id"] == begun.id
    assert events[1]["text"] == begun.turns[-1].reply.text
    with pytest.raises(NoSuchCard, match=CARD):
        terminal.events("serial-complainer", "", None, begun.id)


def test_a_person_plays_and_reads_the_debrief(
    ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Briefing, reply, verdict, debrief; markup is shown as text."""
    monkeypatch.setattr(terminal, "Ring", lambda: ring)
    typed = iter([WARM, "", "[bold]hello[/bold] [/nonsense]", RUDE, "/finish"])
    monkeypatch.setattr(terminal.Prompt, "ask", lambda *_, **__: next(typed))
    assert terminal.chat(CARD, "typist", 3, None) == 0
    shown = capsys.readouterr().out
    for wanted in (
        "Your goals:",
        "You may not:",
        "There is nothing to send yet",
        "0 harmful",
        "Debrief",
        "Practise next:",
    ):
        assert wanted in shown


def test_a_person_who_leaves_is_told_how_to_go_on(
    ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control-C ends the program and not the session."""

    def leave(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(terminal, "Ring", lambda: ring)
    monkeypatch.setattr(terminal.Prompt, "ask", leave)
    assert terminal.chat(CARD, "leaving", 3, None) == 0
    (one,) = ring.list("leaving")
    assert f"--resume {one.id}" in "".join(capsys.readouterr().out.split("\n"))
    assert one.how is None
