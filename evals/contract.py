"""Scripted trainees against every card: the expert must be served, the rude one left, the mediocre in between.

``python -m evals.contract`` plays them and prints one line a run.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from graph.debrief import Debrief
from graph.session import Ring
from graph.settings import Settings
from personas.loader import CARDS

SCRIPTS = Path(__file__).parent / "trainees"
LEVELS = ("expert", "mediocre", "rude")


@dataclass(frozen=True, slots=True)
class Run:
    """One scripted trainee's session."""

    card: str
    level: str
    seed: int
    said: tuple[str, ...]
    """The customer's messages, the opening first."""
    lines: tuple[str, ...]
    """The card's lines that went into them."""
    debrief: Debrief


def scripts(card_id: str) -> dict[str, list[str]]:
    """Return the messages of each level's trainee for a card."""
    read: dict[str, list[str]] = yaml.safe_load((SCRIPTS / f"{card_id}.yaml").read_text(encoding="utf-8"))
    return read


def play(ring: Ring, card_id: str, level: str, seed: int) -> Run:
    """Send one script until it or the conversation ends, then finish."""
    session = ring.open(card_id, person=f"{level}-{seed}", seed=seed)
    for text in scripts(card_id)[level]:
        if session.debrief is not None:
            break
        for _ in session.say(text):
            pass
    for _ in session.finish():
        pass
    report = session.debrief
    assert report is not None, "a finished session has a debrief"
    replies = [session.opening, *(turn.reply for turn in session.turns)]
    lines = tuple(line for reply in replies for line in reply.used)
    return Run(card_id, level, seed, tuple(reply.text for reply in replies), lines, report)


def main(argv: Sequence[str] | None = None) -> int:
    """Play every script with a few seeds; return 1 when the order of outcomes does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args(argv).seeds)
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        ring = Ring(Settings(Path(folder), (CARDS,), f"sqlite:///{folder}/store.sqlite"))
        for card in ring.cards()[0]:
            for seed in seeds:
                runs = [play(ring, card.id, level, seed) for level in LEVELS]
                for run in runs:
                    end = run.debrief
                    print(
                        f"{card.id:26} {run.level:9} seed {seed}  {end.how:10} {end.turns:2} turns  "
                        f"grade {end.average}  anger {end.moods[-1].anger:.1f} trust {end.moods[-1].trust:.1f}  "
                        f"{len(end.demands_met)}/{len(card.demands)} settled"
                    )
                broken += not holds(runs)
        ring.close()
    return 1 if broken else 0


def holds(runs: Sequence[Run]) -> bool:
    """Tell whether expert, mediocre and rude came out in that order, with no line said twice."""
    expert, mediocre, rude = (run.debrief for run in runs)
    grades = [report.average or 0.0 for report in (expert, mediocre, rude)]
    ordered = grades[0] > grades[1] > grades[2]
    fresh = all(len(set(run.lines)) == len(run.lines) for run in runs)
    left = rude.how in ("walks_out", "manager", "public")
    return ordered and fresh and left and expert.how == "resolved" and mediocre.how != "resolved"


if __name__ == "__main__":
    raise SystemExit(main())
