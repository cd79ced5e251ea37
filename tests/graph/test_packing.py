"""What is embedded ahead is all of a packaged card that a session compares by meaning."""

import pytest

from graph.customer import Cue
from graph.customer_prompt import prompt
from graph.director import begin
from graph.guards import leak
from graph.hearing import hear
from graph.types import Direction, Step
from knowledge import packed
from knowledge.embedding import Vectors, embed
from knowledge.reading import Reading
from personas.card import Card
from personas.loader import CARDS

REPLY = "Nobody at your counter would look at me this morning."


@pytest.mark.parametrize("name", sorted(path.stem for path in CARDS.glob("*.yaml")))
def test_nothing_of_a_packaged_card_is_embedded_in_a_session(
    cards: dict[str, Card], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the first reply of a model waits for a minute of two cores; `make vectors` packs what is missing."""
    embedded: list[str] = []

    def counted(texts: list[str]) -> Vectors:
        embedded.extend(texts)
        return embed(texts)

    monkeypatch.setattr(packed, "embed", counted)
    card = cards[name].model_copy(update={"happened": "It went wrong."})  # one that nothing is remembered of
    opening = Direction(steps=(Step(beat="open"),), scene=begin(card), why="the customer begins")
    assert prompt(Cue(card, opening, [], frozenset(), frozenset(), 1), "ab12", len, 100_000) is not None
    leak(REPLY, card)
    hear(REPLY, card, Reading())
    assert embedded == [REPLY]
