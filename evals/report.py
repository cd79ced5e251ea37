"""The report of a run: one HTML file that needs nothing beside it, made from what the run left behind."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evals import record
from evals.drawing import Axis, histogram, span
from evals.record import Recorded, Sample
from evals.suite import Data, Figure

PAGE = Path(__file__).parent / "page"
WORST = 12
"""Samples shown with their transcripts."""


def write(run: Recorded) -> Path:
    """Write the report into the run's folder and return its path."""
    path = run.folder / record.REPORT
    path.write_text(html(run), encoding="utf-8")
    return path


def html(run: Recorded) -> str:
    """Return the report. Everything that was said or raised is escaped."""
    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = number
    environment.globals.update(span=span, histogram=histogram, style=(PAGE / "report.css").read_text(encoding="utf-8"))
    checks = run.summary["thresholds"]
    return environment.get_template("report.html.j2").render(
        summary=run.summary,
        checks=checks,
        below=[check for check in checks if not check["holds"]],
        suites=[_suite(run, name) for name in run.summary["suites"]],
    )


def number(value: float | None) -> str:
    """Return a number as people read it; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"


def _suite(run: Recorded, name: str) -> Data:
    data, figures = run.summary["suites"][name], run.figures(name)
    samples = [sample for sample in run.samples if sample.suite == name]
    bounds = {check["figure"]: check for check in run.summary["thresholds"] if check["suite"] == name}
    whole = {one: figure for one, figure in figures.items() if "/" not in one}
    return {
        "name": name,
        **{key: data[key] for key in ("about", "origin", "samples", "played", "failed", "hash")},
        "rows": [_row(one, figure, bounds.get(one)) for one, figure in whole.items()],
        "missing": [check for one, check in bounds.items() if one not in figures],
        "tables": list(_tables(figures, bounds)),
        "scores": list(_scores(samples)),
        "worst": _worst(samples),
    }


def _row(name: str, figure: Figure, check: Mapping[str, Any] | None) -> Data:
    limits = [check[end] for end in ("min", "max") if check[end] is not None] if check else []
    seen = [n for n in (figure.value, figure.low, figure.high, *limits) if n is not None]
    return {"name": name, "figure": figure, "check": check, "axis": Axis.around(seen), "limits": limits}


def _tables(figures: Mapping[str, Figure], bounds: Mapping[str, Data]) -> Iterator[Data]:
    """Yield figures of parts (``part/figure``) as tables: parts that have the same figures stand in one."""
    parts: dict[str, dict[str, Figure]] = {}
    for name, figure in figures.items():
        part, slash, one = name.rpartition("/")
        if slash:
            parts.setdefault(part, {})[one] = figure
    for columns, together in groupby(parts.items(), key=lambda part: tuple(part[1])):
        rows = [
            (part, [_row(f"{part}/{one}", of[one], bounds.get(f"{part}/{one}")) for one in columns])
            for part, of in together
        ]
        axes = []
        for n in range(len(columns)):
            cells = [row[n]["figure"] for _, row in rows]
            axes.append(Axis.around([v for f in cells for v in (f.value, f.low, f.high) if v is not None]))
        yield {"columns": columns, "rows": rows, "axes": axes}


def _scores(samples: Sequence[Sample]) -> Iterator[Data]:
    """Yield the scores of the samples, for a picture of how they are spread."""
    found: dict[str, list[float | None]] = {}
    for sample in samples:
        for name, value in (sample.result or {}).get("scores", {}).items():
            found.setdefault(name, []).append(None if value is None else float(value))
    for name, values in found.items():
        known = [value for value in values if value is not None]
        yield {"name": name, "values": known, "unscored": len(values) - len(known)}


def _worst(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples with most problems, those with most first."""
    troubled = [s for s in samples if s.result and s.result.get("problems")]
    return sorted(troubled, key=lambda s: -len((s.result or {})["problems"]))[:WORST]
