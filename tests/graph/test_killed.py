"""A process killed in the middle of anything loses nothing, and nothing happens twice."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import killed
import pytest

from graph.session import Ring

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL") or not hasattr(os, "fork"), reason="needs fork and SIGKILL"),
]


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory, ring: Ring) -> dict[str, dict[str, Any]]:
    """Return what each session left behind, by the moment at which its first process was killed."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, killed.__file__, str(folder)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "SPARRING_THREADS": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}


@pytest.mark.parametrize("moment", killed.MOMENTS)
def test_nothing_is_lost_and_nothing_happens_twice(lives: dict[str, dict[str, Any]], moment: str) -> None:
    """Words, grades, moods, store and debrief are those of a session that was never killed."""
    assert moment in lives, "the second process fell over"
    told = {key: value for key, value in lives[moment].items() if key not in ("cut_off", "events")}
    assert told == {key: value for key, value in lives["never"].items() if key not in ("cut_off", "events")}
    assert told["said"] == killed.TURNS
    assert told["stored"] == [1, 2, 3]


@pytest.mark.parametrize("moment", ["read", "customer", "spoken", "evaluate", "unrecorded", "settle", "settled"])
def test_the_message_that_was_cut_off_is_known(lives: dict[str, dict[str, Any]], moment: str) -> None:
    """So that a page can show it, and taking up tells the whole turn."""
    assert lives[moment]["cut_off"] == killed.TURNS[-1]
    assert lives[moment]["events"] == ["customer", "verdict", "mood"]


@pytest.mark.parametrize("moment", ["debrief", "debriefed"])
def test_a_debrief_that_was_cut_off_is_told_when_taken_up(lives: dict[str, dict[str, Any]], moment: str) -> None:
    """The end and the debrief, once."""
    assert lives[moment]["events"] == ["ended", "debrief"]
