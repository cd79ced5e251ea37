"""Names the functions that are a turn's own work beside its models, so that a benchmark can watch them from outside.

Nothing in a session looks here: what is measured is what is in use.
"""

from typing import Any

from graph import model_customer, model_evaluator, workflow
from graph.store import Store
from knowledge.reader.trained import TrainedReader
from knowledge.search import Knowledge

STAGES: tuple[tuple[str, Any, str], ...] = (
    ("read", TrainedReader, "read"),
    ("hear", workflow, "hear"),
    ("direct", workflow, "direct"),
    ("retrieve", Knowledge, "about"),
    ("customer's prompt", model_customer, "prompt"),
    ("guards", model_customer, "check"),
    ("judge's prompt", model_evaluator, "messages"),
    ("verification", model_evaluator, "verified"),
    ("store", Store, "called"),
    ("store", Store, "calls"),
    ("store", Store, "settle"),
)
"""Stage, and the owner and name of a function that is its work. None of them contains another."""
