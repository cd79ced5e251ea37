"""A run from beginning to end: what is asked for, the playing, the summary. All suites are alike to it."""

import hashlib
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evals import record, thresholds
from evals.pool import pool
from evals.record import Sample
from evals.suite import Data, Figure, Item, Suite
from evals.thresholds import Bounds, Check
from evals.versions import samples as samples_hash
from evals.versions import versions
from graph.errors import BadInput
from graph.settings import Settings

if TYPE_CHECKING:
    from evals.harness import Display

FAILED = "failed samples"
"""The figure that every suite has."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked to do."""

    suites: Sequence[Suite]
    fast: bool = False
    seed: int = 0
    epochs: int = 1
    limit: int | None = None
    """Samples of each suite at most; thresholds are left alone then."""
    processes: int | None = None
    """None: what fits; 0: all in this process."""


def run(
    asked: Asked,
    settings: Settings,
    folder: Path,
    bounds: Mapping[str, Mapping[str, Bounds]],
    display: "Display" = "plain",
) -> Data:
    """Play, write everything into the folder and return the summary.

    Raises:
        BadInput: the folder holds a run of something else, or a suite cannot be read.
        Interrupted: stopped by the user; the same call goes on where it was.
    """
    from evals import harness

    suites = [(suite, suite.items(asked.fast)[: asked.limit]) for suite in asked.suites]
    plan = _plan(asked, suites, settings)
    _begin(folder, plan)
    begun = time.monotonic()
    with pool(settings, asked.processes) as players:
        logs = harness.play(
            suites, players, folder / record.LOGS, version=_digest(plan), seed=asked.seed, epochs=asked.epochs,
            display=display,
        )  # fmt: skip
    samples = [sample for log in logs for sample in harness.samples(log)]
    made = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "seconds": round(time.monotonic() - begun, 1)}
    summary = summarised(plan, suites, samples, bounds) | {"made": made}
    record.write_samples(folder, samples)
    record.write(folder / record.SUMMARY, summary)
    return summary


def summarised(
    plan: Data, suites: Iterable[tuple[Suite, Sequence[Item]]], samples: Sequence[Sample],
    bounds: Mapping[str, Mapping[str, Bounds]],
) -> Data:  # fmt: skip
    """Return the summary of a run: figures, failures, thresholds, and what it was made with."""
    found: Data = {}
    checks: list[Check] = []
    for suite, items in suites:
        here = [sample for sample in samples if sample.suite == suite.name]
        figures = figures_of(suite, items, here)
        failed = [{"id": s.id, "epoch": s.epoch, "error": s.error} for s in here if s.result is None]
        about = {**plan["suites"][suite.name], "samples": len(items), "played": len(here) - len(failed)}
        found[suite.name] = about | {"failed": failed, "figures": {name: f.as_data() for name, f in figures.items()}}
        if plan["limit"] is None:
            checks += thresholds.check(suite.name, figures, bounds.get(suite.name, {}), fast=plan["fast"])
    return {**plan, "suites": found, "thresholds": thresholds.as_data(checks)}


def figures_of(suite: Suite, items: Sequence[Item], samples: Sequence[Sample]) -> dict[str, Figure]:
    """Return the figures of a suite's samples, and how many of these failed."""
    by_id = {item.id: item for item in items}
    results = [(by_id[s.id], {**s.result, "epoch": s.epoch}) for s in samples if s.result is not None]
    failed = len(samples) - len(results)
    shown = Figure(failed, n=len(samples), better="lower", about="samples that could not be played")
    return {FAILED: shown} | (suite.figures(results) if results else {})


def _plan(asked: Asked, suites: Sequence[tuple[Suite, list[Item]]], settings: Settings) -> Data:
    """Return all that the result depends on."""
    if empty := [suite.name for suite, items in suites if not items]:
        raise BadInput(f"The suite {empty[0]} has no samples. Fix: put its data back, or leave it out.")
    return {
        "suites": {
            suite.name: {"about": suite.about, "origin": _origin(suite), "hash": samples_hash(items)}
            for suite, items in suites
        },
        "fast": asked.fast, "seed": asked.seed, "epochs": asked.epochs, "limit": asked.limit,
        "versions": versions(settings),
    }  # fmt: skip


def _origin(suite: Suite) -> str:
    """Return where a suite's samples and labels come from, as its module says it."""
    return (sys.modules[type(suite).__module__].__doc__ or "").strip().replace("``", "")


def _begin(folder: Path, plan: Data) -> None:
    """Note what is run in the folder; raises BadInput where something else was."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        noted = json.loads((folder / record.RUN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        record.write(folder / record.RUN, plan)
        return
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder}: cannot be used ({error}). Fix: give another folder with --out.") from error
    differing = [key for key in plan if noted.get(key) != plan[key]]
    if differing:
        raise BadInput(
            f"{folder}: holds a run with other {' and '.join(differing)}, which cannot be gone on with. "
            "Fix: give another folder with --out, or delete this one."
        )


def _digest(plan: Data) -> str:
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:12]
