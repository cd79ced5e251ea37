"""The console script: exit codes and what is printed where."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from graph.session import Ring
from knowledge.search import Knowledge
from personas.loader import CARDS
from ui import batch
from ui.cli import main

ROOT = Path(__file__).parents[2]
CARD = "fuming-delayed-traveller"
TALK = {
    "id": "talk",
    "turns": [
        {"role": "customer", "text": "My kettle came broken. Twice!"},
        {"role": "trainee", "text": "I'm so sorry that you got two broken kettles. Shall I refund your card?"},
        {"role": "trainee", "text": "You need to calm down."},
    ],
}


@pytest.fixture(autouse=True)
def _one_index(monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge) -> None:
    """Use the index of the run."""
    monkeypatch.setattr(batch, "open_knowledge", lambda: knowledge)


def test_cards_check_of_the_packaged_cards_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing on standard output, exit code 0."""
    assert main(["cards", "check"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "3 cards, 0 problems" in err


def test_cards_check_prints_one_line_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With file, line, field and fix; exit code 1."""
    path = tmp_path / "mine.yaml"
    path.write_text("id: mine\nnme: Mine\n", encoding="utf-8")
    assert main(["cards", "check", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"{path}:2: nme: ") and "Fix: " in line for line in lines)
    assert all(line.startswith(f"{path}:") for line in lines)


def test_cards_check_reads_folders_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Good and bad together: the bad one decides the exit code."""
    (tmp_path / "bad.yaml").write_text("[", encoding="utf-8")
    assert main(["cards", "check", str(tmp_path), str(CARDS / f"{CARD}.yaml")]) == 1
    assert "2 cards, 1 problems" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nothing-here", "empty"])
def test_cards_check_of_nothing_is_not_a_success(tmp_path: Path, name: str) -> None:
    """A mistyped path, a folder without cards."""
    (tmp_path / "empty").mkdir()
    assert main(["cards", "check", str(tmp_path / name)]) == 1


def test_cards_lists_who_can_be_played(capsys: pytest.CaptureFixture[str]) -> None:
    """By id, with name and difficulty."""
    assert main(["cards"]) == 0
    assert f"{CARD:28} Keith Postlethwaite" in capsys.readouterr().out


def test_cards_schema_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For editors."""
    assert main(["cards", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Card"


def test_knowledge_search_prints_passages_with_scores_and_sources(
    ring: Ring, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many as asked for, best first."""
    assert main(["knowledge", "search", "how do I say sorry", "-n", "3"]) == 0
    blocks = capsys.readouterr().out.strip().split("]\n\n")
    assert len(blocks) == 3
    scores = [float(block.split()[0]) for block in blocks]
    assert scores == sorted(scores, reverse=True)
    assert "apologise/" in blocks[0]
    assert "[" in blocks[0]


def test_knowledge_search_says_that_nothing_fits(ring: Ring, capsys: pytest.CaptureFixture[str]) -> None:
    """With the nearest title as a hint, and no passage."""
    assert main(["knowledge", "search", "pruning apple trees in winter"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Nothing fits. The nearest is ")


def test_grade_writes_one_line_a_turn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In order; what was done is said on standard error."""
    (tmp_path / "in.jsonl").write_text(json.dumps(TALK), encoding="utf-8")
    assert main(["grade", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl")]) == 0
    results = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [one["id"] for one in results] == ["talk#1", "talk#2"]
    assert "2 turns of 1 conversations, 0 not graded" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_grade_of_a_broken_file_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An earlier result stays; file and line are said; exit code 1."""
    (tmp_path / "in.jsonl").write_text(json.dumps(TALK) + "\n{", encoding="utf-8")
    (tmp_path / "out.jsonl").write_text("as it was", encoding="utf-8")
    assert main(["grade", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl")]) == 1
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "as it was"
    assert "in.jsonl:2: " in capsys.readouterr().err


def test_grade_into_a_place_that_cannot_be_written_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below a file, and over a folder; nothing half-done is left."""
    (tmp_path / "in.jsonl").write_text(json.dumps(TALK), encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for out in (tmp_path / "in.jsonl" / "out.jsonl", tmp_path / "folder"):
        assert main(["grade", str(tmp_path / "in.jsonl"), "--out", str(out)]) == 1
        assert "cannot be written" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "in.jsonl"]


def test_sessions_are_listed(ring: Ring, capsys: pytest.CaptureFixture[str]) -> None:
    """Of one person where asked."""
    one = ring.open(CARD, "in-the-list")
    assert main(["sessions", "--name", "in-the-list"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(one.id)
    assert line.endswith("grade -  open")


def test_a_data_directory_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback; exit code 1."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("SPARRING_DATA", str(tmp_path / "file" / "data"))
    for command in (["sessions"], ["knowledge", "search", "x"], ["chat", CARD, "--events"], ["cards"]):
        assert main(command) == 1
        assert "SPARRING_DATA" in capsys.readouterr().err


def test_an_unknown_card_is_one_clear_line(capsys: pytest.CaptureFixture[str], ring: Ring) -> None:
    """With those there are."""
    assert main(["chat", "nobody", "--events"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "'nobody' does not exist" in err


@pytest.mark.parametrize("wrong", [[], ["fly"], ["grade", "x"], ["knowledge", "search", "x", "-n", "0"], ["chat"]])
def test_wrong_usage_exits_with_two(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """As every command line does."""
    with pytest.raises(SystemExit) as left:
        main(wrong)
    assert left.value.code == 2
    assert "usage: sparring" in capsys.readouterr().err


@pytest.mark.process
def test_checking_cards_needs_none_of_the_big_libraries() -> None:
    """An editor may call it on every save."""
    code = "import sys; from ui.cli import main; main(['cards', 'check']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert not {"chromadb", "langgraph", "litellm", "streamlit", "onnxruntime"} & set(done.stdout.split())
