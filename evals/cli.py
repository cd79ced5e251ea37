"""The console script: ``sparring-evals``."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from evals.suite import Data
from graph.console import exit_code
from graph.errors import BadInput


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 a threshold or the input does not hold, 2 wrong usage."""
    return exit_code(_parser().parse_args(argv))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sparring-evals", description="Measure customers, graders and prompts, and compare two measurements."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    commands.add_parser("list", help="list the suites").set_defaults(run=_list)

    run = commands.add_parser("run", help="play suites, write logs, summary and report")
    run.add_argument("suites", nargs="+", metavar="SUITE", help="names of suites, or `all`")
    run.add_argument("--model", default="built-in", help="who plays the customer, as in SPARRING_MODEL (built-in)")
    run.add_argument("--judge", help="who judges (the model that plays)")
    run.add_argument("--epochs", type=_count, default=1, metavar="N", help="how often each sample is played (1)")
    run.add_argument(
        "--out", type=Path, metavar="DIR", help="where all goes; the same again goes on with a stopped run"
    )
    run.add_argument("--fast", action="store_true", help="the few samples that go with the tests")
    run.add_argument("--seed", type=int, default=0, metavar="N", help="added to the seed of every sample (0)")
    run.add_argument("--limit", type=_count, metavar="N", help="so many samples of each suite; no thresholds then")
    run.add_argument("--processes", type=int, metavar="N", help="how many play beside each other (one a core)")
    run.add_argument("--thresholds", type=Path, metavar="FILE", help="other thresholds than evals/thresholds.toml")
    run.add_argument("--conversations", type=Path, metavar="FILE", help="agreement: grade these conversations")
    run.add_argument("--labels", type=Path, nargs="+", metavar="FILE", help="agreement: against these labels")
    run.set_defaults(run=_run)

    compare = commands.add_parser("compare", help="hold two runs against each other, sample by sample")
    compare.add_argument("first", type=Path, metavar="A", help="folder of the run before")
    compare.add_argument("second", type=Path, metavar="B", help="folder of the run after")
    compare.set_defaults(run=_compare)

    report = commands.add_parser("report", help="make the report of a run again")
    report.add_argument("folder", type=Path, metavar="DIR")
    report.set_defaults(run=_report)

    view = commands.add_parser("view", help="look at the logs of a run in inspect's viewer")
    view.add_argument("folder", type=Path, metavar="DIR")
    view.add_argument("--port", type=int, default=7575)
    view.set_defaults(run=_view)

    actions = commands.add_parser("case", help="write cases for `replay`").add_subparsers(
        required=True, metavar="ACTION"
    )
    check = actions.add_parser("check", help="find what is wrong with files of cases")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    check.set_defaults(run=_check)
    made = actions.add_parser("from-session", help="print a recorded session as a case")
    made.add_argument("session", metavar="ID", help="see `sparring sessions`")
    made.set_defaults(run=_from_session)
    return parser


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _list(args: argparse.Namespace) -> int:
    from evals.suites import SUITES

    width = max(map(len, SUITES))
    for suite in SUITES.values():
        samples, fast = len(suite.items(False)), len(suite.items(True))
        print(f"{suite.name:{width}} {samples:5} samples, {fast:3} fast   {suite.about}")
    return 0


def _run(args: argparse.Namespace) -> int:
    from evals import record, thresholds
    from evals.report import write
    from evals.running import Asked, run
    from graph.settings import Settings

    os.environ["SPARRING_MODEL"] = args.model
    os.environ["SPARRING_JUDGE_MODEL"] = args.judge or args.model
    os.environ["SPARRING_FALLBACK_MODEL"] = "built-in"  # a figure of two models mixed says nothing of either
    settings = Settings.from_environment()
    names = "-".join(args.suites)
    folder = args.out or settings.data / "evals" / f"{datetime.now():%Y-%m-%d-%H%M%S}-{names}"
    asked = Asked(_suites(args), args.fast, args.seed, args.epochs, args.limit, args.processes)
    bounds = thresholds.read(args.thresholds or thresholds.FILE)
    print(f"Writing to {folder}; stopped, the same with --out {folder} goes on.", file=sys.stderr)
    summary = run(asked, settings, folder, bounds, display="rich" if sys.stderr.isatty() else "plain")
    write(record.read(folder))
    print("\n".join(_told(summary)))
    print(f"\n{folder / record.REPORT}")
    return 0 if all(check["holds"] for check in summary["thresholds"]) else 1


def _suites(args: argparse.Namespace) -> list:  # type: ignore[type-arg]
    from evals.suites import SUITES
    from evals.suites.agreement import Agreement

    if unknown := [name for name in args.suites if name not in (*SUITES, "all")]:
        raise BadInput(f"There is no suite {unknown[0]!r}. Fix: choose among {', '.join(SUITES)}, or all.")
    own = {"conversations": args.conversations, "labels": args.labels and tuple(args.labels)}
    given = {key: value for key, value in own.items() if value}
    if len(given) == 1:
        raise BadInput("--conversations and --labels go together. Fix: give both, or neither.")
    suites = {**SUITES, "agreement": Agreement(**given)}
    return list(suites.values()) if "all" in args.suites else [suites[name] for name in dict.fromkeys(args.suites)]


def _told(summary: Data) -> list[str]:
    """Return the summary for a terminal: figures of a whole suite, and what does not hold."""
    lines = []
    for name, suite in summary["suites"].items():
        lines.append(f"\n{name}: {suite['played']} played, {len(suite['failed'])} failed")
        for figure, data in suite["figures"].items():
            if "/" not in figure and data["value"] is not None:
                between = "" if data["low"] is None else f"  ({data['low']:.3f} to {data['high']:.3f})"
                unscored = f", {data['unscored']} unscored" if data["unscored"] else ""
                lines.append(f"  {figure:28} {data['value']:8.3f}{between}  n {data['n']}{unscored}")
        lines += [f"  failed: {one['id']}: {one['error'].splitlines()[0]}" for one in suite["failed"]]
    below = [check["says"] for check in summary["thresholds"] if not check["holds"]]
    n = len(summary["thresholds"])
    lines.append(f"\n{n - len(below)} of {n} thresholds hold" if n else "\nno thresholds were looked at")
    return lines + [f"  {says}" for says in below]


def _compare(args: argparse.Namespace) -> int:
    from evals import comparison, record

    for line in comparison.told(record.read(args.first), record.read(args.second)):
        print(line)
    return 0


def _report(args: argparse.Namespace) -> int:
    from evals import record
    from evals.report import write

    print(write(record.read(args.folder)))
    return 0


def _view(args: argparse.Namespace) -> int:
    from evals import harness, record

    harness.view(args.folder / record.LOGS, args.port)
    return 0


def _check(args: argparse.Namespace) -> int:
    from evals.cases import main_check

    return main_check(args.files)


def _from_session(args: argparse.Namespace) -> int:
    from evals.recorded import from_session
    from graph.session import Ring

    with closing(Ring()) as ring:
        print(from_session(ring, args.session).as_line())
    return 0


if __name__ == "__main__":
    sys.exit(main())
