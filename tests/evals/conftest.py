"""What the tests of suites share: an installation with everything built in."""

import pytest

from evals.tools import Tools
from graph.evaluator import BuiltInEvaluator
from graph.session import Ring
from knowledge.reader import load_reader


@pytest.fixture(scope="session")
def tools(ring: Ring) -> Tools:
    """Return the tools of a suite on the shared data directory."""
    return Tools(ring, ring.knowledge, load_reader(), BuiltInEvaluator())
