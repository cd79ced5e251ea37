"""The scripted trainees of ``evals/trainees``: one file a card, each line one message, three levels."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

from evals.suite import Item
from evals.tools import Tools, say
from graph.session import Session

SCRIPTS = Path(__file__).parent / "trainees"
LEVELS = ("expert", "mediocre", "poor")


@cache
def scripts(card_id: str) -> Mapping[str, list[str]]:
    """Return the messages of each level's trainee for a card."""
    read: dict[str, list[str]] = yaml.safe_load((SCRIPTS / f"{card_id}.yaml").read_text(encoding="utf-8"))
    return read


def samples(seeds: int, more: Sequence[str] = (), most: int | None = None) -> list[Item]:
    """Return one sample a card, level and seed: the script, then ``more``, at ``most`` so many messages of both."""
    return [
        Item(
            f"{path.stem}/{level}/{seed}",
            {"card": path.stem, "say": [*scripts(path.stem)[level], *more][:most], "seed": seed},
            {"card": path.stem, "level": level, "seed": seed},
        )
        for path in sorted(SCRIPTS.glob("*.yaml"))
        for seed in range(1, seeds + 1)
        for level in LEVELS
    ]


def played(item: Item, tools: Tools) -> Session:
    """Play a sample until its messages or the conversation end, and finish it."""
    session = tools.open(item.input["card"], item.input["seed"])
    for text in item.input["say"]:
        if any(event["type"] == "ended" for event in say(session, text)):
            break
    list(session.finish())
    return session
