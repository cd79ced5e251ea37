"""Retrieval: the passages that fit a turn, or a question."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chromadb.api.models.Collection import Collection

from knowledge.articles import EXPLAINING, Passage, articles
from knowledge.embedding import embed
from knowledge.index import Progress, open_index

FLOOR = 0.3
"""Score below which a passage does not fit. Set on one half of `evals/data/retrieval-questions.jsonl` it is .34, on the
other .26; each held against the half it was not set on tells 93 % of what fits nothing, and refuses 3 % of the rest."""
PER_ARTICLE = 3
MOST_PASSAGES = 14
"""More than any technique or misstep has in the index."""
REMEMBERED = 1024
"""Turns whose passages are kept at hand: a turn is looked up again by a judge, and whenever it is played again."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with its cosine similarity to what was searched, -1 to 1."""

    passage: Passage
    score: float


class Knowledge:
    """The indexed knowledge base."""

    def __init__(self, folder: Path, progress: Progress | None = None) -> None:
        """Open the index under ``folder``, building it where needed; raises IndexUnusable."""
        self._collection: Collection = open_index(folder, progress)
        self._passages = {p.id: p for article in articles().values() for p in article.passages}
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._fitting)

    def search(self, text: str, limit: int = 5) -> list[Hit]:
        """Return the explaining passages nearest to ``text``, best first; those below `FLOOR` do not fit it."""
        return self._query(text, limit, "section", EXPLAINING)

    def about(self, text: str, ids: Iterable[str]) -> dict[str, list[Passage]]:
        """Return for each taxonomy id the passages of its article that fit ``text``, best first."""
        wanted = tuple(sorted(set(ids)))
        return {one: list(passages) for one, passages in self._remembered(text, wanted).items()} if wanted else {}

    def _fitting(self, text: str, wanted: tuple[str, ...]) -> dict[str, list[Passage]]:
        found: dict[str, list[Passage]] = defaultdict(list)
        for hit in self._query(text, MOST_PASSAGES * len(wanted), "article", wanted):
            if len(found[hit.passage.article]) < PER_ARTICLE:
                found[hit.passage.article].append(hit.passage)
        return dict(found)

    def passage(self, passage_id: str) -> Passage:
        """Return a passage by id; KeyError where there is none."""
        return self._passages[passage_id]

    def _query(self, text: str, limit: int, field: str, among: Sequence[str]) -> list[Hit]:
        vector: list[Sequence[float]] = [embed([text])[0].tolist()]
        answer = self._collection.query(
            query_embeddings=vector,
            n_results=limit,
            where={field: {"$in": [*among]}},  # type: ignore[dict-item]
            include=["distances"],
        )
        distances = answer["distances"] or [[]]
        return [Hit(self._passages[i], 1 - d) for i, d in zip(answer["ids"][0], distances[0], strict=True)]
