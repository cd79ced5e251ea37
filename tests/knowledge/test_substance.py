"""What is left of a turn once its filler is taken away."""

import pytest

from knowledge.reader.substance import copies, substance
from personas.loader import CARDS, load

HELP = "I can have a driver at the north door at nine."


@pytest.mark.parametrize(
    "filler",
    [
        "Thank you for contacting customer care.",
        "Please do not hesitate to contact us again.",
        "We apologise for any inconvenience caused.",
        "So that is the position as it stands, as things are at the moment, going forward.",
        "You're amazing!",
        "Empathy, apology, listening, solution, next steps, let's, together, sorry.",
    ],
)
def test_filler_is_blanked_and_the_rest_keeps_its_place(filler: str) -> None:
    """Quotes are spans of the whole turn."""
    turn = f"{filler} {HELP}"
    left = substance(turn, "").text
    assert left.split() == HELP.split()
    assert left.index(HELP) == turn.index(HELP)


def test_the_advice_of_the_cards_has_no_filler() -> None:
    """What the product recommends is not called empty by it."""
    advice = [line.say for path in CARDS.glob("*.yaml") for line in load(path).card.advice]
    assert len(advice) > 100
    assert [say for say in advice if substance(say, "").text != say] == []


@pytest.mark.parametrize(
    ("said", "copied"),
    [
        ("You waited on the platform for four hours and nobody from here rang you.", True),
        ("Four hours on a platform, and not one call from us.", False),
        ("You waited four hours.", False),
    ],
)
def test_a_sentence_is_copied_when_most_of_it_is_the_customers(said: str, copied: bool) -> None:
    """In their order; short echoes are no copies."""
    assert copies(said, "I waited on the platform for four hours and nobody from here rang me. Why?") is copied
