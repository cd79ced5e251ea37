"""The reader stays small enough to ship and quick enough to answer before the customer speaks."""

import statistics
import time

from knowledge.reader.network import MODEL
from knowledge.reader.trained import TrainedReader
from knowledge.reading import Brief, Said

MEGABYTE = 2**20
CONTEXT = [Said("customer", "Two hours on hold and then the line went dead, I've had it with you people!")]
TURN = "Two hours and then a dead line, I'd be furious too. I'm sorry. What were you ringing about?"


def test_the_model_files_stay_under_thirty_megabytes() -> None:
    """They live in the repository."""
    assert sum(file.stat().st_size for file in MODEL.parent.iterdir()) < 30 * MEGABYTE


def test_a_turn_is_read_while_nobody_notices() -> None:
    """The bound is loose, for busy machines; `make bench` measures."""
    reader = TrainedReader.load()
    times = []
    for _ in range(11):
        start = time.perf_counter()
        reader.read(TURN, CONTEXT, Brief())
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 0.15
