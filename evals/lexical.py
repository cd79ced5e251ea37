"""Retrieval other than the product's, to measure it against: by shared words, and by both ways put together."""

from collections import defaultdict
from collections.abc import Sequence

from knowledge.articles import Passage
from knowledge.search import Hit

SMOOTHING = 60
"""Of reciprocal rank fusion: as Cormack, Clarke and Buettcher (SIGIR 2009) set it."""


class Lexical:
    """BM25 over the passages, titles included: English stop words left out, no stemming."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        import bm25s  # takes a second, and only this suite needs it

        self._bm25s, self._passages = bm25s, passages
        self._index = bm25s.BM25()
        self._index.index(self._words([f"{p.title}. {p.text}" for p in passages]), show_progress=False)

    def search(self, text: str, limit: int) -> list[Hit]:
        """Return the best passages with their BM25 scores; none where no word of ``text`` is known."""
        found, scores = self._index.retrieve(self._words([text]), k=limit, show_progress=False)
        pairs = zip(found[0], scores[0], strict=True)
        return [Hit(self._passages[n], float(score)) for n, score in pairs if score > 0]

    def _words(self, texts: Sequence[str]) -> list[list[str]]:
        words: list[list[str]] = self._bm25s.tokenize(list(texts), return_ids=False, show_progress=False)
        return words


def fused(*rankings: Sequence[Hit]) -> list[Hit]:
    """Put rankings together by reciprocal rank, best first."""
    scores: dict[str, float] = defaultdict(float)
    passages: dict[str, Passage] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking, start=1):
            scores[hit.passage.id] += 1 / (SMOOTHING + rank)
            passages[hit.passage.id] = hit.passage
    best = sorted(scores, key=lambda one: -scores[one])
    return [Hit(passages[one], scores[one]) for one in best]
