"""``sparring grade``: runs the evaluator over a file, with progress, and leaves a whole file or none."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from graph import recorded
from graph.errors import BadInput
from graph.evaluator import BuiltInEvaluator
from graph.session import open_knowledge
from knowledge.reader import load_reader
from knowledge.text import json_line


def grade_file(source: Path, out: Path) -> int:
    """Grade every trainee turn of ``source`` into ``out``, one JSON object a line; return the exit code."""
    if out.resolve() == source.resolve():
        raise BadInput(f"{out}: is the file to be graded. Fix: give --out another name.")
    conversations = recorded.read(source)
    turns = sum(1 for conversation in conversations for _ in conversation.trainee_turns())
    part = out.with_name(out.name + ".part")
    graded = 0
    try:
        with (
            part.open("w", encoding="utf-8") as file,
            Progress(console=Console(stderr=True), transient=True) as progress,
        ):
            task = progress.add_task("Grading turns", total=turns)
            for result in recorded.grade(conversations, load_reader(), BuiltInEvaluator(), open_knowledge()):
                file.write(json_line(result) + "\n")
                graded += result["grade"] is not None
                progress.advance(task)
        os.replace(part, out)
    except OSError as error:
        raise BadInput(
            f"{out}: cannot be written ({error.strerror}). Fix: choose a place this account may write."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    print(f"{turns} turns of {len(conversations)} conversations, {turns - graded} not graded: {out}", file=sys.stderr)
    return 0
