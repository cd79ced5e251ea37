"""The terminal chat when the customer's model fails: nothing is lost, and it is said how to go on."""

import functools
from collections.abc import Callable

import pytest
from flaky import SAYS, WHY, FlakyCustomer, FlakyJudge

from graph.gateway import LiteLLMGateway
from graph.session import Ring
from graph.settings import Models
from ui import terminal

CARD = "fuming-delayed-traveller"
WARM = "Put off in the rain with nobody to ask: I would be furious too. I am sorry, that was our doing."

Play = Callable[..., str]


@pytest.fixture
def customer() -> FlakyCustomer:
    return FlakyCustomer()


@pytest.fixture
def play(
    customer: FlakyCustomer,
    make_ring: Callable[..., Ring],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Play:
    """Return a way to play: what is typed, a number being how often the model fails next; returns what was shown."""
    judge = FlakyJudge()
    judge.fails = True
    ring = make_ring(customer=customer, evaluator=judge, gateway=LiteLLMGateway(Models()))
    monkeypatch.setattr(terminal, "Ring", lambda: ring)
    monkeypatch.setattr(terminal, "Console", functools.partial(terminal.Console, width=1000))

    def played(*typed: str | int, resume: str | None = None) -> str:
        lines = iter(typed)

        def ask(*_: object, **__: object) -> str:
            for line in lines:
                if isinstance(line, str):
                    return line
                customer.failures = line
            raise EOFError

        monkeypatch.setattr(terminal.Prompt, "ask", ask)
        assert terminal.chat(CARD, "typist", 3, resume) == 0
        return capsys.readouterr().out

    return played


@pytest.mark.parametrize("way", ["", "/again"])
def test_enter_and_again_ask_the_model_once_more(play: Play, way: str) -> None:
    """What went wrong is said, the message is kept, its verdict shown."""
    shown = play(1, WARM, way, "/finish")
    for wanted in (f"Keith could not answer. {WHY}", f"Your message is kept: {WARM}", "/card to let", SAYS, "Debrief"):
        assert wanted in shown
    assert shown.count(f"Keith Postlethwaite: {SAYS}") == 2


def test_the_card_answers_and_says_so(play: Play) -> None:
    shown = play(1, WARM, "/card", "/finish")
    assert "These are the card's own words: the model did not answer." in shown
    assert shown.count(f"Keith Postlethwaite: {SAYS}") == 1


def test_another_message_waits_for_the_answer_to_the_first(play: Play, customer: FlakyCustomer) -> None:
    """It is refused with the ways on, and no model is asked."""
    shown = play(1, WARM, "And another thing.", "/again", "/finish")
    assert "Your last message still waits for its answer. Press Enter" in shown
    assert "You wrote" not in shown.partition("still waits")[0]
    assert customer.asked == 3


def test_a_session_that_waits_is_taken_up_without_asking(play: Play, customer: FlakyCustomer) -> None:
    left = play(1, WARM)
    session = left.rpartition("--resume ")[2].strip()
    asked = customer.asked
    shown = play(resume=session)
    assert f"Your message is kept: {WARM}" in shown
    assert customer.asked == asked


def test_a_turn_is_followed_by_notes_and_what_it_took(play: Play) -> None:
    """And the session by all of it."""
    shown = play(WARM, "/finish")
    assert "The judge gave no answer (it refused the key), so the built-in evaluator graded this turn." in shown
    assert "2 model calls; tokens: 2,400 sent, 34 received; customer: 1.2 s, first words after 0.4 s;" in shown
    assert "3 model calls; tokens: 3,600 sent" in shown
    assert "price: unknown" in shown
