"""The lint finds what the schema cannot see, and names the line."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from personas.lint import lint
from personas.loader import CARDS, Problem, load

Data = dict[str, Any]
GOOD: Data = yaml.load((CARDS / "fuming-delayed-traveller.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def linted(folder: Path, change: Callable[[Data], object], name: str = "fuming-delayed-traveller") -> list[Problem]:
    """Lint the traveller's card after a change, written to a file of its own."""
    data = copy.deepcopy(GOOD)
    change(data)
    path = folder / f"{name}.yaml"
    path.write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, width=10_000), encoding="utf-8")
    return lint(load(path))


def one(folder: Path, change: Callable[[Data], object]) -> tuple[Problem, str]:
    """Return the only problem that a change makes, and the line it points at."""
    (problem,) = linted(folder, change)
    lines = Path(problem.file).read_text(encoding="utf-8").splitlines()
    assert problem.fix
    return problem, lines[problem.line - 1].strip()


def put(*place: str | int, value: object) -> Callable[[Data], None]:
    """Return a change that puts ``value`` at ``place``."""

    def change(data: Any) -> None:
        for part in place[:-1]:
            data = data[part]
        data[place[-1]] = value

    return change


def test_the_card_as_it_is_has_no_problem(tmp_path: Path) -> None:
    """The ground on which the tests below stand."""
    assert linted(tmp_path, lambda data: None) == []


def test_the_file_must_be_called_like_the_card(tmp_path: Path) -> None:
    """Cards are found by their file's name when they are broken."""
    (problem,) = linted(tmp_path, lambda data: None, name="somebody-else")
    assert (problem.field, problem.line) == ("id", 1)
    assert "rename the file to fuming-delayed-traveller.yaml" in problem.fix


@pytest.mark.parametrize("group", ["facts", "answers", "demands", "offers"])
def test_an_id_used_twice_is_found(tmp_path: Path, group: str) -> None:
    """The second one could never be reached."""
    found = linted(tmp_path, lambda data: put(group, 1, "id", value=data[group][0]["id"])(data))
    assert any(p.field == f"{group}[1].id" and "used twice" in p.message for p in found)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("temper", "calms", "hug"), 1.0),
        (("temper", "angers", "apologise"), 1.0),
        (("facts", 0, "trigger", "techniques"), ["hug"]),
        (("demands", 0, "met_by_techniques"), ["rude"]),
        (("advice", 0, "technique"), "hug"),
    ],
)
def test_an_id_that_is_not_in_the_taxonomy_is_found(
    tmp_path: Path, place: tuple[str | int, ...], value: object
) -> None:
    """Wherever it stands; the fix lists the ids there are."""
    problem, line = one(tmp_path, put(*place, value=value))
    assert "is no technique" in problem.message or "is no misstep" in problem.message
    assert "use one of: " in problem.fix
    assert str(place[-1]) in line or str(value).strip("[]'") in line


def test_a_fact_that_nothing_brings_out_is_found(tmp_path: Path) -> None:
    """No question, no technique: it would never be told."""
    problem, line = one(tmp_path, put("facts", 0, "trigger", value={"trust": 1.0}))
    assert problem.field == "facts[0].trigger"
    assert "nothing makes 'who-for' come out" in problem.message
    assert line == "trigger:"


def test_facts_that_wait_for_each_other_are_found(tmp_path: Path) -> None:
    """A circle of `after` is never entered; what hangs on it is named as well."""
    found = linted(tmp_path, put("facts", 0, "trigger", "after", value=["no-phone"]))
    assert any(p.field == "facts[0].trigger.after" and "waits for itself" in p.message for p in found)


def test_a_fact_that_waits_for_an_unknown_one_is_found(tmp_path: Path) -> None:
    """A misspelt id in `after`."""
    found = linted(tmp_path, put("facts", 6, "trigger", "after", value=["nobody"]))
    assert any("'nobody' is no fact of this card" in p.message for p in found)


def test_a_fact_that_asks_for_too_much_trust_is_found(tmp_path: Path) -> None:
    """Trust stays under a ceiling until something was settled."""
    problem, line = one(tmp_path, put("facts", 0, "trigger", "trust", value=4.5))
    assert (problem.field, line) == ("facts[0].trigger.trust", "trust: 4.5")


def test_a_beat_without_lines_is_found(tmp_path: Path) -> None:
    """The director would have nothing to say it with."""
    problem, line = one(tmp_path, lambda data: data["lines"].pop("warn"))
    assert (problem.field, line) == ("lines.warn", "lines:")


def test_too_few_lines_for_a_band_are_found(tmp_path: Path) -> None:
    """Each beat needs some for each heat."""
    problem, _ = one(tmp_path, lambda data: data["lines"]["vent"].__setitem__("hot", data["lines"]["vent"]["hot"][:1]))
    assert problem.field == "lines.vent.hot"
    assert "1 lines, 4 are needed" in problem.message


@pytest.mark.parametrize("change", [str, str.upper, lambda line: line.replace(".", "!?").replace(",", " -")])
def test_a_line_written_twice_is_found(tmp_path: Path, change: Callable[[str], str]) -> None:
    """Also when only punctuation and case differ; the first place is named."""
    again = change(GOOD["lines"]["vent"]["hot"][0])
    problem, line = one(tmp_path, put("lines", "push", "cool", 0, value=again))
    assert (problem.field, "repeats line" in problem.message) == ("lines.push.cool[0]", True)
    assert "lines.vent.hot[0]" in problem.message
    assert line.startswith("- ")


@pytest.mark.parametrize("place", [("opens", 0), ("lines", "vent", "hot", 0), ("facts", 0, "reveal", 0)])
def test_a_quote_where_nothing_is_quoted_is_found(tmp_path: Path, place: tuple[str | int, ...]) -> None:
    """Only a retort, a doubt and a puzzled question throw words back."""
    problem, line = one(tmp_path, put(*place, value="You said {quote} to me, did you."))
    assert "{quote}" in problem.message
    assert "{quote}" in line


def test_an_unknown_slot_is_found(tmp_path: Path) -> None:
    """There is nothing to fill it with."""
    problem, _ = one(tmp_path, put("lines", "retort", "hot", 0, value="Well, {name}, that is rich."))
    assert "{name}" in problem.message


def test_too_few_lines_in_all_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs must not repeat a line."""
    monkeypatch.setattr("personas.lint.MIN_LINES", 1000)
    problem, line = one(tmp_path, lambda data: None)
    assert "lines in all, 1000 are needed for two runs" in problem.message
    assert line == "lines:"


@pytest.mark.parametrize("key", ["accepts", "tests"])
def test_an_offer_that_can_be_taken_needs_lines_for_it(tmp_path: Path, key: str) -> None:
    """Accepting and testing both."""
    problem, _ = one(tmp_path, put("offers", 0, key, value=[]))
    assert problem.field == f"offers[0].{key}"


def test_an_offer_that_meets_nothing_needs_lines_to_refuse_it(tmp_path: Path) -> None:
    """Else the customer could not answer."""
    place = next(n for n, offer in enumerate(GOOD["offers"]) if not offer.get("meets"))
    problem, _ = one(tmp_path, put("offers", place, "refuses", value=[]))
    assert problem.field == f"offers[{place}].refuses"


def test_an_offer_that_nobody_can_make_is_found(tmp_path: Path) -> None:
    """It has neither words nor sentences."""
    problem, _ = one(tmp_path, put("offers", 0, "heard", value={}))
    assert "nobody can make the offer" in problem.message


def test_an_offer_for_an_unknown_demand_is_found(tmp_path: Path) -> None:
    """A misspelt id in `meets`."""
    found = linted(tmp_path, put("offers", 0, "meets", value=["exeter-tonite"]))
    assert any("'exeter-tonite' is no demand" in p.message for p in found)


def test_a_demand_that_nothing_meets_is_found(tmp_path: Path) -> None:
    """The session could never be resolved."""
    found = linted(tmp_path, put("offers", 0, "within_authority", value=False))
    assert any("nothing can meet 'exeter-tonight'" in p.message for p in found)


@pytest.mark.parametrize(
    ("breaks", "message"),
    [
        ([(0, "walks_out"), (1, "manager"), (2, "walks_out")], "can never end as public"),
        ([(0, "walks_out"), (2, "manager"), (2, "public")], "same anger"),
        ([(1, "walks_out"), (2, "manager"), (3, "public")], "at low anger"),
    ],
)
def test_an_ending_that_cannot_happen_is_found(tmp_path: Path, breaks: list[tuple[int, str]], message: str) -> None:
    """Missing, hidden by another, or nothing for a calm customer."""
    problem, line = one(tmp_path, put("breaks", value=[{"anger": anger, "how": how} for anger, how in breaks]))
    assert message in problem.message
    assert line == "breaks:"


def test_advice_for_an_unknown_demand_or_fact_is_found(tmp_path: Path) -> None:
    """It would never be given."""
    advice = {"technique": "apologise", "say": "I am sorry for all of it.", "demand": "nope", "told": ["nobody"]}
    found = {p.field for p in linted(tmp_path, lambda data: data["advice"].append(advice))}
    last = len(GOOD["advice"])
    assert found == {f"advice[{last}].demand", f"advice[{last}].told[0]"}
