"""What numbers and ids are called on the page and in the terminal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from graph.calls import Bill
from graph.debrief import Level, Question
from graph.settings import GGUF
from graph.types import How, Mood
from knowledge.articles import SOURCES, Passage, articles
from knowledge.taxonomy import Skill
from knowledge.text import sentences

if TYPE_CHECKING:
    from graph.checking import Configured

GRADES = ("Harmful", "Weak", "Adequate", "Good", "Expert")
NOT_GRADED = "Not graded"

DIFFICULTY = ("Gentle", "Moderate", "Demanding", "Hard", "Severe")
"""For 1 to 5."""

Feeling = Literal["anger", "trust", "patience"]
FEELINGS: Mapping[Feeling, Sequence[str]] = {
    "anger": ("calm", "ruffled", "annoyed", "angry", "furious"),
    "trust": ("none", "little", "wary", "growing", "firm"),
    "patience": ("gone", "thin", "short", "steady", "ample"),
}
"""The five steps of each feeling, from 0 to 5."""

SKILLS: Mapping[Skill, tuple[str, str]] = {
    "listen": ("Listen", "Let them tell it, ask, and say it back"),
    "empathise": ("Empathise", "Name the feeling and its cause, and own the fault"),
    "frame": ("Frame", "Say what can be done, and bad news plainly"),
    "solve": ("Solve", "One concrete step, with who does it and when"),
    "steady": ("Stay steady", "Limits without heat, and no taking the bait"),
    "close": ("Close", "Check that it is settled before you part"),
}

QUESTIONS: Mapping[Question, str] = {
    "heard": "Did you feel heard?",
    "understood": "Did you feel understood?",
    "satisfied": "Are you satisfied with how it was settled?",
    "would_return": "Would you come back?",
}
LEVELS: Mapping[Level, str] = {"yes": "Yes", "partly": "In part", "no": "No"}

MOMENTS = {"best": "Best moment", "turning": "Turning point", "costliest": "Costliest moment"}

OUTCOMES: Mapping[How, str] = {
    "resolved": "Resolved",
    "partly": "Partly resolved",
    "walks_out": "Walked out",
    "manager": "Went to a manager",
    "public": "Went public",
    "stopped": "Ended by you",
}
_ENDED: Mapping[How, str] = {
    "resolved": "{0} has what they came for and has said goodbye.",
    "partly": "{0} takes part of it and has said goodbye.",
    "walks_out": "{0} has had enough and left the conversation.",
    "manager": "{0} has ended the conversation and asked for a manager.",
    "public": "{0} has ended the conversation and is taking it to the public.",
    "stopped": "You ended the conversation.",
}


def grade(value: int | None) -> str:
    """Return a grade as number and word."""
    return NOT_GRADED if value is None else f"{value} {GRADES[value]}"


def feeling(name: Feeling, value: float) -> str:
    """Return the word for a feeling of 0 to 5."""
    return FEELINGS[name][min(4, int(value))]


def mood(value: Mood) -> str:
    """Return a mood as one line of words."""
    return ", ".join(f"{name} {feeling(name, getattr(value, name))}" for name in FEELINGS)


def ended(how: How, name: str) -> str:
    """Say in one sentence how a conversation ended."""
    return _ENDED[how].format(first(name))


def first(name: str) -> str:
    """Return what a customer is called in running text: the first name."""
    return name.split()[0]


def technique(id: str) -> str:
    """Return the name of a technique or misstep."""
    return articles()[id].name


def meaning(id: str) -> str:
    """Return what a technique or misstep is, in its article's opening sentence."""
    text = " ".join(articles()[id].one("what").text.split())
    return next((text[begin:end].strip() for begin, end in sentences(text)), text)


def passage(id: str) -> Passage | None:
    """Return the passage with this id; None where the articles no longer have it."""
    article = articles().get(id.partition("/")[0])
    return next((p for p in article.passages if p.id == id), None) if article else None


def sources(found: Passage) -> str:
    """Return the works a passage draws on, by name."""
    return "; ".join(SOURCES[key] for key in found.sources)


def judge(by: str) -> str:
    """Say who judged, in running text."""
    return "the built-in evaluator" if by == "built-in" or by.startswith("built-in (") else by


def took(bill: Bill, *, session: bool = False) -> list[tuple[str, str]]:
    """Return what calls to models took, as names and values in words; of a turn, or of a whole session."""
    rows = [("Tokens", f"{bill.prompt_tokens:,} sent, {bill.completion_tokens:,} received")]
    if bill.customer_ms:
        first = (
            f", first words after {seconds(bill.customer_first_ms)}" if bill.customer_first_ms and not session else ""
        )
        rows.append(("Customer", f"{seconds(bill.customer_ms)}{first}"))
    if bill.judge_ms:
        rows.append(("Judge", seconds(bill.judge_ms)))
    rows.append(("Price", price(bill.price)))
    if bill.failed:
        rows.append(("Without an answer", count(bill.failed, "call")))
    return rows


def configured(one: "Configured") -> str:
    """Return which model is set for a part, and by what, on one line."""
    if not one.model:
        return "none" if one.part == "fallback" else "built in"
    return f"{one.model} ({placed(one)})"


def placed(one: "Configured") -> str:
    """Say where a model is, what names it and what holds its key."""
    if one.model.startswith(GGUF):
        return f"on this machine, named in {one.named_in}"
    key = f"key in {one.key_in}" if one.key_in else "no key set"
    return f"at {one.base or 'its provider'}, named in {one.named_in}, {key}"


def seconds(ms: float) -> str:
    """Return milliseconds as seconds."""
    return f"{ms / 1000:.1f} s"


def price(dollars: float | None) -> str:
    """Return a price in US dollars; four decimals, for a call costs fractions of a cent."""
    if dollars is None:
        return "unknown"
    return "less than $0.0001" if 0 < dollars < 0.0001 else f"${dollars:,.4f}" if dollars else "nothing"


def count(n: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def day(stamp: str) -> str:
    """Return an ISO 8601 time as day and time of day, in UTC."""
    date, _, time = stamp.partition("T")
    year, month, of = date.split("-")
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{int(of)} {names[int(month) - 1]} {year}, {time[:5]} UTC"
