"""What a suite is: samples, how one is played, and the figures of all of them.

The harness (`evals.harness`) does the rest, in the same way for every suite: processes, epochs, logs, failures,
thresholds, report.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from evals.tools import Tools

Data = dict[str, Any]
"""Values of JSON, and nothing else."""
Better = Literal["higher", "lower", "-"]


@dataclass(frozen=True, slots=True)
class Item:
    """One sample."""

    id: str
    """Unique in its suite, and the same from run to run: `compare` pairs samples by it."""
    input: Data
    metadata: Data = field(default_factory=dict)
    """What results are cut by: card, level, family."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a suite, with its 95 % interval."""

    value: float | None
    """None: nothing could be scored."""
    low: float | None = None
    high: float | None = None
    n: int = 0
    """How many scores stand behind it."""
    unscored: int = 0
    """How many more there should have been."""
    better: Better = "-"
    about: str = ""
    """What it says, in a few words for the report."""
    timed: bool = False
    """Whether it comes from a clock: such figures differ between two runs of the same seed."""

    def as_data(self) -> Data:
        """Return the figure as JSON."""
        return asdict(self)


Result = Data
"""What `Suite.play` returns. Keys that the harness knows, each may be missing:

- ``scores``: ``{name: number, bool or None}``; None is unscored. `compare` pairs them by sample.
- ``transcript``: ``[{"role": "customer" | "trainee", "text": ..., ...}]``, shown in the report; further keys of a turn
  (``grade``, ``why``, ``problems``: a list of sentences) are shown beside it.
- ``problems``: sentences that say what went wrong with this sample; the samples with most of them are shown.
- ``timing``: whatever a clock said. All else must be the same when the same seed is played again.

The harness adds ``epoch``, from 1, before `Suite.figures` sees it.
"""


class Suite(Protocol):
    """One family of samples. Stateless: it is used by several processes at once."""

    @property
    def name(self) -> str:
        """Return what it is called by."""
        ...

    @property
    def about(self) -> str:
        """Return one line for `sparring-evals list`."""
        ...

    def items(self, fast: bool) -> list[Item]:
        """Return the samples, in order; with ``fast`` the few that go with the tests."""
        ...

    def play(self, item: Item, tools: "Tools") -> Result:
        """Play one sample. Whatever is raised makes it a failed one: it is counted and listed apart."""
        ...

    def figures(self, results: Sequence[tuple[Item, Result]]) -> dict[str, Figure]:
        """Return everything that a report or a threshold names; an item comes once an epoch."""
        ...
