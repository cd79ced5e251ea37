"""The pages, drawn without a browser."""

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from graph.evaluator import BuiltInEvaluator
from graph.session import Ring, Session
from graph.typed import MAX_CHARS
from personas.loader import CARDS
from ui import export, opening

APP = Path(opening.__file__).with_name("app.py")
TRAVELLER = "fuming-delayed-traveller"
KIND = "I'm sorry we left you standing at Stafford with nobody there. What is waiting for you in Exeter?"
NASTY = "<img src=x onerror=alert(1)> <b>b</b> **bold** $x^2$ :smile: :red[hi] [a](http://x) `c` &amp;"


class Page:
    """One tab."""

    def __init__(self, **address: str) -> None:
        self.app = AppTest.from_file(str(APP), default_timeout=90)
        self.app.query_params.update(address)
        self.app.run()

    @property
    def body(self) -> str:
        """All markup of ours on the page."""
        return "\n".join(element.proto.body for element in self.app.get("html") if "<style>" not in element.proto.body)

    @property
    def text(self) -> str:
        """What a reader sees of it."""
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.body)))

    @property
    def address(self) -> dict[str, str]:
        """What the address says."""
        return {key: "".join(value) for key, value in self.app.query_params.items()}

    def press(self, key: str) -> "Page":
        """Press a button."""
        self.app.button(key=key).click().run()
        return self

    def say(self, text: str) -> "Page":
        """Send a message."""
        self.app.chat_input[0].set_value(text).run()
        return self

    @property
    def box(self) -> str:
        """What was put back into the box."""
        return str(self.app.chat_input[0].proto.value)


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory, ring: Ring, data: Path) -> Iterator[Ring]:
    """Return the ring behind the pages: on a data directory of this module's own, with the shared index."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(data / "index", folder / "index")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARRING_DATA", str(folder))
        opened = opening.opening().ring()
        yield opened
        opened.close()


@pytest.fixture
def session(installed: Ring) -> Session:
    """Return a session that was just opened."""
    return installed.open(TRAVELLER, "Ada", seed=7)


def test_the_first_page_offers_every_customer() -> None:
    """Name, kind, what happened and a difficulty that can be read out."""
    page = Page()
    assert {b.key for b in page.app.button if b.key and b.key.startswith("meet-")} >= {f"meet-{TRAVELLER}"}
    for said in ("Keith Postlethwaite", "Fuming delayed traveller", "gave up at Stafford", "Difficulty: Hard, 4 of 5"):
        assert said in page.text


def test_a_broken_card_is_explained_and_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File, line, field and fix, for designers."""
    text = (CARDS / f"{TRAVELLER}.yaml").read_text(encoding="utf-8")
    (tmp_path / "broken.yaml").write_text(text.replace("difficulty: 4", "difficulty: <b>many</b>"), encoding="utf-8")
    monkeypatch.setenv("SPARRING_CARDS", str(tmp_path))
    page = Page()
    assert "1 card left out" in page.app.expander[-1].label
    assert re.search(r"broken\.yaml:\d+ difficulty: .*Fix: ", page.text)
    assert f"meet-{TRAVELLER}" in {b.key for b in page.app.button}


def test_the_briefing_holds_all_that_the_trainee_may_know() -> None:
    """And nothing of what the customer hides."""
    page = Page(card=TRAVELLER, name="Ada")
    for said in ("evening chat desk", "Your goals", "LS48213", "You may", "You may not", "Policies", "ending 418"):
        assert said in page.text
    assert "Stephen" not in page.text


def test_a_session_begins_from_the_briefing_and_is_in_the_address() -> None:
    page = Page(card=TRAVELLER, name="Ada").press("start-top")
    assert page.address["session"]
    assert page.address["name"] == "Ada"
    assert "card" not in page.address
    assert page.app.chat_input


def test_a_message_is_answered_and_graded_with_quote_source_and_rewrite(session: Session) -> None:
    page = Page(session=session.id).say(KIND)
    turn = session.turns[0]
    for said in (KIND, turn.reply.text, f"{turn.verdict.grade} of 4,", turn.verdict.techniques[0].quote, "Source: "):
        assert said in page.text
    assert "Judged by the built-in evaluator" in page.text


def test_a_reload_shows_the_same_conversation(session: Session) -> None:
    sent = Page(session=session.id).say(KIND)
    again = Page(session=session.id)
    drop = re.compile(r'<span class="sp-written">.*?</span></p>', re.DOTALL)
    assert sent.text.count(KIND) == again.text.count(KIND) == 1
    assert session.turns[0].reply.text in again.text
    assert drop.search(again.body) is None


@pytest.mark.parametrize("text", ["x" * (MAX_CHARS + 1), "\x07\x1b"])
def test_what_cannot_be_sent_stays_in_the_box(session: Session, text: str) -> None:
    """Too long, or nothing at all: said kindly, nothing lost, nothing taken."""
    page = Page(session=session.id).say(text)
    assert page.box == text
    assert "Shorten it by 1" in page.text or "nothing to send" in page.text
    assert session.turns == []
    page.say("Sorry, that was too much. What happened?")
    assert len(session.turns) == 1


def test_markup_in_a_message_is_shown_as_text(session: Session) -> None:
    page = Page(session=session.id).say(NASTY)
    assert html.escape(NASTY) in page.body
    assert "<img" not in page.body
    assert not [m for m in page.app.markdown if "smile" in m.value]


def test_markup_in_a_name_is_shown_as_text(installed: Ring) -> None:
    page = Page(name="<b>Eve</b> **x** :red[y]")
    assert "<b>Eve" not in page.body
    assert page.app.text_input(key="name").value == "<b>Eve</b> **x** :red[y]"


def test_a_second_tab_that_lags_behind_is_told_and_keeps_its_text(session: Session) -> None:
    one, other = Page(session=session.id), Page(session=session.id)
    one.say(KIND)
    other.say("Something else entirely, about a taxi.")
    assert "went on in another window" in other.text
    assert other.box == "Something else entirely, about a taxi."
    assert KIND in other.text
    assert len(session.turns) == 1
    other.say("Something else entirely, about a taxi.")
    assert len(session.turns) == 2


def test_the_same_message_sent_twice_counts_once(session: Session) -> None:
    one, other = Page(session=session.id), Page(session=session.id)
    one.say(KIND)
    other.say(KIND)
    assert len(session.turns) == 1
    assert other.text.count(KIND) == 1


def test_a_turn_that_was_cut_off_is_finished_on_return(session: Session) -> None:
    """The judge fails in the middle of a turn: what was sent is kept, and the turn is finished, once, later."""
    page = Page(session=session.id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BuiltInEvaluator, "evaluate", lambda *_: 1 / 0)
        page.say(KIND)
        assert "Something went wrong on our side" in page.text
    assert session.interrupted == KIND
    page = Page(session=session.id)
    assert [turn.said for turn in session.turns] == [KIND]
    assert page.text.count(KIND) == 1


def test_another_window_in_the_middle_of_a_turn_is_waited_for(session: Session, installed: Ring) -> None:
    page = Page(session=session.id)
    with installed.lock(session.id):
        page.say(KIND)
        assert "in the middle of a turn" in page.text
        assert page.box == KIND
    page.press("reload").say(KIND)
    assert len(session.turns) == 1


def test_finishing_leads_to_a_debrief_with_every_part(session: Session) -> None:
    page = Page(session=session.id).say(KIND).say("You need to calm down.").press("finish")
    parts = (
        "Debrief",
        "Moments that mattered",
        "Mood over the conversation",
        "Skills",
        "Practise next",
        "What Keith says",
    )
    for said in (*parts, "What Keith wanted", "Still open", "Source: ", "After turn"):
        assert said in page.text
    assert page.app.get("vega_lite_chart") or page.app.get("arrow_vega_lite_chart")
    again = page.press("start-again")
    assert again.address["session"] != session.id
    assert again.app.chat_input


def test_a_session_finished_unsaid_has_a_debrief(session: Session) -> None:
    page = Page(session=session.id).press("finish")
    assert "nothing to look back on" in page.text


def test_a_customer_who_leaves_is_announced_before_the_debrief(session: Session) -> None:
    page = Page(session=session.id)
    for _ in range(12):
        page.say("You need to calm down, you stupid man. Are you deaf?" + " Really." * len(session.turns))
        if session.debrief:
            break
    assert "Keith has " in page.text
    assert not page.app.chat_input
    assert "Moments that mattered" in page.press("debrief").text


def test_the_debrief_can_be_kept_as_text_that_stays_text(session: Session) -> None:
    for _ in session.say(NASTY):
        pass
    for _ in session.finish():
        pass
    report = session.debrief
    assert report is not None
    text = export.markdown(session, report)
    assert "<img" not in re.sub(r"\\.", "", text)
    assert r"\*\*bold\*\*" in text
    assert r"\[a\]" in text


def test_the_mood_can_be_hidden_and_stays_hidden(session: Session) -> None:
    page = Page(session=session.id)
    assert 'role="meter"' in page.body
    page.app.toggle(key="show-mood").set_value(False).run()
    assert 'role="meter"' not in page.body
    assert page.address["mood"] == "off"
    assert 'role="meter"' not in Page(**page.address).body


def test_sessions_are_listed_for_whose_they_are(installed: Ring) -> None:
    going, over = installed.open(TRAVELLER, "Grace"), installed.open(TRAVELLER, "Grace")
    for _ in over.finish():
        pass
    page = Page(name="Grace")
    assert "Take up again" in page.text
    assert "Ended by you after 0 turns" in page.text
    assert "Take up again" not in Page(name="Nobody else").text
    assert page.press(f"open-{going.id}").app.chat_input


@pytest.mark.parametrize(
    ("address", "said"),
    [({"session": "2020-01-01-none"}, "This session is not here"), ({"card": "../etc"}, "This customer is not here")],
)
def test_an_address_that_leads_nowhere_has_a_way_out(address: dict[str, str], said: str) -> None:
    page = Page(**address)
    assert said in page.text
    assert not page.app.exception
    assert "Choose a customer" in page.press("home").text


def test_a_data_directory_that_cannot_be_used_is_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SPARRING_DATA", str(tmp_path / "file" / "data"))
    page = Page(card=TRAVELLER)
    assert "Sparring cannot start" in page.text
    assert "Fix: give this account the right" in page.text
    assert not page.app.exception


def test_what_nobody_foresaw_is_a_page_without_a_traceback(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Session) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Session, "turns", property(broken))
    page = Page(session=session.id)
    assert "Something went wrong on our side" in page.text
    assert "Traceback" not in page.text
    assert not page.app.exception


def test_an_index_being_built_is_said_with_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        passages = (128, 1068)
        ready = False

    monkeypatch.setattr("ui.waiting.opening", Slow)
    page = Page()
    assert "128 of 1,068 passages" in page.text
    assert "Keith Postlethwaite" in page.text
