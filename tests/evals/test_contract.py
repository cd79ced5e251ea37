"""The scripted trainees come out in their order against every packaged card."""

from pathlib import Path

import pytest

from evals.contract import LEVELS, holds, play, scripts
from graph.session import Ring
from graph.settings import Settings
from personas.loader import CARDS

CARD_IDS = sorted(path.stem for path in CARDS.glob("*.yaml"))


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_expert_mediocre_and_rude_come_out_in_that_order(card_id: str, tmp_path: Path) -> None:
    """The expert is served, the rude one is left or reported, the mediocre one is in between; no line repeats."""
    ring = Ring(Settings(tmp_path, (CARDS,), f"sqlite:///{tmp_path}/store.sqlite"))
    runs = [play(ring, card_id, level, seed=7) for level in LEVELS]
    ring.close()
    assert holds(runs), [(run.level, run.debrief.how, run.debrief.average) for run in runs]


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_every_card_has_eight_messages_or_more_for_each_level(card_id: str) -> None:
    """A script is long enough to show a whole conversation."""
    assert {level: len(lines) >= 8 for level, lines in scripts(card_id).items()} == dict.fromkeys(LEVELS, True)
