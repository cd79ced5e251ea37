"""The pages of a session with models, drawn without a browser, and the page that shows which models there are."""

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flaky import SAYS, WHY, FlakyCustomer, FlakyJudge
from test_app import Page

from graph import checking
from graph.errors import ModelRefusedKey
from graph.gateway import LiteLLMGateway
from graph.session import Ring, Session
from graph.settings import Models, Settings
from ui import export

TRAVELLER = "fuming-delayed-traveller"
KIND = "I'm sorry we left you standing at Stafford with nobody there. What is waiting for you in Exeter?"
KEY = "sk-secret-0123456789"


@dataclass
class Stage:
    """An installation whose models fail as they are told to."""

    ring: Ring
    customer: FlakyCustomer
    judge: FlakyJudge

    def open(self) -> Session:
        """Begin a session whose models work."""
        return self.ring.open(TRAVELLER, seed=7)


@dataclass(frozen=True)
class Opened:
    """A ring that was opened beforehand."""

    _ring: Ring
    ready: bool = True
    error: None = None

    def ring(self) -> Ring:
        return self._ring


@pytest.fixture
def stage(make_ring: Callable[..., Ring], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    customer, judge = FlakyCustomer(), FlakyJudge()
    ring = make_ring(customer=customer, evaluator=judge, gateway=LiteLLMGateway(Models()))
    for name in ("ui.opening.opening", "ui.waiting.opening"):
        monkeypatch.setattr(name, lambda: Opened(ring))
    return Stage(ring, customer, judge)


def paused(stage: Stage) -> tuple[Session, Page]:
    """Return a session with one turn and a second one that waits, and its page."""
    session = stage.open()
    page = Page(session=session.id).say(KIND)
    stage.customer.failures = 1
    return session, page.say("What do you need from me now?")


def test_a_turn_whose_customer_fails_waits_and_says_why(stage: Stage) -> None:
    """Message and verdict are kept, what happened is shown as text, and two ways on are offered."""
    session, page = paused(stage)
    judged = session.judged
    assert judged is not None
    for said in ("What do you need from me now?", judged.fix, "Keith could not answer", WHY, "verdict are kept"):
        assert said in page.text
    assert html.escape(WHY) in page.body
    assert {"pause-again", "pause-card"} <= {button.key for button in page.app.button}
    assert len(session.turns) == 1


def test_a_reload_asks_nobody_and_shows_the_same(stage: Stage) -> None:
    _, page = paused(stage)
    asked = stage.customer.asked
    again = Page(**page.address)
    assert again.text == page.text
    assert stage.customer.asked == asked


def test_trying_again_finishes_the_turn_where_it_stopped(stage: Stage) -> None:
    """Or waits again, and counts."""
    session, page = paused(stage)
    stage.customer.failures = 1
    page.press("pause-again")
    assert "Keith could not answer (attempt 2)." in page.text
    page.press("pause-again")
    assert page.text.count(SAYS) == 3
    assert page.text.count("You: What do you need from me now?") == 1
    assert "could not answer" not in page.text
    assert len(session.turns) == 2


def test_the_card_answers_and_says_so(stage: Stage) -> None:
    session, page = paused(stage)
    page.press("pause-card")
    reply = session.turns[1].reply
    assert reply.by == "built-in (model failed)"
    for shown in (page, Page(**page.address)):
        assert reply.text in shown.text
        assert "These are the card's own words: the model did not answer." in shown.text
    assert "could not answer" not in page.say(KIND).text


def test_what_is_written_while_a_turn_waits_stays_in_the_box(stage: Stage) -> None:
    session, page = paused(stage)
    asked = stage.customer.asked
    page.say("Hello?")
    assert page.box == "Hello?"
    assert "still waits for its answer" in page.text
    assert (len(session.turns), stage.customer.asked) == (1, asked)
    page.press("pause-again").say("Hello?")
    assert len(session.turns) == 3


def test_a_turn_that_waits_in_two_tabs_is_finished_once(stage: Stage) -> None:
    """The other tab shows what came of it."""
    session, page = paused(stage)
    other = Page(**page.address)
    page.press("pause-again")
    assert other.press("pause-card").text.count(SAYS) == 3
    assert session.turns[1].reply.by == "openai/actor"


def test_a_verdict_of_another_than_the_judge_is_remarked_on(stage: Stage) -> None:
    """Quietly under it, while it happens and ever after."""
    session = stage.open()
    stage.judge.fails = True
    page = Page(session=session.id).say(KIND)
    note = "The judge gave no answer (it refused the key), so the built-in evaluator graded this turn."
    assert f'<p class="sp-note">{note}' in page.body
    assert note in Page(session=session.id).text
    assert "Judged by the built-in evaluator." in page.text


def test_each_turn_shows_what_it_took(stage: Stage) -> None:
    """Tokens, seconds, price; all of them at the end and in what is kept."""
    session = stage.open()
    page = Page(session=session.id).say(KIND)
    turn = (
        "2 model calls Tokens 2,400 sent, 68 received Customer 1.2 s, first words after 0.4 s Judge 1.2 s Price unknown"
    )
    assert turn in page.text
    assert turn in Page(session=session.id).text
    stage.customer.price = 0.002
    assert "Price $0.0030" in page.say(KIND).text
    total = "5 calls in this session. Tokens 6,000 sent, 170 received"
    assert total in page.press("finish").text
    assert session.debrief is not None
    kept = export.markdown(session, session.debrief)
    assert "- Calls: 5\n- Tokens: 6,000 sent, 170 received\n" in kept
    assert "- Price: unknown" in kept


def test_nothing_set_is_explained_with_lines_to_copy(stage: Stage, data: Path) -> None:
    page = Page().press("models")
    assert page.address["page"] == "models"
    for said in (
        "Built in means that no model is asked",
        "A hosted provider",
        "An OpenAI-compatible server",
        "A file on",
    ):
        assert said in page.text
    lines = [code.value for code in page.app.code]
    assert str(Settings.from_environment().data / "settings.toml") in lines
    assert [line for line in lines if line.startswith('model = "openai/')]
    assert "test" not in {button.key for button in page.app.button}
    assert "Choose a customer" in page.press("home").text


def test_what_is_set_is_shown_without_its_key_and_tried(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Model, address, and where both are said; what a test came to, in its own words and as text."""
    monkeypatch.setenv("SPARRING_MODEL", "openai/actor")
    monkeypatch.setenv("SPARRING_JUDGE_MODEL", "built-in")
    monkeypatch.setenv("SPARRING_API_BASE", f"http://me:{KEY}@127.0.0.1:9/v1")
    monkeypatch.setenv("SPARRING_API_KEY", KEY)
    page = Page(page="models")
    assert "openai/actor At http://[key]@127.0.0.1:9/v1, named in SPARRING_MODEL, key in SPARRING_API_KEY." in page.text
    assert "changed since Sparring was started" in page.text

    def refused(*_: object) -> str:
        raise ModelRefusedKey("<b>openai/actor</b> refused the key (401). Fix: check the key.")

    monkeypatch.setattr(checking, "check_model", refused)
    assert "<b>openai/actor</b> refused the key (401). Fix: check the key." in page.press("test").text
    monkeypatch.setattr(checking, "check_model", lambda *_: "openai/actor answers.")
    assert "openai/actor answers." in page.press("test").text
    assert KEY not in page.body


def test_settings_that_are_wrong_are_said_with_line_and_fix(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text('modle = "a"\n', encoding="utf-8")
    monkeypatch.setenv("SPARRING_DATA", str(tmp_path))
    page = Page(page="models")
    assert "settings.toml:1: modle: there is no such setting. Fix: use one of" in page.text
    assert not page.app.exception
