"""How the networks run: two threads an inference for a person who waits, one where a process for each core plays."""

import os
from pathlib import Path

import onnxruntime

THREADS = int(os.environ.get("SPARRING_THREADS", "2"))
"""``SPARRING_THREADS``. One thread needs a quarter less computing for the same turn."""
_SLOWER = ["SkipLayerNormFusion"]
"""onnxruntime's joint sum and normalisation takes eight times as long as the two apart: a seventh of an inference."""


def opened(model: Path) -> onnxruntime.InferenceSession:
    """Load a network.

    Threads that sleep between two steps of one inference take half as long again; between two inferences they sleep,
    for a waiting thread would take a core.
    """
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = THREADS
    chosen.inter_op_num_threads = 1
    chosen.add_session_config_entry("session.intra_op.allow_spinning", "1")
    chosen.add_session_config_entry("session.force_spinning_stop", "1")
    return onnxruntime.InferenceSession(
        str(model), chosen, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
    )
