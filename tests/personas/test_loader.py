"""A card that cannot be read says where and why, and never takes the others with it."""

from pathlib import Path

import pytest

from personas.loader import CARDS, MAX_BYTES, Problem, load, load_all

GOOD = (CARDS / "fuming-delayed-traveller.yaml").read_text(encoding="utf-8")


def broken(tmp_path: Path, content: str | bytes) -> Problem:
    """Return the first problem of a file with this content."""
    path = tmp_path / "card.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    loaded = load(path)
    assert loaded.card is None
    return loaded.problems[0]


def edited(tmp_path: Path, old: str, new: str) -> Problem:
    """Return the only problem of the traveller's card with one place changed."""
    assert GOOD.count(old) == 1, "the edit must hit one place"
    path = tmp_path / "fuming-delayed-traveller.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    loaded = load(path)
    assert loaded.card is None
    (problem,) = loaded.problems
    assert problem.file == str(path)
    return problem


def line_of(text: str) -> int:
    """Return the number of the line of the traveller's card that holds ``text``."""
    return GOOD[: GOOD.index(text)].count("\n") + 1


def test_a_problem_is_one_line_with_file_line_field_message_and_fix() -> None:
    """The form that editors turn into a link."""
    problem = Problem("cards/x.yaml", 7, "facts[0].reveal", "too short", "write more")
    assert str(problem) == "cards/x.yaml:7: facts[0].reveal: too short. Fix: write more."


def test_an_unknown_key_is_named_with_its_line(tmp_path: Path) -> None:
    """A misspelt field is not silently dropped."""
    problem = edited(tmp_path, "\nsettles_for:", "\nsetles_for: nothing\nsettles_for:")
    assert (problem.line, problem.field) == (line_of("settles_for:"), "setles_for")
    assert "remove it, or correct its name" in problem.fix


def test_a_key_given_twice_names_both_lines(tmp_path: Path) -> None:
    """YAML itself would keep the last one without a word."""
    problem = edited(tmp_path, "\nchannel: chat", "\nchannel: chat\nchannel: phone")
    assert (problem.line, problem.field) == (line_of("channel: chat") + 1, "channel")
    assert f"first on line {line_of('channel: chat')}" in problem.message
    assert problem.fix == "keep one of the two"


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    """The fix says to add it."""
    problem = edited(tmp_path, "\nchannel: chat\ndifficulty: 4", "\nchannel: chat")
    assert (problem.line, problem.field, problem.fix) == (line_of("id:"), "difficulty", "add this field")


def test_a_missing_field_deep_down_points_at_its_parent(tmp_path: Path) -> None:
    """The nearest line there is."""
    problem = edited(tmp_path, "  age: 67\n", "")
    assert (problem.line, problem.field) == (line_of("\nperson:") + 1, "person.age")


def test_a_value_of_the_wrong_type_is_named(tmp_path: Path) -> None:
    """Values are not coerced."""
    problem = edited(tmp_path, "difficulty: 4", "difficulty: hard")
    assert (problem.line, problem.field) == (line_of("difficulty: 4"), "difficulty")
    assert "whole number" in problem.fix


def test_a_number_out_of_range_is_named(tmp_path: Path) -> None:
    """Anger goes to 5."""
    problem = edited(tmp_path, "  anger: 4.1", "  anger: 9")
    assert (problem.line, problem.field) == (line_of("  anger: 4.1"), "temper.anger")
    assert "less than or equal to 5" in problem.message


def test_an_unknown_beat_is_named(tmp_path: Path) -> None:
    """A beat the director does not know would never be spoken."""
    problem = edited(tmp_path, "\n  vent:\n", "\n  vents:\n")
    assert (problem.line, problem.field) == (line_of("\n  vent:\n") + 1, "lines.vents")


def test_an_unquoted_yes_is_explained(tmp_path: Path) -> None:
    """YAML reads a bare yes as true."""
    path = tmp_path / "fuming-delayed-traveller.yaml"
    path.write_text(GOOD.replace('"yes":', "yes:", 1), encoding="utf-8")
    problems = load(path).problems
    assert all(p.field.startswith("feedback.heard") for p in problems)
    assert any("quotes" in p.fix for p in problems)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "not a mapping"),
        ("- a\n- b\n", 1, "not a mapping"),
        ('id: x\nname: "open\n', 3, "not valid YAML"),
        ("id: x\nfacts:\n\t- id: y\n", 3, "not valid YAML"),
        ("id: x\n---\nid: y\n", 2, "another document"),
        ("id: x\n? [a, b]\n: c\n", 2, "unhashable"),
        ("id: x\nname: !!python/object/apply:os.getcwd []\n", 2, "not valid YAML"),
        ("id: \x00\n", 1, "not valid YAML"),
        ("id: 2020-13-45\n", 1, "cannot be read"),
        ("id: caf\xe9\n".encode("latin-1"), 1, "cannot be read"),
        ("#" * (MAX_BYTES + 1), 1, "larger than"),
        ("id: &a x\nname: *a\n", 2, "an alias"),
        ("[" * 100_000, 1, "nested more than"),
        ("a: " + "{a: " * 50_000, 1, "nested more than"),
    ],
)
def test_a_file_that_is_no_card_is_one_problem_with_line_and_fix(
    tmp_path: Path, content: str | bytes, line: int, message: str
) -> None:
    """Broken YAML, another encoding, too large, a bomb: said, never raised."""
    problem = broken(tmp_path, content)
    assert problem.line == line
    assert message in problem.message
    assert problem.fix


@pytest.mark.timeout(5)
def test_a_bomb_of_aliases_is_refused_at_once(tmp_path: Path) -> None:
    """Nine lines that would unfold to a thousand million entries."""
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    assert "alias" in broken(tmp_path, bomb).message


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """A mistyped path is reported like any other mistake."""
    (problem,) = load(tmp_path / "nobody.yaml").problems
    assert "cannot be read" in problem.message


def test_a_folder_in_place_of_a_file_is_a_problem(tmp_path: Path) -> None:
    """Even one that is called like a card."""
    (tmp_path / "folder.yaml").mkdir()
    assert "cannot be read" in load(tmp_path / "folder.yaml").problems[0].message


def test_one_bad_card_never_stops_the_others(tmp_path: Path) -> None:
    """The good card beside three bad ones is read."""
    (tmp_path / "a.yaml").write_text("{", encoding="utf-8")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe")
    (tmp_path / "fuming-delayed-traveller.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "z.yaml").mkdir()
    found = load_all([tmp_path, tmp_path / "not-there"])
    assert [bool(loaded.card) for loaded in found] == [False, False, True, False]
    assert all(loaded.problems for loaded in found if not loaded.card)


def test_several_problems_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    """So that a designer can work from the top."""
    path = tmp_path / "fuming-delayed-traveller.yaml"
    path.write_text(GOOD.replace("difficulty: 4", "difficulty: hard").replace("age: 67", "age: old"), encoding="utf-8")
    assert [p.field for p in load(path).problems] == ["difficulty", "person.age"]


def test_a_card_is_read_again_once_it_has_changed(tmp_path: Path) -> None:
    """A designer edits while the app runs."""
    path = tmp_path / "fuming-delayed-traveller.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load(path) is load(path)
    path.write_text(GOOD.replace("difficulty: 4", "difficulty: 3 "), encoding="utf-8")
    changed = load(path).card
    assert changed is not None
    assert changed.difficulty == 3
