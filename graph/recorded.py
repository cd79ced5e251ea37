"""Grades recorded conversations with the evaluator alone: no customer, no mood, no session."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from graph.errors import BadInput
from graph.evaluator import Evaluator, Evidence
from graph.types import Verdict
from knowledge.reading import Brief, Reader, Said
from knowledge.search import Knowledge


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class RecordedTurn(_Part):
    """One message."""

    role: Literal["customer", "trainee"]
    text: str

    @field_validator("text")
    @classmethod
    def _whole(cls, text: str) -> str:
        if not text.isascii():
            text.encode()  # half a character, which no file can hold, is a ValueError
        return text


class RecordedBrief(_Part):
    """What the agent knew; every field may be missing."""

    company: str = ""
    situation: str = ""
    agent_may: list[str] = []
    agent_may_not: list[str] = []


class Conversation(_Part):
    """One recorded conversation; fields that grading does not need are ignored."""

    id: str
    brief: RecordedBrief | None = None
    turns: list[RecordedTurn]

    def trainee_turns(self) -> Iterator[tuple[int, RecordedTurn, list[Said]]]:
        """Yield each trainee turn with its number from 1 and what was said before it."""
        said: list[Said] = []
        number = 0
        for turn in self.turns:
            if turn.role == "trainee":
                number += 1
                yield number, turn, list(said)
            said.append(Said(turn.role, turn.text))


def read(path: Path) -> list[Conversation]:
    """Read a JSON Lines file of conversations.

    Raises:
        BadInput: naming file, line, field and the fix; nothing is graded then.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # splitlines() also splits inside a string
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path}: cannot be read ({error}). Fix: give a UTF-8 text file that this account may read."
        ) from error
    conversations: list[Conversation] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        conversation = _parse(path, number, line)
        if conversation.id in seen:
            raise BadInput(
                f"{path}:{number}: id: {conversation.id!r} was used on line {seen[conversation.id]}. Fix: rename one."
            )
        seen[conversation.id] = number
        conversations.append(conversation)
    if not conversations:
        raise BadInput(f"{path}: holds no conversation. Fix: write one JSON object a line.")
    return conversations


def grade(
    conversations: list[Conversation], reader: Reader, evaluator: Evaluator, knowledge: Knowledge
) -> Iterator[dict[str, Any]]:
    """Yield one result a trainee turn, in order.

    ``{"id": "CONV#N", "grade": 0-4 or None, "techniques": [{"id", "quote", "passage"}], "missteps": [...],
    "called_for": [...], "fix", "rewrite", "why", "by", "ms"}``; ms is the time for reading, retrieval and verdict.
    """
    for conversation in conversations:
        brief = _brief(conversation.brief)
        for number, turn, before in conversation.trainee_turns():
            begun = time.perf_counter()
            verdict = _verdict(number, turn.text, before, brief, reader, evaluator, knowledge)
            taken = round((time.perf_counter() - begun) * 1000, 2)
            result = verdict.model_dump(exclude={"turn"}) | {"ms": taken}
            yield {"id": f"{conversation.id}#{number}", **result}


def _verdict(number: int, text: str, before: list[Said], brief: Brief, reader: Reader, evaluator: Evaluator,
             knowledge: Knowledge) -> Verdict:  # fmt: skip
    reading = reader.read(text, before, brief)
    ids = [atom.id for atom in (*reading.techniques, *reading.missteps)]
    passages = knowledge.about(text, [*ids, *reading.called_for])
    return evaluator.evaluate(Evidence(number, text, before, brief, reading, passages))


def _brief(brief: RecordedBrief | None) -> Brief:
    if brief is None:
        return Brief()
    return Brief(brief.company, brief.situation, tuple(brief.agent_may), tuple(brief.agent_may_not))


def _parse(path: Path, number: int, line: str) -> Conversation:
    try:
        return Conversation.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{path}:{number}: not valid JSON: {error.msg} at column {error.colno}. Fix: one object a line."
        ) from error
    except RecursionError as error:
        raise BadInput(f"{path}:{number}: nested too deep. Fix: see the format in the README.") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "line"
        raise BadInput(f"{path}:{number}: {field}: {first['msg']}. Fix: see the format in the README.") from error
