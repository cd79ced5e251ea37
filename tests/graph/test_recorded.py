"""Recorded conversations are graded turn by turn, and a file that cannot be used says where."""

import json
from pathlib import Path
from typing import Any

import pytest

from graph import recorded
from graph.errors import BadInput
from graph.evaluator import BuiltInEvaluator
from knowledge.reader import load_reader
from knowledge.search import Knowledge

TALK: dict[str, Any] = {
    "id": "talk-1", "persona": "somebody", "channel": "chat", "trainee_level": "mediocre", "ending": "partly",
    "brief": {"company": "Kettles", "situation": "A broken kettle.", "agent_may": ["refund"], "agent_may_not": []},
    "turns": [
        {"role": "customer", "text": "My kettle came broken. Twice!"},
        {"role": "trainee", "text": "I'm so sorry that you got two broken kettles. Shall I refund your card?"},
        {"role": "customer", "text": "Yes."},
        {"role": "trainee", "text": "You need to calm down."},
    ],
}  # fmt: skip


def written(tmp_path: Path, *lines: object) -> Path:
    """Write a file of these lines."""
    path = tmp_path / "talks.jsonl"
    text = "\n".join(one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in lines)
    path.write_text(text, encoding="utf-8")
    return path


def graded(path: Path, knowledge: Knowledge) -> list[dict[str, Any]]:
    """Grade a file with everything built in."""
    return list(recorded.grade(recorded.read(path), load_reader(), BuiltInEvaluator(), knowledge))


def test_every_trainee_turn_is_graded_in_order(tmp_path: Path, knowledge: Knowledge) -> None:
    """Numbered from 1 within its conversation."""
    results = graded(written(tmp_path, TALK, TALK | {"id": "talk-2"}), knowledge)
    assert [one["id"] for one in results] == ["talk-1#1", "talk-1#2", "talk-2#1", "talk-2#2"]


def test_a_result_has_the_shape_that_was_promised(tmp_path: Path, knowledge: Knowledge) -> None:
    """Keys and types, and quotes that are spans of the turn."""
    for result, turn in zip(graded(written(tmp_path, TALK), knowledge), TALK["turns"][1::2], strict=True):
        assert result.keys() >= {"id", "grade", "techniques", "missteps", "called_for", "fix", "rewrite", "by", "ms"}
        assert result["grade"] is None or result["grade"] in range(5)
        assert result["ms"] > 0
        for atom in [*result["techniques"], *result["missteps"]]:
            assert atom.keys() == {"id", "quote", "passage"}
            assert atom["quote"] in turn["text"]
        assert json.loads(json.dumps(result)) == json.loads(json.dumps(result, ensure_ascii=False))


def test_harm_is_graded_as_harm(tmp_path: Path, knowledge: Knowledge) -> None:
    """The second turn tells somebody to calm down."""
    first, second = graded(written(tmp_path, TALK), knowledge)
    assert second["grade"] == 0
    assert "tell_to_calm_down" in {atom["id"] for atom in second["missteps"]}
    assert first["grade"] > second["grade"]


def test_a_conversation_without_a_brief_is_graded(tmp_path: Path, knowledge: Knowledge) -> None:
    """Real transcripts have none: neither the key, nor null, nor an empty one makes a difference."""
    bare = {"id": "bare", "turns": TALK["turns"]}
    results = graded(
        written(tmp_path, bare, bare | {"id": "b", "brief": None}, bare | {"id": "c", "brief": {}}), knowledge
    )
    assert len(results) == 6
    assert all(one["fix"] for one in results)


def test_an_agent_who_speaks_first_is_graded(tmp_path: Path, knowledge: Knowledge) -> None:
    """There is no context then; two turns in a row are two turns."""
    turns = [{"role": "trainee", "text": "Hello, how can I help?"}, {"role": "trainee", "text": "Are you there?"}]
    assert [one["id"] for one in graded(written(tmp_path, {"id": "x", "turns": turns}), knowledge)] == ["x#1", "x#2"]


def test_a_turn_of_nothing_is_graded(tmp_path: Path, knowledge: Knowledge) -> None:
    """Empty, white space, very long: a line each."""
    turns = [{"role": "trainee", "text": text} for text in ("", "  \n", "sorry " * 2000)]
    assert len(graded(written(tmp_path, {"id": "x", "turns": turns}), knowledge)) == 3


def test_a_turn_may_hold_any_character(tmp_path: Path) -> None:
    """Separators that Unicode calls line ends are inside a line of JSON."""
    text = "one\u2028two\u2029three\x85four\x0bfive \N{PILE OF POO}"
    line = json.dumps({"id": "x", "turns": [{"role": "trainee", "text": text}]}, ensure_ascii=False)
    (talk,) = recorded.read(written(tmp_path, line))
    assert talk.turns[0].text == text


def test_blank_lines_are_passed_over_and_windows_line_ends_taken(tmp_path: Path) -> None:
    """Files come from everywhere."""
    path = tmp_path / "talks.jsonl"
    path.write_bytes(b"\r\n" + json.dumps(TALK).encode() + b"\r\n\r\n")
    assert [talk.id for talk in recorded.read(path)] == ["talk-1"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r":2: not valid JSON"),
        ('{"turns": []}', r":2: id: Field required"),
        ('{"id": "x"}', r":2: turns: Field required"),
        ('{"id": 7, "turns": []}', r":2: id: "),
        ('{"id": "x", "turns": [{"role": "boss", "text": ""}]}', r":2: turns\.0\.role: "),
        ('{"id": "x", "turns": [{"role": "trainee"}]}', r":2: turns\.0\.text: "),
        ('{"id": "x", "turns": [{"role": "trainee", "text": "\\ud800"}]}', r":2: turns\.0\.text: "),
        ('{"id": "x", "turns": [], "brief": "none"}', r":2: brief: "),
        ("[1, 2]", r":2: line: "),
        ('{"id": "talk-1", "turns": []}', r":2: id: 'talk-1' was used on line 1"),
        ("[" * 100_000, r":2: "),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_field(tmp_path: Path, line: str, message: str) -> None:
    """And a fix."""
    with pytest.raises(BadInput, match=message) as error:
        recorded.read(written(tmp_path, TALK, line))
    assert "talks.jsonl" in str(error.value)
    assert "Fix: " in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe{}"])
def test_a_file_of_nothing_or_of_other_bytes_is_named(tmp_path: Path, content: bytes) -> None:
    """Not an empty success."""
    (tmp_path / "talks.jsonl").write_bytes(content)
    with pytest.raises(BadInput, match=r"talks\.jsonl.*Fix: "):
        recorded.read(tmp_path / "talks.jsonl")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Nor is a folder a file."""
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            recorded.read(path)
