"""What a change must not fall below: ``thresholds.toml``, read and checked.

A table a suite, in it a line a figure: ``"cases right" = { min = 0.9, fast = { min = 0.8 } }``; ``fast`` has the bounds
of the fast form where they are others.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from evals.suite import Figure
from graph.errors import BadInput

FILE = Path(__file__).parent / "thresholds.toml"


class Bounds(BaseModel):
    """Between what a figure must lie."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    min: float | None = None
    max: float | None = None
    fast: "Bounds | None" = None
    """In the place of both, where the fast form is played."""


class _File(RootModel[dict[str, dict[str, Bounds]]]):
    pass


@dataclass(frozen=True, slots=True)
class Check:
    """One threshold, held against its figure."""

    suite: str
    figure: str
    value: float | None
    min: float | None
    max: float | None
    holds: bool
    says: str
    """What does not hold, in a sentence; empty where it holds."""


def read(path: Path = FILE) -> dict[str, dict[str, Bounds]]:
    """Read thresholds by suite and figure; raises BadInput naming file, field and fix."""
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).root
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}). Fix: write TOML, as in evals/thresholds.toml.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise BadInput(f"{path}: {field}: {first['msg']}. Fix: give min, max or both as numbers.") from None


def check(
    suite: str, figures: Mapping[str, Figure], bounds: Mapping[str, Bounds], *, fast: bool = False
) -> list[Check]:
    """Hold figures against their thresholds; a figure that is missing, or has no value, does not hold."""
    return [_check(suite, name, figures.get(name), (fast and of.fast) or of) for name, of in bounds.items()]


def _check(suite: str, name: str, figure: Figure | None, bounds: Bounds) -> Check:
    value = figure.value if figure else None

    def made(says: str) -> Check:
        return Check(suite, name, value, bounds.min, bounds.max, not says, f"{suite}: {says}" if says else "")

    if figure is None:
        return made(f"there is no figure {name!r}. Fix: correct its name in thresholds.toml, or take it out")
    if value is None:
        return made(f"{name} could not be computed: nothing was scored, {figure.unscored} unscored")
    if bounds.min is not None and value < bounds.min:
        return made(f"{name} is {value:.3f}, {bounds.min:g} is the least")
    if bounds.max is not None and value > bounds.max:
        return made(f"{name} is {value:.3f}, {bounds.max:g} is the most")
    return made("")


def as_data(checks: list[Check]) -> list[dict[str, Any]]:
    """Return checks as JSON."""
    return [
        {"suite": c.suite, "figure": c.figure, "value": c.value, "min": c.min, "max": c.max, "holds": c.holds,
         "says": c.says}
        for c in checks
    ]  # fmt: skip
