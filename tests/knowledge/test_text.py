"""Facts about text that several rooms share."""

import json

import pytest

from knowledge.text import json_line


@pytest.mark.parametrize("sign", ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"])
def test_a_line_of_json_is_one_line_for_everybody(sign: str) -> None:
    """And says what it was given."""
    said = {f"caf\xe9{sign}": [f"one{sign}two \U0001f600"]}
    assert len(json_line(said).splitlines()) == 1
    assert json.loads(json_line(said)) == said


def test_letters_of_other_languages_stay_readable() -> None:
    """Results are looked at by people too."""
    assert json_line({"said": "Grüße, 😀"}) == '{"said": "Grüße, 😀"}'
