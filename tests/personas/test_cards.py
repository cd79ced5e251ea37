"""The packaged cards are whole, and the schema that editors use is theirs."""

import json
from pathlib import Path

import pytest

import personas
from personas.card import Beat, Card, Ending, schema
from personas.lint import MIN_LINES, lint
from personas.loader import CARDS, load

FILES = sorted(CARDS.glob("*.yaml"))
NAMES = [path.stem for path in FILES]
SCHEMA = Path(personas.__file__).with_name("card.schema.json")


@pytest.fixture(params=FILES, ids=NAMES)
def card(request: pytest.FixtureRequest) -> Card:
    """Return each packaged card."""
    read = load(request.param).card
    assert read is not None
    return read


def test_the_three_customers_are_there() -> None:
    """The ids that documents and recorded sessions name."""
    assert {"serial-complainer", "indecisive-shopper", "fuming-delayed-traveller"} <= set(NAMES)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_packaged_card_has_no_problem(path: Path) -> None:
    """Not one line of lint."""
    assert [str(problem) for problem in lint(load(path))] == []


def test_a_card_has_lines_enough(card: Card) -> None:
    """120 that the customer may say."""
    assert sum(1 for _ in card.spoken()) >= MIN_LINES == 120


def test_a_card_has_facts_demands_and_principles_enough(card: Card) -> None:
    """What the issue asks of every card."""
    assert len(card.facts) >= 5
    assert len(card.demands) >= 4
    assert len(card.principles) >= 5


def test_a_card_can_end_in_every_way(card: Card) -> None:
    """The five endings have lines, the three bad ones a way to come about."""
    assert {b.how for b in card.breaks} == {"walks_out", "manager", "public"}
    assert all(getattr(card.endings, ending) for ending in Ending.__args__)


def test_a_card_has_lines_for_every_beat(card: Card) -> None:
    """Whatever the director decides can be spoken."""
    assert set(card.lines) == set(Beat.__args__)


def test_white_text_is_readable_on_the_colour_of_a_card(card: Card) -> None:
    """Contrast of 4.5 or more, by WCAG 2."""
    channels = [int(card.colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_a_monogram_is_one_or_two_capitals(card: Card) -> None:
    """For the face in the chooser."""
    assert 1 <= len(card.monogram) <= 2
    assert card.monogram.isupper()


def test_customers_do_not_share_lines() -> None:
    """They are different people: no line of one is in another's card."""
    seen: dict[str, str] = {}
    for path in FILES:
        card = load(path).card
        assert card is not None
        for _, line in card.spoken():
            assert line not in seen, f"{path.stem} and {seen[line]} both say {line!r}"
            seen[line] = path.stem


def test_the_schema_file_is_the_generated_one() -> None:
    """``python -m ui.cli cards schema > personas/card.schema.json`` was run after the last change."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema()


def test_the_schema_documents_every_field() -> None:
    """Designers read it in their editor: each object says what it is and refuses unknown keys."""
    for name, part in schema()["$defs"].items():
        assert part.get("description"), name
        assert part["type"] != "object" or part["additionalProperties"] is False, name
