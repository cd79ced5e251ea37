"""Replay cases: fixed conversations with what a trainer expects of each turn, one JSON object a line.

``docs/cases.md`` describes the format to those who write them; the models below are its schema.
"""

import difflib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from graph.errors import BadInput
from graph.settings import Settings
from graph.typed import MAX_CHARS
from graph.types import How
from knowledge.taxonomy import MISSTEPS, TECHNIQUES
from personas.card import Slug
from personas.loader import Problem, dotted

CASES = Path(__file__).parent / "cases"

WIDEST = 2
"""A band of grades from 1 to 3 still says something; one of 0 to 4 does not."""
SAME = 0.05
"""A mood that moved by less stayed the same."""

Way = Literal["up", "down", "same", "not_up", "not_down"]
"""Where a mood goes in one turn: against the mood before it."""
Level = Literal["expert", "mediocre", "poor", "edge", "gaming", "injection"]


def _one_of(what: str, known: Collection[str]) -> AfterValidator:
    def check(one: str) -> str:
        if one not in known:
            raise PydanticCustomError("unknown", f"is no {what}", {"fix": _instead(one, known)})
        return one

    return AfterValidator(check)


def _band(most: int) -> AfterValidator:
    def check(band: list[float]) -> list[float]:
        low, high = band
        if not 0 <= low <= high <= most:
            fix = f"write the lower grade first, both from 0 to {most}"
            raise PydanticCustomError("band", "is no band of grades", {"fix": fix})
        if high - low > WIDEST:
            raise PydanticCustomError("band", "is too wide", {"fix": f"leave at most {WIDEST} between the two"})
        return band

    return AfterValidator(check)


class Part(BaseModel):
    """Base of the models here: unknown keys are refused, values are not coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class TurnExpectation(Part):
    """What must hold after one turn. What is left out is not checked."""

    techniques: list[Annotated[str, _one_of("technique", TECHNIQUES)]] = []
    """Seen, whatever else is seen too."""
    not_techniques: list[Annotated[str, _one_of("technique", TECHNIQUES)]] = []
    missteps: list[Annotated[str, _one_of("misstep", MISSTEPS)]] = []
    not_missteps: list[Annotated[str, _one_of("misstep", MISSTEPS)]] = []
    grade: Annotated[list[int], Field(min_length=2, max_length=2), _band(4)] | None = None
    """Lowest and highest grade that is right."""
    mood: dict[Literal["anger", "trust", "patience"], Way] = {}

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "TurnExpectation":
        for name in ("techniques", "missteps"):
            if both := sorted(set(getattr(self, name)) & set(getattr(self, f"not_{name}"))):
                message = f"{name} and not_{name} both name {', '.join(both)}"
                raise PydanticCustomError("contradiction", message, {"fix": "keep it in one of the two"})
        return self


class EndExpectation(Part):
    """What must hold once all turns were said and the session was ended."""

    ending: list[How] = []
    """Any of these."""
    grade: Annotated[list[float], Field(min_length=2, max_length=2), _band(4)] | None = None
    """Lowest and highest mean of the turns' grades that is right."""


class CaseTurn(Part):
    """One message of the trainee."""

    say: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARS)]
    expect: TurnExpectation = TurnExpectation()


class Case(Part):
    """One fixed conversation."""

    id: Slug
    """Unique in all files: results are compared by it."""
    card: str
    level: Level
    seed: int = Field(0, ge=0)
    """The same seed gives the same customer."""
    about: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    """What this case is for, in one line."""
    turns: Annotated[list[CaseTurn], Field(min_length=1)]
    expect: EndExpectation = EndExpectation()

    def as_line(self) -> str:
        """Return the case as it stands in a file, without its line break."""
        return self.model_dump_json(exclude_defaults=True)


def load(paths: Iterable[Path]) -> list[Case]:
    """Read the cases of files and folders, in order.

    Raises:
        BadInput: something is wrong; the message has one line a problem, with file, line, field and fix.
    """
    cases, problems = _read(paths)
    if problems:
        raise BadInput("\n".join(map(str, problems)))
    return cases


def problems(path: Path) -> list[Problem]:
    """Return everything wrong with the cases of a file or folder, in the order of its lines."""
    return _read([path])[1]


def main_check(paths: Sequence[Path] = ()) -> int:
    """Print what is wrong with files and folders of cases, those of the package by default; return the exit code."""
    cases, found = _read(paths or [CASES])
    for problem in found:
        print(problem)
    if not found:
        print(f"{len(cases)} cases with {sum(len(case.turns) for case in cases)} turns, nothing wrong.")
    return 1 if found else 0


def _read(paths: Iterable[Path]) -> tuple[list[Case], list[Problem]]:
    cards = sorted(card.stem for folder in Settings.from_environment().cards for card in folder.glob("*.yaml"))
    cases: list[Case] = []
    found: list[Problem] = []
    first: dict[str, str] = {}
    for path in _files(paths):
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            fix = "save it as UTF-8 text that this account may read"
            found.append(Problem(str(path), 1, "case", f"cannot be read ({error})", fix))
            continue
        for number, line in enumerate(lines, 1):
            case, wrong = _parse(line) if line.strip() else (None, [])
            if case is not None:
                wrong += _among_others(case, cards, first)
                first.setdefault(case.id, f"{path}:{number}")
                cases.append(case)
            found += [Problem(str(path), number, *one) for one in wrong]
    return cases, found


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.glob("*.jsonl")) if path.is_dir() else [path]


Wrong = tuple[str, str, str]
"""Field, message and fix."""


def _parse(line: str) -> tuple[Case | None, list[Wrong]]:
    """Return the case of a line, or what is wrong with the line by itself."""
    try:
        json.loads(line, object_pairs_hook=_no_key_twice)
        return Case.model_validate_json(line), []
    except json.JSONDecodeError as error:
        fix = "one case is one object in one line: check quotes, commas and brackets here"
        return None, [("case", f"not valid JSON at column {error.colno} ({error.msg})", fix)]
    except ValidationError as error:
        return None, [_from_pydantic(detail) for detail in error.errors()]
    except KeyError as error:
        return None, [(error.args[0], "given twice in one object", "keep one of the two")]


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if twice:
        raise KeyError(twice[0])
    return dict(pairs)


def _among_others(case: Case, cards: Collection[str], first: dict[str, str]) -> Iterator[Wrong]:
    if case.id in first:
        yield "id", f"{case.id!r} is used twice, first in {first[case.id]}", "give each case its own id"
    if case.card not in cards:
        yield "card", f"{case.card!r} is no card", _instead(case.card, cards)


_FIXES: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda _: "add this field",
    "extra_forbidden": lambda _: "remove it, or correct its name",
    "string_pattern_mismatch": lambda _: "use lower-case words and numbers joined by hyphens",
    "string_too_short": lambda _: "write something here",
    "string_too_long": lambda context: f"shorten it to {context['max_length']} characters",
    "too_short": lambda context: f"write at least {context['min_length']}",
    "too_long": lambda context: f"write at most {context['max_length']}",
}


def _correct(_: dict[str, Any]) -> str:
    return "correct it as the message says"


def _from_pydantic(detail: ErrorDetails) -> Wrong:
    context, value = detail.get("ctx", {}), detail["input"]
    if detail["type"] == "literal_error":
        fix = _instead(str(value), re.findall(r"'(\w+)'", context["expected"]))
    else:
        fix = context.get("fix") or _FIXES.get(detail["type"], _correct)(context)
    place = dotted(tuple(part for part in detail["loc"] if part != "[key]"))
    shown = "" if isinstance(value, dict | Part) else f"{_short(value)}: "
    return place or "case", shown + detail["msg"], fix


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:56]} ..."


def _instead(one: str, known: Collection[str]) -> str:
    """Say what to write in the place of an unknown id: the nearest known one."""
    near = difflib.get_close_matches(one, sorted(known), n=1, cutoff=0.0)
    return f"write {near[0]!r}, or another of: {', '.join(known)}" if near else "there is none to choose from"
