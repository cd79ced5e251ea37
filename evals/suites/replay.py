"""Fixed conversations, written for this project, fed turn by turn through a session; what was expected is checked.

The cases stand in ``evals/cases``; `evals.cases` has the format. A case is right when all it expects holds.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from evals.cases import CASES, SAME, Case, EndExpectation, TurnExpectation, load
from evals.intervals import mean_figure
from evals.suite import Data, Figure, Item, Result
from evals.tools import Tools, say, transcript
from graph.session import Session
from graph.types import Turn

KINDS = ("techniques", "not_techniques", "missteps", "not_missteps", "grade", "mood", "ending", "final grade")


class Replay:
    """Plays the cases and checks what they expect."""

    name = "replay"
    about = "fixed conversations over all cards and levels: expected atoms, grades, moods and endings"

    def items(self, fast: bool) -> list[Item]:
        """Return the cases, or the first of each card and level."""
        cases = load([CASES])
        if fast:
            cases = list({(case.card, case.level): case for case in reversed(cases)}.values())[::-1]
        return [item(case) for case in cases]

    def play(self, item: Item, tools: Tools) -> Result:
        """Play one case."""
        case = Case.model_validate(item.input)
        session = tools.open(case.card, case.seed)
        for turn in case.turns:
            if any(event["type"] == "ended" for event in say(session, turn.say)):
                break
        list(session.finish())
        return _result(case, session)

    def figures(self, results: Sequence[tuple[Item, Result]]) -> dict[str, Figure]:
        """Return the share of cases that are right, and of expectations met by kind and by level."""
        right = [(item, result["scores"]["right"]) for item, result in results]
        figures = {"cases right": mean_figure(((i.id, r) for i, r in right), "higher", "all that was expected held")}
        for cut in ("level", "card"):
            for name in sorted({item.metadata[cut] for item, _ in results}):
                here = ((i.id, r) for i, r in right if i.metadata[cut] == name)
                figures[f"{name}/cases right"] = mean_figure(here, "higher", f"{cut} {name}")
        checks = [(item.id, check) for item, result in results for check in result["checks"]]
        figures["expectations met"] = mean_figure(((i, c["met"]) for i, c in checks), "higher", "of all kinds")
        for kind in KINDS:
            here = ((i, c["met"]) for i, c in checks if c["kind"] == kind)
            figures[f"{kind}/expectations met"] = mean_figure(here, "higher", f"of kind {kind}")
        return figures


def item(case: Case) -> Item:
    """Return the sample of a case."""
    meta = {"card": case.card, "level": case.level, "about": case.about}
    return Item(case.id, case.model_dump(mode="json", exclude_none=True), meta)


def _result(case: Case, session: Session) -> Result:
    turns, report = session.turns, session.debrief
    assert report is not None, "a finished session has a debrief"
    checks = [c for number, asked in enumerate(case.turns, 1) for c in _turn_checks(number, asked.expect, turns)]
    checks += _end_checks(case.expect, report.how, report.average)
    said = transcript(session)
    for turn, shown in zip(turns, said[1::2], strict=True):
        shown["problems"] = [c["says"] for c in checks if c.get("turn") == turn.number and c["met"] is False]
    return {
        "scores": {
            "right": all(check["met"] for check in checks if check["met"] is not None),
            "met": _share(checks), "grade": report.average,
            "anger": round(report.moods[-1].anger, 4), "trust": round(report.moods[-1].trust, 4),
        },
        "how": report.how,
        "checks": checks,
        "problems": [check["says"] for check in checks if check["met"] is False],
        "transcript": said,
    }  # fmt: skip


def _share(checks: Sequence[Data]) -> float | None:
    met = [check["met"] for check in checks if check["met"] is not None]
    return sum(met) / len(met) if met else None


def _turn_checks(number: int, expect: TurnExpectation, turns: Sequence[Turn]) -> Iterator[Data]:
    """Yield each expectation of one turn, with what came of it; one that was never reached is not met."""
    wanted = expect.model_dump(exclude_none=True)
    turn = turns[number - 1] if number <= len(turns) else None
    for kind, want in wanted.items():
        found = _atoms(kind, want, turn) if kind.endswith(("techniques", "missteps")) else _others(kind, want, turn)
        for check in found:
            says = f"turn {number}: {check['says']}" + ("" if turn else " (the conversation had ended)")
            yield {**check, "turn": number, "says": says, "met": check["met"] if turn else False}


def _atoms(kind: str, want: Sequence[str], turn: Turn | None) -> Iterator[Data]:
    unwanted = kind.startswith("not_")
    seen = {atom.id for atom in getattr(turn.verdict, kind.removeprefix("not_"))} if turn else set()
    for one in want:
        expected = "was not expected" if unwanted else "was expected"
        says = f"{one} {expected}; seen: {', '.join(sorted(seen)) or 'nothing'}"
        graded = turn is None or turn.verdict.grade is not None
        yield {"kind": kind, "want": one, "met": (one in seen) != unwanted if graded else None, "says": says}


def _others(kind: str, want: Any, turn: Turn | None) -> Iterator[Data]:
    if kind == "grade":
        grade = turn.verdict.grade if turn else None
        low, high = want
        met = None if grade is None else low <= grade <= high
        yield {"kind": kind, "want": want, "met": met, "says": f"grade {low} to {high} was expected; it is {grade}"}
    elif kind == "mood":
        for name, way in want.items():
            moved = getattr(turn.mood, name) - getattr(turn.before, name) if turn else 0.0
            says = f"{name} was expected to go {way}; it moved by {moved:+.2f}"
            yield {"kind": kind, "want": f"{name} {way}", "met": _went(moved, way), "says": says}


def _went(moved: float, way: str) -> bool:
    up, down = moved > SAME, moved < -SAME
    return {"up": up, "down": down, "same": not up and not down, "not_up": not up, "not_down": not down}[way]


def _end_checks(expect: EndExpectation, how: str, average: float | None) -> Iterator[Data]:
    wanted = expect.model_dump(exclude_none=True)
    if endings := wanted.get("ending"):
        says = f"the ending was expected to be {' or '.join(endings)}; it is {how}"
        yield {"kind": "ending", "want": endings, "met": how in endings, "says": says}
    if band := wanted.get("grade"):
        met = None if average is None else band[0] <= average <= band[1]
        says = f"a mean grade of {band[0]} to {band[1]} was expected; it is {average}"
        yield {"kind": "final grade", "want": band, "met": met, "says": says}
