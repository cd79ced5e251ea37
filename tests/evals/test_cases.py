"""The packaged cases are sound, a bad one is refused with its place and its fix, a session becomes a case."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest

from evals.cases import CASES, Case, Level, load, main_check, problems
from evals.recorded import from_session
from graph.errors import BadInput
from graph.session import Ring
from personas.loader import CARDS, Problem

Data = dict[str, Any]
Change = Callable[[Data], object]

GOOD: Data = {
    "id": "keith-good-1",
    "card": "fuming-delayed-traveller",
    "level": "expert",
    "seed": 3,
    "about": "a sound case",
    "turns": [{"say": "That was us, and I'm sorry.", "expect": {"techniques": ["apologise"], "grade": [2, 3]}}],
    "expect": {"ending": ["stopped"], "grade": [2, 3.5]},
}


def written(folder: Path, *cases: Data, name: str = "cases.jsonl") -> Path:
    """Write cases to a file, a blank line before the first."""
    path = folder / name
    path.write_text("\n" + "".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    return path


def one(folder: Path, change: Change) -> Problem:
    """Return the only problem that a change of a sound case makes."""
    case = json.loads(json.dumps(GOOD))
    change(case)
    (problem,) = problems(written(folder, case))
    assert problem.file == str(folder / "cases.jsonl")
    assert problem.line == 2
    return problem


def expecting(**expectations: object) -> Change:
    """Return a change of what the first turn expects."""
    return lambda case: case["turns"][0].update(expect=expectations)


# The packaged cases


def test_packaged_cases_are_sound_and_many() -> None:
    """All validate, with ids of their own, and there are 60 or more."""
    cases = load([CASES])
    assert len(cases) >= 60
    assert len({case.id for case in cases}) == len(cases)


@pytest.mark.parametrize("card", sorted(path.stem for path in CARDS.glob("*.yaml")))
def test_every_card_has_cases_of_every_level(card: str) -> None:
    """No level goes untested against any customer."""
    assert {case.level for case in load([CASES]) if case.card == card} == set(get_args(Level))


def test_every_packaged_turn_expects_something() -> None:
    """A turn without an expectation would be counted as right whatever happens."""
    empty = [
        case.id for case in load([CASES]) for turn in case.turns if not turn.expect.model_dump(exclude_defaults=True)
    ]
    assert empty == []


# What is refused


@pytest.mark.parametrize(
    ("change", "field", "said", "fix"),
    [
        (expecting(techniques=["apologize"]), "turns[0].expect.techniques[0]", '"apologize"', "'apologise'"),
        (expecting(not_missteps=["rood"]), "turns[0].expect.not_missteps[0]", '"rood"', "'rude'"),
        (lambda c: c.update(card="fuming-traveller"), "card", "'fuming-traveller'", "'fuming-delayed-traveller'"),
        (lambda c: c["expect"].update(ending=["walk_out"]), "expect.ending[0]", '"walk_out"', "'walks_out'"),
        (lambda c: c.update(level="experts"), "level", '"experts"', "'expert'"),
        (expecting(mood={"anger": "downward"}), "turns[0].expect.mood.anger", '"downward"', "'down'"),
        (expecting(mood={"joy": "up"}), "turns[0].expect.mood.joy", '"joy"', "'"),
        (expecting(grade=[3, 2]), "turns[0].expect.grade", "[3, 2]", "lower grade first"),
        (expecting(grade=[4, 5]), "turns[0].expect.grade", "[4, 5]", "from 0 to 4"),
        (expecting(grade=[0, 3]), "turns[0].expect.grade", "[0, 3]", "at most 2"),
        (expecting(grade=[3]), "turns[0].expect.grade", "[3]", "at least 2"),
        (expecting(grade=["3", 4]), "turns[0].expect.grade[0]", '"3"', ""),
        (expecting(grades=[3, 4]), "turns[0].expect.grades", "[3, 4]", "correct its name"),
        (lambda c: c["expect"].update(grade=[0, 2.5]), "expect.grade", "[0", "at most 2"),
        (lambda c: c.update(turns=[]), "turns", "[]", "at least 1"),
        (lambda c: c["turns"][0].update(say="  "), "turns[0].say", '"  "', "write something"),
        (lambda c: c["turns"][0].update(say="x" * 4001), "turns[0].say", '"xxx', "4000 characters"),
        (lambda c: c.pop("about"), "about", "required", "add this field"),
        (lambda c: c.update(id="Keith 1"), "id", '"Keith 1"', "hyphens"),
    ],
)  # fmt: skip
def test_bad_value_is_named_with_its_place_and_its_fix(
    change: Change, field: str, said: str, fix: str, tmp_path: Path
) -> None:
    """Every problem says which field of which line holds what, and what to write instead."""
    problem = one(tmp_path, change)
    assert problem.field == field
    assert said in problem.message
    assert fix in problem.fix
    assert problem.fix


@pytest.mark.parametrize("kind", ["techniques", "missteps"])
def test_expecting_something_and_its_absence_is_refused(kind: str, tmp_path: Path) -> None:
    """No turn can meet both."""
    atom = {"techniques": "thank", "missteps": "rude"}[kind]
    problem = one(tmp_path, expecting(**{kind: [atom], f"not_{kind}": [atom]}))
    assert problem.field == "turns[0].expect"
    assert atom in problem.message


def test_id_used_in_two_files_is_refused(tmp_path: Path) -> None:
    """Results are compared by id, so it is unique over all files; the message names the first place."""
    first = written(tmp_path, GOOD, name="a.jsonl")
    written(tmp_path, GOOD, name="b.jsonl")
    (problem,) = problems(tmp_path)
    assert (problem.file, problem.field) == (str(tmp_path / "b.jsonl"), "id")
    assert f"{first}:2" in problem.message


def test_broken_line_does_not_hide_the_next(tmp_path: Path) -> None:
    """Each line is read by itself."""
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": \n{"id": "a", "id": "b"}\n', encoding="utf-8")
    assert [(p.line, p.field) for p in problems(path)] == [(1, "case"), (2, "id")]


def test_line_that_is_no_object_is_refused(tmp_path: Path) -> None:
    """A case is an object."""
    path = tmp_path / "cases.jsonl"
    path.write_text("[1]\n", encoding="utf-8")
    (problem,) = problems(path)
    assert (problem.line, problem.field) == (1, "case")


def test_missing_file_is_a_problem(tmp_path: Path) -> None:
    """It is said as any other problem is, without a traceback."""
    (problem,) = problems(tmp_path / "none.jsonl")
    assert "cannot be read" in problem.message


def test_loading_a_bad_file_raises_with_every_problem(tmp_path: Path) -> None:
    """Nothing is played from a file that is not understood."""
    path = written(tmp_path, {**GOOD, "level": "best"}, {**GOOD, "card": "nobody"})
    with pytest.raises(BadInput, match=r"(?s)cases\.jsonl:2: level.*cases\.jsonl:3: card.*Fix: "):
        load([path])


def test_check_prints_a_line_a_problem_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1 where something is wrong, 0 where nothing is."""
    bad = written(tmp_path, {**GOOD, "level": "best"}, {**GOOD, "card": "nobody"}, name="bad.jsonl")
    assert main_check([bad]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main_check([written(tmp_path, GOOD)]) == 0


# A recorded session


SAID = (
    "Robin Ashworth here. You should have taken an earlier train. Write to robin@lune.example or ring 07123 456789.",
    "That was our doing, Keith, and I am sorry for how you were put off.",
)


def played(ring: Ring, said: Sequence[str], person: str = "") -> Case:
    """Return the case of a session in which that was said."""
    session = ring.open("fuming-delayed-traveller", person=person, seed=11)
    for text in said:
        list(session.say(text))
    list(session.finish())
    return from_session(ring, session.id)


@pytest.fixture(scope="module")
def recorded(ring: Ring) -> Case:
    """Return the case of a session that was really played."""
    return played(ring, SAID, person="Robin Ashworth")


def test_recorded_case_survives_a_file(recorded: Case, tmp_path: Path) -> None:
    """Written as one line and read again, it is the same."""
    path = tmp_path / "recorded.jsonl"
    path.write_text(recorded.as_line() + "\n", encoding="utf-8")
    assert load([path]) == [recorded]


def test_recorded_case_holds_nothing_personal(recorded: Case) -> None:
    """Neither name, address nor number of the trainee; the customer's name stays."""
    line = recorded.as_line()
    assert not [one for one in ("Robin", "Ashworth", "lune.example", "07123") if one in line]
    assert "Keith" in line


def test_recorded_case_expects_what_happened(recorded: Case, ring: Ring) -> None:
    """Atoms, a grade more or less, the way the mood went, and the ending."""
    session = ring.resume(recorded.id.removeprefix("session-"))
    report, blamed = session.debrief, session.turns[0]
    assert report is not None
    expected = recorded.turns[0].expect
    assert expected.missteps == [atom.id for atom in blamed.verdict.missteps]
    assert "blame_customer" in expected.missteps
    assert expected.grade == [0, 1]
    assert expected.mood == {"anger": "up", "trust": "down"}
    assert recorded.expect.ending == [report.how]


def test_recorded_case_played_again_gives_the_same_case(ring: Ring) -> None:
    """It keeps the seed, so nothing but the program can make a difference, where no name had to be taken out."""
    case = played(ring, SAID[1:])
    assert played(ring, [turn.say for turn in case.turns], person="somebody else").turns == case.turns


def test_session_without_a_turn_makes_no_case(ring: Ring) -> None:
    """There would be nothing to say."""
    session = ring.open("fuming-delayed-traveller", seed=1)
    with pytest.raises(BadInput, match="Nothing was said"):
        from_session(ring, session.id)
