"""The console script: ``sparring``."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from graph.console import exit_code
from graph.errors import SparringError
from personas.loader import CARDS, load, load_all


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 something is wrong with the input, 2 wrong usage."""
    return exit_code(_parser().parse_args(argv))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sparring", description="Practise on difficult customers before you meet real ones."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    chat = commands.add_parser("chat", help="play a customer in the terminal")
    chat.add_argument("card", metavar="CARD", help="id of the customer; see `sparring cards`")
    chat.add_argument(
        "--events", action="store_true", help="read lines from standard input, write one JSON event a line"
    )
    chat.add_argument("--name", default="", help="whose session it is")
    chat.add_argument("--seed", type=int, help="the same seed and words give the same session")
    chat.add_argument("--resume", metavar="SESSION", help="take up a session again; CARD must be its customer")
    chat.set_defaults(run=_chat)

    grade = commands.add_parser("grade", help="grade the trainee turns of recorded conversations")
    grade.add_argument("file", type=Path, help="JSON Lines, one conversation a line")
    grade.add_argument("--out", type=Path, required=True, help="where the results go, one line a turn")
    grade.set_defaults(run=_grade)

    cards = commands.add_parser("cards", help="list the customers, check cards, print their schema")
    cards.set_defaults(run=_cards)
    actions = cards.add_subparsers(metavar="ACTION")
    check = actions.add_parser("check", help="find what is wrong with cards")
    check.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="card files or folders; the packaged cards by default"
    )
    check.set_defaults(run=_check)
    actions.add_parser("schema", help="print the JSON Schema for editors").set_defaults(run=_schema)

    knowledge = commands.add_parser("knowledge", help="search the knowledge base")
    search = knowledge.add_subparsers(required=True, metavar="ACTION").add_parser(
        "search", help="print the passages that fit"
    )
    search.add_argument("text")
    search.add_argument(
        "-n", "--number", type=int, default=5, choices=range(1, 51), metavar="1-50", help="how many (5)"
    )
    search.set_defaults(run=_search)

    sessions = commands.add_parser("sessions", help="list sessions, newest first")
    sessions.add_argument("--name", help="only this person's")
    sessions.set_defaults(run=_sessions)

    model = commands.add_parser("model", help="show which models are configured, and try each with one call")
    model.set_defaults(run=_model)

    run = commands.add_parser("run", help="start the browser app")
    run.add_argument("--port", type=int, default=8501)
    run.set_defaults(run=_run)
    return parser


def _chat(args: argparse.Namespace) -> int:
    from ui import terminal

    if args.events:
        return terminal.events(args.card, args.name, args.seed, args.resume)
    return terminal.chat(args.card, args.name, args.seed, args.resume)


def _grade(args: argparse.Namespace) -> int:
    from ui import batch

    return batch.grade_file(args.file, args.out)


def _cards(args: argparse.Namespace) -> int:
    from graph.settings import Settings

    for loaded in load_all(list(Settings.from_environment().cards)):
        if loaded.card is None:
            print(f"{loaded.path.stem:28} broken: run `sparring cards check {loaded.path}`")
        else:
            print(
                f"{loaded.card.id:28} {loaded.card.name}, {loaded.card.kind} (difficulty {loaded.card.difficulty} of 5)"
            )
    return 0


def _check(args: argparse.Namespace) -> int:
    from personas.lint import lint

    paths = [p for path in args.paths or [CARDS] for p in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    problems = [problem for path in paths for problem in lint(load(path))]
    for problem in problems:
        print(problem)
    print(f"{len(paths)} cards, {len(problems)} problems", file=sys.stderr)
    return 1 if problems or not paths else 0


def _schema(args: argparse.Namespace) -> int:
    from personas.card import schema

    print(json.dumps(schema(), indent=2))
    return 0


def _search(args: argparse.Namespace) -> int:
    from graph.session import open_knowledge
    from knowledge.articles import SOURCES
    from knowledge.search import FLOOR

    hits = open_knowledge().search(args.text, args.number)
    if hits[0].score < FLOOR:
        print(f"Nothing fits. The nearest is {hits[0].passage.id}  {hits[0].passage.title}")
    for hit in (hit for hit in hits if hit.score >= FLOOR):
        named = "; ".join(SOURCES[source] for source in hit.passage.sources)
        print(f"{hit.score:.2f}  {hit.passage.id}  {hit.passage.title}\n{hit.passage.text}\n[{named}]\n")
    return 0


def _sessions(args: argparse.Namespace) -> int:
    from graph.session import Ring

    for one in Ring().list(args.name):
        grade = "-" if one.average is None else f"{one.average:.1f}"
        who = f"{one.person or '-':16} {one.card:28}"
        print(f"{one.id}  {one.started[:16]}  {who} {one.turns:3} turns  grade {grade}  {one.how or 'open'}")
    return 0


def _model(args: argparse.Namespace) -> int:
    from graph.checking import check_model, configured
    from graph.settings import FILE, Settings
    from ui import words

    settings = Settings.from_environment()
    there = configured(settings.models)
    for one in there:
        print(f"{one.part:8}  {words.configured(one)}")
    if not settings.models.configured:
        print(f"To use a model, set SPARRING_MODEL, or write model = ... into {settings.data / FILE}.")
    failed = 0
    for one in there:
        if one.model:
            try:
                print(f"\n{one.part}: {check_model(settings, one.part)}", flush=True)
            except SparringError as error:
                failed = 1
                print(f"\n{one.part}: {error}", flush=True)
    return failed


def _run(args: argparse.Namespace) -> int:
    from ui.serve import serve

    serve(args.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
