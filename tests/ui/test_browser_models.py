"""A session with models in a real browser: the app on a real server, its models scripted ones on a real socket."""

import itertools
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from test_browser import PATIENT_MS, Open, Server, chromium, shots, tab

from evals import scripted_server as does
from evals.scripted_server import ScriptedServer
from graph.session import Ring

__all__ = ["chromium", "shots", "tab"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SAID = "I'm sorry we put you off at Stafford with nobody there. What is waiting for you in Exeter?"
NEXT = "Her name is Priya, she wears a blue coat and she has your name on a card. Is that all right?"
OPENING = "You people put me off the train at Stafford in the rain, and I have to be in Exeter by the morning."
FIRST = (
    "And sorry gets me where, exactly? I stood on that platform for forty minutes with a dead phone and nobody came."
)
REPLY = f"{FIRST} So tell me what you are going to do about it tonight, not tomorrow."
LATER = "Priya, then. And if the car is late, who is it that I ring?"
VERDICT = {
    "called_for": [{"because": "he was left in the rain", "id": "apologise"}],
    "atoms": [{"reason": "it says so", "id": "apologise", "quote": "I'm sorry", "passage": ""}],
    "fix": "Say who will meet him.",
    "rewrite": "",
}


@pytest.fixture(scope="module")
def models() -> Iterator[ScriptedServer]:
    """Return the models' server."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, ring: Ring, data: Path, models: ScriptedServer
) -> Iterator[Server]:
    """Return a running app that is configured to ask them, by its settings file."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(data / "index", folder / "index")
    (folder / "settings.toml").write_text(
        f'model = "openai/actor"\njudge_model = "openai/judge"\napi_base = "{models.base}"\ntries = 1\n'
        "timeout = 120\nfirst_timeout = 100\ngap_timeout = 100\n",
        encoding="utf-8",
    )
    running = Server(folder)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _working(models: ScriptedServer) -> None:
    """Have both models do their part."""
    models.always("actor", does.says(OPENING))
    models.always("judge", does.says(json.dumps(VERDICT)))


def _held(gate: threading.Event) -> does.Behaviour:
    """Say the first sentence, and the rest once the gate is open."""

    def answer(exchange: does.Exchange) -> None:
        tokens = itertools.count(1)
        exchange.wait = lambda seconds: gate.wait(60) if seconds and next(tokens) > len(FIRST.split()) else None
        does.says(REPLY, token_s=1)(exchange)

    return answer


def _send(page: Page, text: str) -> None:
    page.get_by_test_id("stChatInputTextArea").fill(text)
    page.get_by_test_id("stChatInputTextArea").press("Enter")


def _open(tab: Open, models: ScriptedServer) -> Page:
    """Return the page of a session that was just begun, and whose customer has something else to say next."""
    page = tab("?card=fuming-delayed-traveller")
    page.get_by_role("button", name="Start the conversation").first.click()
    expect(page.locator(".sp-theirs")).to_have_count(1, timeout=PATIENT_MS)
    models.always("actor", does.says(REPLY))
    return page


def _paused(tab: Open, models: ScriptedServer) -> Page:
    """Return the page of a session whose first turn waits, because the customer's model fails."""
    page = _open(tab, models)
    models.always("actor", does.status(500))
    _send(page, SAID)
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=PATIENT_MS)
    return page


def _settled(page: Page, text: str) -> None:
    """Wait until the first turn is over and was answered like that."""
    expect(page.locator(".sp-theirs").nth(1)).to_contain_text(text, timeout=PATIENT_MS)
    expect(page.locator(".sp-usage")).to_have_count(2, timeout=PATIENT_MS)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page.locator(".sp-own")).to_have_count(1)


def test_a_reply_is_shown_while_it_comes(tab: Open, models: ScriptedServer, shots: Path) -> None:
    """Its beginning is read while the model still speaks; then stand the verdict and what it took."""
    page, gate = _open(tab, models), threading.Event()
    models.next("actor", _held(gate))
    _send(page, SAID)
    expect(page.locator(".sp-coming")).to_contain_text(FIRST, timeout=PATIENT_MS)
    expect(page.locator(".sp-coming")).not_to_contain_text("tomorrow")
    gate.set()
    _settled(page, REPLY)
    expect(page.locator(".sp-verdict")).to_contain_text(VERDICT["fix"])
    took = page.locator(".sp-usage").last
    expect(took.get_by_text("Price")).to_be_hidden()
    took.locator("summary").press("Enter")
    expect(took).to_contain_text("unknown")
    page.screenshot(path=shots / "models-turn.png")


def test_a_customer_that_fails_is_asked_again(tab: Open, models: ScriptedServer, shots: Path) -> None:
    """What happened is shown and read out, message and verdict stand, and the keyboard is enough."""
    page = _paused(tab, models)
    page.screenshot(path=shots / "models-paused.png")
    expect(page.locator("body > [aria-live='polite']")).to_contain_text("Keith could not answer. openai/actor")
    expect(page.locator(".sp-own")).to_contain_text(SAID)
    expect(page.locator(".sp-verdict")).to_contain_text(VERDICT["fix"])
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()
    expect(page.get_by_role("button", name="Let the card answer")).to_be_in_viewport()
    models.always("actor", does.says(REPLY))
    asked = len(models.asked("judge"))
    page.get_by_role("button", name="Try again").press("Enter")
    _settled(page, REPLY)
    assert len(models.asked("judge")) == asked
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()


def test_the_card_answers_in_the_place_of_a_model_that_fails(tab: Open, models: ScriptedServer) -> None:
    page = _paused(tab, models)
    page.get_by_role("button", name="Let the card answer").click()
    _settled(page, "")
    expect(page.get_by_text("These are the card's own words: the model did not answer.")).to_be_visible()
    models.always("actor", does.says(LATER))
    _send(page, NEXT)
    expect(page.locator(".sp-theirs").nth(2)).to_contain_text(LATER, timeout=PATIENT_MS)


def test_a_turn_that_waits_still_waits_after_a_reload(tab: Open, models: ScriptedServer) -> None:
    """Nobody is asked until it is said how to go on."""
    page = _paused(tab, models)
    asked = len(models.asked("actor"))
    page.reload()
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=PATIENT_MS)
    expect(page.locator(".sp-verdict")).to_contain_text(VERDICT["fix"])
    assert len(models.asked("actor")) == asked
    models.always("actor", does.says(REPLY))
    page.get_by_role("button", name="Try again").click()
    _settled(page, REPLY)


def test_a_judge_that_fails_is_remarked_on_and_the_turn_goes_on(tab: Open, models: ScriptedServer) -> None:
    page = _open(tab, models)
    models.always("judge", does.status(401))
    _send(page, SAID)
    _settled(page, REPLY)
    expect(page.locator(".sp-verdict + .sp-note")).to_have_text(
        "The judge gave no answer (it refused the key), so the built-in evaluator graded this turn."
    )
    expect(page.locator(".sp-verdict")).not_to_contain_text("Not graded")


def test_the_models_are_tried_on_their_page(tab: Open, models: ScriptedServer, shots: Path) -> None:
    """What works and what does not, each in plain words."""
    models.always("judge", does.status(401))
    page = tab("?page=models")
    page.get_by_role("button", name="Test each with one call").click()
    expect(page.get_by_text("openai/actor answers. It took")).to_be_visible(timeout=PATIENT_MS)
    expect(page.get_by_text("openai/judge refused the key (401). Fix: check the key")).to_be_visible(timeout=PATIENT_MS)
    page.screenshot(path=shots / "models.png")
