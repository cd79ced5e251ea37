"""The bridge to inspect_ai: a suite becomes a task, inspect runs it, keeps its log, and resumes what was interrupted.

inspect takes three seconds to import and is part of an extra, so it is imported where it is used.
It is kept off the network.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evals.pool import Pool
from evals.record import Sample
from evals.suite import Data, Item, Result, Suite
from graph.errors import SparringError

if TYPE_CHECKING:
    from inspect_ai import Task
    from inspect_ai.log import EvalLog, EvalSample
    from inspect_ai.scorer import Scorer
    from inspect_ai.solver import Solver

Display = Literal["rich", "plain", "none"]
"""How inspect shows what it does."""
MARGIN = 2
"""Samples handed out beyond those that can be played at once, so that no process waits for the next."""


TRACES = "traces"
STOPPED = "Stopped. What was played is kept: give the same command with the same --out to go on."


class Interrupted(SparringError):
    """The run was stopped; what was played is kept."""

    exit_code = 130


def play(
    suites: Sequence[tuple[Suite, list[Item]]], pool: Pool, folder: Path, *, version: str, seed: int, epochs: int,
    display: Display,
) -> list["EvalLog"]:  # fmt: skip
    """Play suites and return their logs, whole; samples that an earlier run left in the folder are not played again.

    Args:
        suites: each with the samples to play.
        pool: what plays them.
        folder: where the logs go.
        version: a hash of all that a result depends on; only logs of the same version are taken up again.
        seed: of the first epoch; the next has the next.
        epochs: how often each sample is played.
        display: one of inspect's kinds of display.

    Raises:
        Interrupted: by the user, or by inspect.
    """
    prepare()
    from inspect_ai import eval_set
    from inspect_ai.log import read_eval_log

    tasks = [_task(suite, items, pool, version, seed) for suite, items in suites]
    with _at_home(folder / TRACES), _stoppable():
        _, logs = eval_set(
            tasks, log_dir=str(folder), model=None, epochs=epochs, display=display, fail_on_error=False,
            max_samples=pool.at_once + MARGIN, max_tasks=1, retry_attempts=0, retry_immediate=False,
            score_display=False, log_realtime=False, log_level="error", acp_server=False,
            ctl_server=False, log_dir_allow_dirty=True,
        )  # fmt: skip
    if len(logs) < len(tasks) or any(log.status == "cancelled" for log in logs):
        raise Interrupted(STOPPED)
    if broken := [log for log in logs if log.status != "success"]:
        raise Interrupted(f"inspect gave up: {broken[0].error.message if broken[0].error else broken[0].status}")
    return [read_eval_log(log.location) for log in logs]


def samples(log: "EvalLog") -> list[Sample]:
    """Return what a log holds, in the order of the dataset and its epochs."""
    order = {str(one): n for n, one in enumerate(log.eval.dataset.sample_ids or [])}
    found = [_sample(log.eval.task, one) for one in log.samples or []]
    return sorted(found, key=lambda sample: (order[sample.id], sample.epoch))


def view(folder: Path, port: int) -> None:
    """Serve inspect's log viewer on this machine until it is interrupted."""
    prepare()
    from inspect_ai._view.view import view as serve

    with _at_home(folder / TRACES):
        serve(str(folder), host="127.0.0.1", port=port)


def prepare() -> None:
    """Keep inspect off the network and out of folders that are not ours; raises SparringError where it is missing."""
    if find_spec("inspect_ai") is None:
        raise SparringError("inspect-ai is not installed. Fix: pip install 'sparring[evals]', or `make test` once.")
    spec = find_spec("litellm")
    if spec is not None and spec.origin is not None:  # the encodings, which tiktoken else downloads
        tokenizers = Path(spec.origin).parent / "litellm_core_utils" / "tokenizers"
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(tokenizers))


def _task(suite: Suite, items: Sequence[Item], pool: Pool, version: str, seed: int) -> "Task":
    from inspect_ai import Task
    from inspect_ai.dataset import MemoryDataset, Sample

    asked = [Sample(input=_shown(item), id=item.id, metadata=item.metadata) for item in items]
    played: dict[str, Result] = {}
    return Task(
        name=suite.name, dataset=MemoryDataset(asked, name=suite.name), version=version,
        solver=_player(suite, {item.id: item for item in items}, pool, seed, played), scorer=_keeper(played),
        metadata={"about": suite.about},
    )  # fmt: skip


def _player(suite: Suite, items: dict[str, Item], pool: Pool, seed: int, played: dict[str, Result]) -> "Solver":
    """Return the solver that has a sample played and shows what was said as messages."""
    from inspect_ai.model import ChatMessageAssistant, ChatMessageUser
    from inspect_ai.solver import Generate, TaskState, solver

    @solver(name="play")
    def player() -> "Solver":
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            item = items[str(state.sample_id)]
            try:
                result = await asyncio.wrap_future(pool.submit(suite, item, seed + state.epoch - 1))
            except BrokenExecutor as error:  # no sample can be played any more: stop as the user would
                print(f"A process that plays samples has died: {error}", file=sys.stderr)
                signal.raise_signal(signal.SIGINT)
                raise
            played[state.uuid] = result
            roles = {"customer": ChatMessageAssistant, "trainee": ChatMessageUser}
            state.messages = [roles[turn["role"]](content=turn["text"]) for turn in result.get("transcript", [])]
            return state

        return solve

    return player()


def _keeper(played: dict[str, Result]) -> "Scorer":
    """Return the scorer that stores the result; the figures are computed from all results, not by inspect."""
    from inspect_ai.scorer import Score, Target, scorer
    from inspect_ai.solver import TaskState

    @scorer(metrics=[], name="scores")
    def keeper() -> "Scorer":
        async def score(state: TaskState, target: Target) -> Score:
            result = played.pop(state.uuid)
            return Score(value=result.get("scores", {}), metadata={"result": result})

        return score

    return keeper()


def _sample(suite: str, one: "EvalSample") -> Sample:
    kept: Any = next(iter((one.scores or {}).values()), None)
    result: Data | None = kept.metadata["result"] if kept and kept.metadata else None
    error = one.error.message if one.error else "" if result else "nothing was scored"
    return Sample(suite, str(one.id), one.epoch, dict(one.metadata), None if error else result, error)


def _shown(item: Item) -> str:
    """Return what inspect's viewer shows as the input: the first words, not all that a suite needs."""
    for key in ("about", "text", "say", "turns"):
        if value := item.input.get(key) or item.metadata.get(key):
            return str(value)[:500]
    return item.id


@contextmanager
def _stoppable() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(STOPPED) from None


@contextmanager
def _at_home(folder: Path) -> Iterator[None]:
    """Have inspect keep its traces beside its logs, and not among the user's own files."""
    before = os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("XDG_DATA_HOME")
        if before is not None:
            os.environ["XDG_DATA_HOME"] = before
