"""What a run leaves behind, and reading it again.

A run's folder holds ``run.json`` (what was asked for, with what versions), ``logs/`` (inspect's, one a suite),
``samples.jsonl`` (one result a line, in the order of suite, sample and epoch), ``summary.json`` and ``report.html``.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.suite import Data, Figure, Result
from graph.errors import BadInput
from knowledge.text import json_line

RUN, SAMPLES, SUMMARY, REPORT, LOGS = "run.json", "samples.jsonl", "summary.json", "report.html", "logs"


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample that was played, or failed."""

    suite: str
    id: str
    epoch: int
    metadata: Data
    result: Result | None
    """None: it failed."""
    error: str = ""
    """What was raised, and where."""

    def as_data(self) -> Data:
        """Return it as JSON."""
        return {
            "suite": self.suite, "id": self.id, "epoch": self.epoch, "metadata": self.metadata, "result": self.result,
            "error": self.error,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run, read from its folder."""

    folder: Path
    summary: Data
    samples: list[Sample]

    def figures(self, suite: str) -> dict[str, Figure]:
        """Return the figures of a suite."""
        return {name: Figure(**data) for name, data in self.summary["suites"][suite]["figures"].items()}


def write(path: Path, data: Any) -> None:
    """Write JSON that people can read; the same data gives the same bytes."""
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_samples(folder: Path, samples: Iterable[Sample]) -> None:
    """Write the samples, one a line."""
    lines = (json_line(sample.as_data()) for sample in samples)
    (folder / SAMPLES).write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(folder: Path) -> Recorded:
    """Read a run; raises BadInput where the folder holds none that was finished."""
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        lines = (folder / SAMPLES).read_text(encoding="utf-8").split("\n")
        samples = [Sample(**json.loads(line)) for line in lines if line]
    except FileNotFoundError as error:
        raise BadInput(
            f"{folder}: holds no finished run, {Path(error.filename).name} is missing. "
            "Fix: give the folder of a run, or finish that one: `sparring-evals run ... --out` with the same folder."
        ) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInput(f"{folder}: cannot be read ({error}). Fix: run the suites again into another folder.") from error
    return Recorded(folder, summary, samples)
