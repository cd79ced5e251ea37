"""The pieces the pages are made of."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from graph.checking import Configured
from ui import export, place, turns, words
from ui.markup import Html, label, lines, prose, tag
from ui.serve import PortTaken, serve

HOSTILE = "<script>alert(1)</script> & \"quoted\" 'single'"


def test_text_is_escaped_wherever_it_stands() -> None:
    made = tag("p", HOSTILE, tag("b", HOSTILE), title=HOSTILE)
    assert "<script" not in made
    assert made.count("&lt;script&gt;") == 3
    assert '"quoted"' not in made


def test_markup_of_ours_is_kept_and_nothing_is_left_out() -> None:
    assert tag("p", None, "", Html("<br>"), cls="x", open=True, hidden=False) == '<p class="x" open><br></p>'
    assert lines("a\n<b>") == "a<br>&lt;b&gt;"


def test_an_article_is_shown_as_paragraphs_and_lists() -> None:
    assert prose("Say **this**\nplainly.\n\n- one\n- two\n  more") == (
        "<p>Say this plainly.</p><ul><li>one</li><li>two more</li></ul>"
    )


@pytest.mark.parametrize("text", [":red[x]", "**x**", "[a](b)", "`c`", "$x$", ":smile:", "<b>", "# h", "1. x", "- x"])
def test_nothing_in_a_label_or_a_download_is_markup(text: str) -> None:
    """Every character that Markdown acts on is escaped."""
    for escaped in (label(text), export.plain(text)):
        bare = escaped.replace("\\" + escaped[-1], "")
        assert all(escaped[at - 1] == "\\" for at, c in enumerate(escaped) if c in "[*`$<#" and bare is not None)


def test_a_name_is_one_short_line() -> None:
    assert place.tidy("  Ada\n\x00 Lovelace \u202e" + "x" * 200).startswith("Ada Lovelace x")
    assert len(place.tidy("x" * 200)) == place.MAX_NAME


def test_every_number_has_a_word() -> None:
    assert [words.grade(n) for n in (None, 0, 4)] == ["Not graded", "0 Harmful", "4 Expert"]
    assert [words.feeling("anger", value) for value in (0, 2.5, 5)] == ["calm", "annoyed", "furious"]


def test_prices_and_times_are_said_in_words() -> None:
    """A price nobody knows is no price of nothing."""
    assert [words.price(value) for value in (None, 0, 0.00001, 0.01234)] == [
        "unknown", "nothing", "less than $0.0001", "$0.0123",
    ]  # fmt: skip
    assert words.seconds(1249) == "1.2 s"


@pytest.mark.parametrize(
    ("set_to", "said"),
    [
        (Configured("judge", ""), "built in"),
        (Configured("fallback", ""), "none"),
        (
            Configured("judge", "gguf:a.gguf", "", "settings.toml"),
            "gguf:a.gguf (on this machine, named in settings.toml)",
        ),
        (Configured("judge", "x/y", "", "A", "B"), "x/y (at its provider, named in A, key in B)"),
        (Configured("judge", "x/y", "http://z", "A"), "x/y (at http://z, named in A, no key set)"),
    ],
)
def test_what_is_set_for_a_part_is_one_line(set_to: Configured, said: str) -> None:
    assert words.configured(set_to) == said


def test_a_turn_is_followed_by_everyone_from_its_beginning() -> None:
    """Two tabs look on, one of them late; both are told all of it."""
    gate = threading.Event()

    def act() -> Iterator[dict[str, Any]]:
        yield {"type": "words", "text": "a"}
        gate.wait(5)
        yield {"type": "customer", "text": "a"}

    run = turns.start("s-follow", "said", act)
    assert run is not None
    assert turns.start("s-follow", "other", act) is None
    assert turns.current("s-follow") is run
    first = run.follow()
    assert next(first)["type"] == "words"
    gate.set()
    assert [event["type"] for event in first] == ["customer"]
    assert [event["type"] for event in run.follow()] == ["words", "customer"]
    assert turns.current("s-follow") is None


def test_a_turn_that_fails_tells_those_who_follow() -> None:
    def act() -> Iterator[dict[str, Any]]:
        yield {"type": "words", "text": "a"}
        raise ValueError("no")

    run = turns.start("s-fail", "said", act)
    assert run is not None
    told = run.follow()
    assert next(told)["type"] == "words"
    with pytest.raises(ValueError, match="no"):
        next(told)


def test_a_port_in_use_is_said_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port} cannot be used.*make run PORT="):
            serve(port)


def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(PortTaken, match="70000 is no port"):
        serve(70000)
