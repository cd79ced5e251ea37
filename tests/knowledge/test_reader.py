"""The reader keeps the promises of `knowledge.reading`."""

import numpy as np
import pytest

from knowledge.reader import load_reader
from knowledge.reader.calibration import Weights
from knowledge.reader.trained import TrainedReader
from knowledge.reading import Brief, Reading, Said
from knowledge.taxonomy import MISSTEPS, TECHNIQUES

CONTEXT = (
    Said("customer", "The kettle came broken for the second time and nobody rang me back!"),
    Said("trainee", "Twice broken and no call, I'd be cross as well. Shall I send a new one?"),
    Said("customer", "And when would that be?"),
)
TURNS = (
    "Twice broken, and no call back from us: I'm sorry. A new one leaves tonight, you'll have it by Thursday noon.",
    "It's only a kettle. Calm down, you should have checked the box 😀 — that's our policy.",
    "",
    "   ",
    "...?!",
    "ok",
    "sorry " * 400,
)


def read(turn: str) -> Reading:
    """Read ``turn`` at the end of `CONTEXT`."""
    return load_reader().read(
        turn, CONTEXT, Brief("Kettle & Co", "Second broken delivery.", ("replace",), ("promise a day",))
    )


@pytest.mark.parametrize("turn", TURNS)
def test_reading_twice_gives_the_same(turn: str) -> None:
    """Reading is pure."""
    assert read(turn) == read(turn)


def test_a_prepared_context_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the reading is the same."""
    one, other = TrainedReader.load(), TrainedReader.load()
    other.prepare(CONTEXT, Brief())
    monkeypatch.delattr("knowledge.reader.network.Network.read")
    assert other.read(TURNS[0], CONTEXT, Brief()).techniques
    with pytest.raises(AttributeError):
        one.read(TURNS[0], CONTEXT, Brief())


@pytest.mark.parametrize("turn", TURNS)
def test_a_reading_is_the_same_whether_it_was_prepared(turn: str) -> None:
    """To the last digit."""
    one, other = TrainedReader.load(), TrainedReader.load()
    other.prepare(list(CONTEXT), Brief())
    assert one.read(turn, CONTEXT, Brief()) == other.read(turn, CONTEXT, Brief())


@pytest.mark.parametrize("turn", TURNS)
def test_every_quote_is_a_piece_of_the_turn(turn: str) -> None:
    """Quotes are spans that are not empty."""
    for atom in read(turn).techniques + read(turn).missteps:
        assert 0 <= atom.start < atom.end <= len(turn)
        assert atom.quote(turn).strip()


@pytest.mark.parametrize("turn", TURNS)
def test_atoms_are_known_and_stand_once_in_text_order(turn: str) -> None:
    """Techniques are techniques, missteps missteps, each once."""
    reading = read(turn)
    for atoms, known in ((reading.techniques, TECHNIQUES), (reading.missteps, MISSTEPS)):
        ids = [atom.id for atom in atoms]
        assert set(ids) <= set(known)
        assert len(ids) == len(set(ids))
        assert [atom.start for atom in atoms] == sorted(atom.start for atom in atoms)
        assert all(0 <= atom.confidence <= 1 for atom in atoms)


@pytest.mark.parametrize("turn", TURNS)
def test_at_most_four_known_techniques_are_called_for(turn: str) -> None:
    """Most needed first, none twice."""
    called = read(turn).called_for
    assert len(called) <= 4
    assert len(set(called)) == len(called)
    assert set(called) <= set(TECHNIQUES)


def test_an_apology_is_quoted_where_it_stands() -> None:
    """The span is the sentence that apologises, not the whole turn."""
    turn = TURNS[0]
    apology = next(atom for atom in read(turn).techniques if atom.id == "apologise")
    assert "sorry" in apology.quote(turn)
    assert "Thursday" not in apology.quote(turn)


def test_a_conversation_may_be_empty() -> None:
    """The trainee may speak first, with nothing known."""
    assert isinstance(load_reader().read("Good morning, what can I do for you?", (), Brief()), Reading)


def test_the_reader_is_loaded_once() -> None:
    """Loading costs time; every caller shares one reader."""
    assert load_reader() is load_reader()


def test_the_version_is_told() -> None:
    """Readings can be traced to the reader that made them."""
    assert load_reader().version


def test_a_correction_reads_the_logits_it_corrects_as_scores() -> None:
    rng = np.random.default_rng(3)
    clues, scores = rng.normal(size=2).astype(np.float32), rng.normal(size=3).astype(np.float32)
    before, by = (
        Weights(scale, *(rng.normal(size=shape).astype(np.float32) for shape in (3, 3, (2, 3)))) for scale in (1.5, 0.8)
    )
    nothing = np.zeros(3, dtype=np.float32)
    twice = by.logits(before.logits(scores, nothing, clues), nothing, clues)
    assert before.corrected(by).logits(scores, nothing, clues) == pytest.approx(twice, abs=1e-5)
