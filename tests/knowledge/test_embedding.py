"""The packaged embedding model, and the vectors made ahead."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer

from graph.packing import texts
from knowledge import packed
from knowledge.embedding import DIMENSIONS, embed, fingerprint
from knowledge.pieces import VOCABULARY, pieces

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=5)


@settings(max_examples=15, deadline=None)
@given(TEXTS)
def test_every_vector_has_unit_length(some: list[str]) -> None:
    """Also of empty text, emoji and control characters."""
    vectors = embed(some)
    assert vectors.shape == (len(some), DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


@settings(max_examples=10, deadline=None)
@given(st.permutations(["Sorry.", "I am sorry that we kept you waiting for five hours.", "Which one?", "No", "a b c"]))
def test_order_and_company_hardly_matter(some: list[str]) -> None:
    """A text has the same vector alone and in a batch, to what eight bits allow."""
    for text, vector in zip(some, embed(some), strict=True):
        assert float(vector @ embed([text])[0]) > 0.98


def test_no_text_is_no_vector() -> None:
    """An empty list is not an error."""
    assert embed([]).shape == (0, DIMENSIONS)


def test_more_texts_than_a_batch_come_back_in_order() -> None:
    """A hundred different ones."""
    some = [f"{'word ' * (n % 7)}{n}" for n in range(100)]
    vectors = embed(some)
    for n in (0, 31, 32, 99):
        assert float(vectors[n] @ embed([some[n]])[0]) > 0.98


def test_text_beyond_the_models_length_is_cut() -> None:
    """Four thousand characters are not refused."""
    assert embed(["word " * 800]).shape == (1, DIMENSIONS)


def test_nearer_meaning_is_nearer() -> None:
    """A paraphrase is nearer than another matter."""
    said, same, other = embed(
        ["I'm sorry we let you down.", "We apologise for failing you.", "The red kettle costs 20 pounds."]
    )
    assert said @ same > said @ other + 0.2


def test_every_packaged_text_has_a_packed_vector() -> None:
    """Else the first start takes half a minute."""
    lacking = packed.missing(texts())
    assert not lacking, f"{len(lacking)} texts have no vector, such as {lacking[0]!r}: run `make vectors`"


def test_a_packed_vector_is_the_one_that_would_be_made() -> None:
    """To what a byte holds of each number."""
    some = texts()[::400]
    assert np.all(np.sum(packed.vectors(some) * embed(some), axis=1) > 0.98)


def test_a_text_that_is_not_packed_is_embedded() -> None:
    """In its place between packed ones."""
    known = texts()[0]
    mixed = packed.vectors(["Nobody ever packed this sentence.", known])
    assert np.allclose(mixed[0], embed(["Nobody ever packed this sentence."])[0], atol=1e-6)
    assert np.allclose(mixed[1], packed.vectors([known])[0])


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_file_of_vectors_that_cannot_be_read_costs_time_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """Missing, empty or broken."""
    path = tmp_path_factory.mktemp("vectors") / "vectors.npz"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(packed, "FILE", path)
    packed._read.cache_clear()
    try:
        assert packed.missing(["a"]) == ["a"]
        assert packed.vectors(["a"]).shape == (1, DIMENSIONS)
    finally:
        packed._read.cache_clear()


def test_vectors_of_another_model_are_not_used(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They could not be compared."""
    path = tmp_path_factory.mktemp("vectors") / "vectors.npz"
    monkeypatch.setattr(packed, "FILE", path)
    packed._read.cache_clear()
    try:
        assert packed.pack(["a", "b", "a"]) == 2
        assert packed.missing(["a"]) == []
        packed._read.cache_clear()
        monkeypatch.setattr(packed, "fingerprint", lambda: fingerprint()[::-1])
        assert packed.missing(["a"]) == ["a"]
    finally:
        packed._read.cache_clear()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("whats happening tmrw", "what's happening tomorrow"),
        ("i dont know, im sorry", "i don't know, i'm sorry"),
        ("u said youd ring", "you said you'd ring"),
        ("il write it down pls wait", "i'll write it down please wait"),
    ],
)
def test_words_typed_in_a_hurry_mean_what_they_stand_for(typed: str, meant: str) -> None:
    """An apostrophe left out or a word cut short is no other word."""
    assert np.array_equal(embed([typed]), embed([meant]))


@pytest.mark.parametrize("text", ["I want a font", "a u-turn", "we were ill", "its lid", "Let us", "it lets you rest"])
def test_whole_words_are_left_as_they_are(text: str) -> None:
    """What only looks like a word cut short is cut into its own pieces."""
    plain = BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)
    assert pieces().encode(text).tokens == plain.encode(text).tokens
