"""Samples are spread over processes; what fails there is told here, and a process that ends is no failed sample."""

from concurrent.futures import BrokenExecutor
from threading import Barrier
from typing import Any

import pytest
from doubles import Sums

from evals.pool import Processes, SampleFailed, pool
from evals.suite import Item, Result, Suite
from graph.session import Ring

ITEM = Item("n1", {"n": 1})


class Meeting:
    """A player that goes on when as many samples are played as are meant to be played at once."""

    def __init__(self, name: str, barrier: Barrier) -> None:
        self.name, self.barrier = name, barrier

    def play(self, suite: Suite, item: Item, seed: int) -> Result:
        """Say who played."""
        self.barrier.wait(timeout=20)
        return {"by": self.name}


class Gone:
    """A player whose process has ended."""

    def play(self, *_: Any) -> Result:
        """Find nobody."""
        raise EOFError


def test_every_player_has_the_same_share() -> None:
    """Six at once over two players: three each."""
    barrier = Barrier(6)
    made = Processes([Meeting("a", barrier), Meeting("b", barrier)], at_once=6)
    futures = [made.submit(Sums(), ITEM, 0) for _ in range(6)]
    assert sorted(future.result()["by"] for future in futures) == ["a", "a", "a", "b", "b", "b"]
    made.close()


def test_a_process_that_ended_is_no_failed_sample() -> None:
    """The run stops, and the sample is played when it goes on."""
    made = Processes([Gone()], at_once=1)
    with pytest.raises(BrokenExecutor):
        made.submit(Sums(), ITEM, 0).result()
    made.close()


@pytest.mark.process
def test_a_process_plays_and_tells_what_failed(ring: Ring) -> None:
    """With the seed it is given; what was raised there arrives here with its place."""
    with pool(ring.settings, 1) as players:
        assert players.submit(Sums(), ITEM, 5).result()["scores"]["sum"] == 7
        with pytest.raises(SampleFailed, match=r"ValueError: cannot add to -1\n(?s:.*)doubles\.py"):
            players.submit(Sums(), Item("n-1", {"n": -1}), 0).result()
