"""The harness: what inspect keeps, what fails, what is resumed, what holds, what is told apart."""

import gc
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles import AtOnce, Sums

from evals import comparison, harness, record, report, running, thresholds
from evals.record import Recorded
from evals.running import FAILED, Asked
from evals.suite import Data
from evals.thresholds import Bounds
from graph.errors import BadInput
from graph.settings import Settings

NONE: dict[str, dict[str, Bounds]] = {}
Run = Callable[..., Data]

pytestmark = pytest.mark.filterwarnings("ignore")  # streams and coroutines that inspect leaves behind


@pytest.fixture(scope="module", autouse=True)
def _swept() -> Iterator[None]:
    """Have what inspect leaves behind collected here, and not in a test of somebody else's."""
    yield
    gc.collect()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return a maker of runs of the sums, each in a folder of its own unless told otherwise."""

    def made(
        suite: Sums | None = None, *, out: str = "run", pool: AtOnce | None = None, bounds: Any = NONE, **asked: Any
    ) -> Data:
        @contextmanager
        def opened(*_: object) -> Iterator[AtOnce]:
            yield pool or AtOnce()

        monkeypatch.setattr(running, "pool", opened)
        plan = Asked([suite or Sums()], **asked)
        return running.run(plan, Settings.from_environment(), tmp_path / out, bounds, display="none")

    return made


def figures(summary: Data) -> Data:
    found: Data = summary["suites"]["sums"]["figures"]
    return found


def test_a_failed_sample_is_counted_apart_and_the_others_are_kept(run: Run, tmp_path: Path) -> None:
    """It is listed with its error, and its sum is not taken for 0."""
    summary = run(Sums((1, -2, 3)))
    suite = summary["suites"]["sums"]
    assert (suite["samples"], suite["played"]) == (3, 2)
    assert [(one["id"], one["error"]) for one in suite["failed"]] == [("n-2", "ValueError: cannot add to -2")]
    assert figures(summary)[FAILED]["value"] == 1
    assert (figures(summary)["sum"]["value"], figures(summary)["sum"]["n"]) == (3.0, 2)
    assert [sample.result is None for sample in record.read(tmp_path / "run").samples] == [False, True, False]


def test_what_could_not_be_scored_is_no_zero(run: Run) -> None:
    """A figure of nothing has no value, and says how many are missing."""
    never = figures(run())["never"]
    assert (never["value"], never["n"], never["unscored"]) == (None, 0, 3)


def test_results_come_back_whole_from_the_log(run: Run, tmp_path: Path) -> None:
    """Long texts, odd signs and nothing at all among them."""
    run()
    sample = record.read(tmp_path / "run").samples[0]
    assert sample.result == Sums().play(Sums().items(False)[0], type("", (), {"seed": 0})())


def test_a_stopped_run_goes_on_where_it_was(run: Run) -> None:
    """What was played before is not played again, and the summary has all of it."""
    suite = Sums(tuple(range(8)))
    first, second = AtOnce(interrupted_after=3), AtOnce()
    with pytest.raises(harness.Interrupted, match="--out"):
        run(suite, pool=first)
    summary = run(suite, pool=second)
    assert {*first.played} | {*second.played} == {(f"n{n}", 0) for n in range(8)}
    assert not {*first.played} & {*second.played}
    assert figures(summary)["sum"]["n"] == 8


def test_a_folder_with_another_run_is_refused(run: Run) -> None:
    """Half of one seed and half of another would be a result of nothing."""
    run(seed=1)
    with pytest.raises(BadInput, match="seed"):
        run(seed=2)


def test_each_epoch_has_the_next_seed(run: Run) -> None:
    """So that a second epoch of the built-in pair says something new."""
    pool = AtOnce()
    summary = run(Sums((1,)), pool=pool, epochs=3, seed=5)
    assert sorted(pool.played) == [("n1", 5), ("n1", 6), ("n1", 7)]
    assert figures(summary)["sum"]["n"] == 3


def test_the_same_seed_writes_the_same_bytes(run: Run, tmp_path: Path) -> None:
    """Samples and figures, whatever the order in which they were played."""
    one, other = run(out="a"), run(out="b")
    assert figures(one) == figures(other)
    assert (tmp_path / "a" / record.SAMPLES).read_bytes() == (tmp_path / "b" / record.SAMPLES).read_bytes()


@pytest.mark.parametrize(
    ("bound", "says"),
    [
        ({"sum": Bounds(min=3.0)}, ""),
        ({"sum": Bounds(min=3.1)}, "sums: sum is 3.000, 3.1 is the least"),
        ({"sum": Bounds(max=2.9)}, "sums: sum is 3.000, 2.9 is the most"),
        ({"summ": Bounds(min=0.0)}, "sums: there is no figure 'summ'"),
        ({"never": Bounds(min=0.0)}, "sums: never could not be computed"),
    ],
)
def test_a_threshold_holds_or_says_why_not(run: Run, bound: dict[str, Bounds], says: str) -> None:
    """A figure that is missing or has no value does not hold."""
    (check,) = run(bounds={"sums": bound})["thresholds"]
    assert check["holds"] == (not says)
    assert check["says"].startswith(says)


def test_a_part_of_the_samples_says_nothing_about_thresholds(run: Run) -> None:
    """With a limit none is looked at."""
    assert run(bounds={"sums": {"sum": Bounds(min=99.0)}}, limit=2)["thresholds"] == []


def test_the_fast_form_has_bounds_of_its_own(run: Run) -> None:
    """Where they are given."""
    bound = {"sum": Bounds(min=99.0, fast=Bounds(min=1.0))}
    assert [
        run(out=str(fast), bounds={"sums": bound}, fast=fast)["thresholds"][0]["holds"] for fast in (True, False)
    ] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    "text", ["[replay\n", '[replay]\n"cases right" = 3\n', '[replay]\n"cases right" = { least = 1 }\n']
)
def test_a_wrong_threshold_file_is_explained(tmp_path: Path, text: str) -> None:
    """With file and fix."""
    (tmp_path / "t.toml").write_text(text)
    with pytest.raises(BadInput, match=r"t\.toml.*Fix:"):
        thresholds.read(tmp_path / "t.toml")


def test_thresholds_name_suites_that_exist() -> None:
    """A suite that was renamed would else have none."""
    from evals.suites import SUITES

    assert set(thresholds.read()) == set(SUITES)


def shifted(run: Recorded, by: Callable[[int], float]) -> Recorded:
    """Return the run with every sum changed."""
    samples = [
        replace(s, result={**s.result, "scores": {**s.result["scores"], "sum": s.result["scores"]["sum"] + by(n)}})
        for n, s in enumerate(run.samples)
        if s.result
    ]
    return Recorded(run.folder, run.summary, samples)


def test_a_difference_is_real_where_its_interval_leaves_out_0(run: Run, tmp_path: Path) -> None:
    """The same shift everywhere is real, one to and fro is not; nothing is said of what was never scored."""
    run(Sums(tuple(range(20))))
    before = record.read(tmp_path / "run")
    found = {
        name: {one.score: one for one in comparison.differences(before, shifted(before, by))}
        for name, by in {"up": lambda n: 0.5, "noise": lambda n: (-1) ** n, "none": lambda n: 0.0}.items()
    }
    assert (found["up"]["sum"].real, found["up"]["sum"].change) == (True, pytest.approx(0.5))
    assert not found["noise"]["sum"].real
    assert not found["none"]["sum"].real
    assert "never" not in found["up"]


def test_comparing_says_what_only_one_has(run: Run, tmp_path: Path) -> None:
    """A sample that failed in one of them is not had by it."""
    run(Sums((1, 2, 3)), out="a")
    run(Sums((2, 3, -4)), out="b")
    lines = "\n".join(comparison.told(record.read(tmp_path / "a"), record.read(tmp_path / "b")))
    assert "only in the first: 1 samples: sums n1" in lines
    assert "only in the second" not in lines
    assert "the same" in lines


def test_a_folder_without_a_run_is_explained(tmp_path: Path) -> None:
    """With the fix."""
    with pytest.raises(BadInput, match="Fix: give the folder of a run"):
        record.read(tmp_path)


def test_the_report_stands_alone_and_escapes_what_was_said(run: Run, tmp_path: Path) -> None:
    """No address to load from, no script, and the words of a transcript as they were written."""
    run(Sums((1, 2, -3)), bounds={"sums": {"sum": Bounds(min=99.0), "gone": Bounds(min=0.0)}})
    page = report.html(record.read(tmp_path / "run"))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "1 is odd &lt;b&gt;" in page
    assert not any(sign in page for sign in ("http://", "https://", "src=", "@import", "url("))
    for said in ("2 of 2 thresholds do not hold", "there is no such figure", "cannot add to -3", "not graded"):
        assert said in page


def test_the_report_is_made_again_from_what_was_left(run: Run, tmp_path: Path) -> None:
    """Byte for byte."""
    run()
    first = report.write(record.read(tmp_path / "run")).read_bytes()
    assert report.write(record.read(tmp_path / "run")).read_bytes() == first


def test_a_run_says_what_it_was_made_with(run: Run, tmp_path: Path) -> None:
    """Cards, prompts, knowledge, reader, models and commit; the origin of its samples in words."""
    summary = json.loads((tmp_path / "run" / record.SUMMARY).read_text()) if run() else {}
    assert set(summary["versions"]) == {"cards", "prompts", "knowledge", "reader", "models", "commit"}
    assert summary["versions"]["models"] == {"customer": "built-in", "judge": "built-in"}
    assert "serial-complainer" in summary["versions"]["cards"]
    assert summary["suites"]["sums"]["origin"].startswith("A suite of sums")
