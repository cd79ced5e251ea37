"""Prompts are filled by name and completely, and no text closes its own fence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.prompting import PROMPTS, fenced, fill, nonce, unfenced

MARK = "0123456789ab"


def test_a_part_that_is_missing_or_too_many_is_an_error() -> None:
    """By name, before anything is sent."""
    with pytest.raises(ValueError, match="needs nonce"):
        fill("customer-begin")
    with pytest.raises(ValueError, match="no place for more"):
        fill("customer-begin", nonce=MARK, more="x")


@pytest.mark.parametrize("name", ["nothing-here", "../errors", "", "Customer"])
def test_a_prompt_that_is_not_there_is_an_error(name: str) -> None:
    """And a name is no path."""
    with pytest.raises(FileNotFoundError):
        fill(name)


def test_what_is_put_in_is_not_filled_again() -> None:
    """Dollar signs and braces of a trainee are text."""
    assert "$nonce {x} $$" in fill("customer-again", reason="$nonce {x} $$")


def test_every_prompt_can_be_read() -> None:
    """A stray dollar sign would show only when the prompt is used."""
    from string import Template

    assert all(Template(path.read_text(encoding="utf-8")).is_valid() for path in PROMPTS.glob("*.md"))


@given(st.text(alphabet=st.sampled_from(list("<>/ said end" + MARK + "\n\u200b")), max_size=120))
def test_no_text_closes_its_own_fence(text: str) -> None:
    """Whatever it is made of, the fence's lines stand in it once each."""
    whole = fenced(text, MARK)
    assert whole.count(f"<<end {MARK}>>") == 1
    assert whole.count(f"<<said {MARK}>>") == 1
    assert "<<end" not in unfenced(text, MARK)
    assert MARK not in unfenced(text, MARK)


def test_signs_that_nobody_sees_are_left_out() -> None:
    """Tags, joiners and turned directions carry orders that a person would not read; accents stay."""
    assert unfenced("a\u202eb\U000e0041c\u200bd é ü\tx\n", MARK) == "abcd é ü\tx\n"


def test_a_nonce_is_kept_for_a_conversation_and_cannot_be_guessed() -> None:
    """The same for the same conversation, another one for any other."""
    assert nonce("one") == nonce("one") != nonce("two")
    assert nonce() != nonce()
    assert len(nonce()) == 12
