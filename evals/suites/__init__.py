"""The suites, by name: `SUITES` is what `sparring-evals list` shows."""

from evals.suite import Suite
from evals.suites.agreement import TYPED, Agreement
from evals.suites.character import Character
from evals.suites.contract import Contract
from evals.suites.cost import Cost
from evals.suites.gaming import Gaming
from evals.suites.replay import Replay
from evals.suites.retrieval import Retrieval

_ALL: tuple[Suite, ...] = (Replay(), Agreement(), TYPED, Contract(), Character(), Gaming(), Retrieval(), Cost())
SUITES: dict[str, Suite] = {suite.name: suite for suite in _ALL}
