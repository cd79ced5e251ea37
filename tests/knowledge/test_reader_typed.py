"""Messages as people type them in a hurry: short, in lower case, without apostrophes."""

import pytest

from graph.grading import grade
from knowledge.reader import load_reader
from knowledge.reader.patterns import compiled
from knowledge.reading import Brief, Reading, Said

OPENING = (
    "18:36, Stafford. No guard, no staff, no announcement, and your help point hung up on me. The 19:08 gets to "
    "Birmingham two minutes after the last Exeter train leaves. I want to speak to somebody who can count.",
)
TOLD = (
    *OPENING,
    "I'm so sorry, Mr Postlethwaite. We put you off in the rain with nobody there. Who is waiting for you in Exeter?",
    "My lad comes out of prison tomorrow at half past eight. I said I'd be stood there.",
)
SETTLED = (
    *TOLD,
    "Then half past eight is what I work to. I can send you to Bristol and a taxi from there, paid by us. All right?",
    "Bristol and then the road. It'll be gone eleven, but it'll be Exeter. Go on then.",
)
UNDECIDED = (
    "Sorry now, this is a stupid question. Four tents, nineteen columns, noon tomorrow. Is it the waterproof that "
    "matters or what?",
)


def read(turn: str, said: tuple[str, ...]) -> Reading:
    """Read ``turn`` after messages of which the first is the customer's."""
    context = [Said("trainee" if place % 2 else "customer", text) for place, text in enumerate(said)]
    return load_reader().read(turn, context, Brief())


@pytest.mark.parametrize(
    ("said", "turn"),
    [
        (OPENING, "oh no thats awful, im sorry. where are you now?"),
        (TOLD, "How long has he been away?"),
        (SETTLED, "Great, I'll book that now."),
        (SETTLED, "ok booking it now, one sec"),
        (SETTLED, "can i take a mobile number for the driver"),
        (SETTLED, "Is there anything else worrying you about tonight?"),
        (SETTLED, "Safe journey, and all the best to your lad."),
        (UNDECIDED, "hi! not stupid at all :) whos going with you?"),
        (UNDECIDED, "how many people is it for"),
    ],
)
def test_a_plain_message_is_no_misstep(said: tuple[str, ...], turn: str) -> None:
    """Short, plain or casual is nothing to hold against anybody."""
    assert read(turn, said).missteps == ()


@pytest.mark.parametrize(
    ("said", "turn"),
    [
        (OPENING, "trains get cancelled all the time"),
        (OPENING, "so what do you want me to do about it"),
        (OPENING, "not my department sorry"),
        (TOLD, "ok whatever"),
        (UNDECIDED, "just pick one, theyre all the same"),
        (UNDECIDED, "right do you want it or not, ive got a queue"),
    ],
)
def test_a_cold_message_is_weak_however_short(said: tuple[str, ...], turn: str) -> None:
    """What belittles or sends away is seen without capitals and apostrophes."""
    reading = read(turn, said)
    assert reading.missteps
    assert (grade(reading).value or 0) <= 1


@pytest.mark.parametrize(
    ("pattern", "typed"), [("don't worry", "dont worry"), ("i'm sorry", "im sorry"), ("you're right", "youre right")]
)
def test_a_rule_fires_without_the_apostrophe(pattern: str, typed: str) -> None:
    """Rules are written with apostrophes; people leave them out."""
    assert compiled(pattern).search(typed)


def test_an_apostrophe_that_makes_another_word_is_not_left_out() -> None:
    """Well is not we'll."""
    assert not compiled(r"\bwe'll\b").search("well")
