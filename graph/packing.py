"""``python -m graph.packing``: embeds what the packaged articles and cards say ahead, into `knowledge.packed`."""

from graph.guards.leaks import compared
from graph.hearing import cues
from knowledge import packed
from knowledge.index import indexed
from personas.loader import CARDS, load_all


def texts() -> list[str]:
    """Return every packaged text that is compared by meaning."""
    passages = [text for p in indexed() for text in (p.title, p.text)]
    cards = [loaded.card for loaded in load_all([CARDS]) if loaded.card]
    heard = [like for card in cards for _, _, cue in cues(card) for like in cue.like]
    return passages + heard + [sentence for card in cards for sentence in compared(card)]


if __name__ == "__main__":
    print(f"{packed.pack(texts())} vectors in {packed.FILE}")
