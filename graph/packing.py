"""``python -m graph.packing``: embeds what the packaged articles and cards say ahead, into `knowledge.packed`."""

from graph.guards.leaks import compared
from graph.hearing import cues
from knowledge import packed
from knowledge.articles import articles
from personas.loader import CARDS, load_all


def texts() -> list[str]:
    """Return every packaged text that is compared by meaning."""
    passages = [p.text for article in articles().values() for p in article.passages]
    cards = [loaded.card for loaded in load_all([CARDS]) if loaded.card]
    heard = [like for card in cards for _, _, cue in cues(card) for like in cue.like]
    return passages + heard + [sentence for card in cards for sentence in compared(card)]


if __name__ == "__main__":
    print(f"{packed.pack(texts())} vectors in {packed.FILE}")
