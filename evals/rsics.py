"""What real customers' requests look like, in a few numbers: ``python -m evals.rsics FILE.csv``.

Reads ``tagged_selections_by_sentence.csv`` of RSiCS (Beaver, Freeman and Mueen 2017; ODbL 1.0), 6,758 requests of
customers of travel and telephone companies that people tagged, and writes aggregates to
``data/rsics-reference.json``. No request is kept.
"""

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

from evals.tone import rants
from graph.guards.stage import words

REFERENCE = Path(__file__).parent / "data" / "rsics-reference.json"
GROUPS = {
    "1": "airline forum",
    "2": "train, virtual assistant",
    "3": "airline, virtual assistant",
    "4": "telephone, virtual assistant",
}
_GROUP, _TEXT, _RANT = 0, 4, 10
"""Columns of the file, which has no header: where a request comes from, its words, whether it was tagged a rant."""


def reference() -> dict[str, Any]:
    """Return the packaged numbers: ``groups`` by name, each with ``words`` (10th, 50th, 90th percentile) and rates."""
    read: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))
    return read


def measured(rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the aggregates of the rows of the file."""
    tagged = [(row[_GROUP], _plain(row[_TEXT]), row[_RANT] == "1") for row in rows]
    both = [(rants(text), tag) for _, text, tag in tagged]
    right = sum(said and tag for said, tag in both)
    return {
        "source": "RSiCS: Beaver, Freeman and Mueen 2017, Relational Strategies in Customer Service; tagged by people",
        "licence": "ODbL 1.0; aggregates only, made by evals/rsics.py",
        "groups": {name: _of([one[1:] for one in tagged if one[0] == key]) for key, name in GROUPS.items()},
        "rant measure against the tags": {
            "precision": round(right / sum(said for said, _ in both), 3),
            "recall": round(right / sum(tag for _, tag in both), 3),
        },
    }


def main(argv: Sequence[str]) -> int:
    """Read the file that is named and write the numbers."""
    with open(argv[0], encoding="utf-8", errors="replace", newline="") as file:
        found = measured(list(csv.reader(file)))
    REFERENCE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _plain(text: str) -> str:
    """Return a request without the brackets around the parts that people marked."""
    return text.replace("[", "").replace("]", "")


def _of(requests: Sequence[tuple[str, bool]]) -> dict[str, Any]:
    tenths = quantiles([len(words(text)) for text, _ in requests], n=10, method="inclusive")
    return {
        "requests": len(requests),
        "words": [round(tenths[n]) for n in (0, 4, 8)],
        "question": round(mean("?" in text for text, _ in requests), 3),
        "exclamation": round(mean("!" in text for text, _ in requests), 3),
        "tagged rant": round(mean(tag for _, tag in requests), 3),
        "measured rant": round(mean(rants(text) for text, _ in requests), 3),
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
