"""The grade follows from atoms, in code."""

import itertools

import pytest

from graph.grading import grade
from knowledge.reading import Atom, Reading
from knowledge.taxonomy import HARMFUL, MISSTEPS

CALLED = ("acknowledge_feeling", "apologise", "offer_solution")


def atoms(*ids: str) -> tuple[Atom, ...]:
    """Return atoms with these ids; where they stand does not matter to the grade."""
    return tuple(Atom(id, 0, 1, 0.9) for id in ids)


def reading(techniques: tuple[str, ...] = (), missteps: tuple[str, ...] = (), merit: float | None = None) -> Reading:
    """Return a reading of a turn at a moment that calls for `CALLED`."""
    return Reading(atoms(*techniques), atoms(*missteps), CALLED, merit)


@pytest.mark.parametrize("misstep", sorted(HARMFUL))
def test_a_harmful_misstep_gives_nothing_whatever_else_was_done(misstep: str) -> None:
    """Doing everything that was called for does not buy back harm."""
    assert grade(reading(CALLED, (misstep,), merit=4.0)).value == 0


def test_doing_all_that_was_called_for_is_expert() -> None:
    """Atoms alone are enough for the best grade."""
    assert grade(reading(CALLED)).value == 4


def test_doing_more_of_what_was_called_for_never_lowers_the_grade() -> None:
    """From nothing to everything the grade rises, and does rise."""
    values = [grade(reading(CALLED[:n])).value for n in range(4)]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_techniques_nobody_called_for_do_not_raise_the_grade() -> None:
    """Reciting techniques is no merit."""
    recited = ("thank", "partnership_language", "positive_priming", "seek_acceptance", "use_history")
    assert grade(reading(recited)).value <= grade(reading()).value


def test_empty_script_is_weak_at_most() -> None:
    """Stock phrases spoil a turn however much they cover."""
    assert grade(reading(CALLED, ("empty_script",), merit=4.0)).value <= 1


@pytest.mark.parametrize("merit", [None, 0.0, 1.3, 2.5, 4.0])
@pytest.mark.parametrize("done", range(4))
def test_one_more_misstep_never_raises_the_grade(merit: float | None, done: int) -> None:
    """Whatever was done and whatever was already wrong."""
    for size in range(3):
        for missteps in itertools.combinations(MISSTEPS, size):
            before = grade(reading(CALLED[:done], missteps, merit)).value
            for another in set(MISSTEPS) - set(missteps):
                assert grade(reading(CALLED[:done], (*missteps, another), merit)).value <= before


def test_a_misstep_caps_a_turn_that_did_everything_else() -> None:
    """No turn with a misstep is better than adequate."""
    for misstep in MISSTEPS:
        assert grade(reading(CALLED, (misstep,), merit=4.0)).value <= 2


def test_merit_tells_two_turns_with_the_same_atoms_apart() -> None:
    """Specificity raises the grade."""
    same = CALLED[:2]
    assert grade(reading(same, merit=1.0)).value < grade(reading(same, merit=4.0)).value


def test_a_reading_that_found_nothing_is_not_graded() -> None:
    """No number is made up; one sign of anything is enough to grade by."""
    assert grade(Reading()).value is None
    for something in (
        Reading(called_for=CALLED), Reading(atoms("thank")), Reading(missteps=atoms("jargon")), Reading(merit=2.0),
    ):  # fmt: skip
        assert grade(something).value is not None


def test_the_reason_is_one_line_and_names_the_misstep() -> None:
    """A trainee can see what the grade stands on."""
    why = grade(reading(CALLED, ("policy_wall",))).why
    assert "policy wall" in why
    assert "\n" not in why


def test_the_reason_names_what_was_missing() -> None:
    """A turn that did part of it is told the rest."""
    assert "offer solution" in grade(reading(CALLED[:2])).why


def test_the_reason_never_says_nothing_of_a_turn_that_did_something() -> None:
    """A good turn that did something else is told what, and what was called for."""
    why = grade(reading(("explain_policy", "thank"), merit=3.8)).why
    assert "nothing" not in why
    assert "explain policy and thank done" in why
    assert "nothing" not in grade(reading(merit=4.0)).why
