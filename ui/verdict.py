"""The verdict under a trainee's message: one line, and behind it every reason for it."""

from collections.abc import Sequence

from graph.notes import on_verdict
from graph.types import Observed, Verdict
from ui import parts, words
from ui.markup import Html, join, lines, prose, tag


def verdict(judged: Verdict) -> Html:
    """Return a verdict, folded, and under it who gave it where that was not the model that was asked."""
    line = join(parts.grade(judged.grade), tag("span", judged.fix or judged.why, cls="sp-fix"))
    return join(parts.fold(line, *_reasons(judged), cls="sp-verdict"), parts.note(on_verdict(judged.by)))


def source(passage_id: str) -> Html | None:
    """Return the passage behind a judgement with its works, folded; None where there is none."""
    found = words.passage(passage_id) if passage_id else None
    if found is None:
        return None
    named = tag("p", "Source: ", tag("cite", words.sources(found)), cls="sp-source")
    return parts.fold(f"Why: {found.title}", prose(found.text), named, cls="sp-passage")


def better(text: str, title: str = "You could have said") -> Html | None:
    """Return a better line; None where none is needed."""
    return tag("div", tag("p", title, cls="sp-sub"), tag("blockquote", lines(text)), cls="sp-better") if text else None


def _reasons(judged: Verdict) -> list[Html | None]:
    why = judged.why[:1].upper() + judged.why[1:]
    return [
        tag("p", judged.fix, cls="sp-fix-full") if judged.fix else None,
        better(judged.rewrite),
        _atoms("What worked", judged.techniques, "sp-good"),
        _atoms("What cost you", judged.missteps, "sp-bad"),
        _called_for(judged),
        tag("p", f"{why}. " if judged.grade is not None else f"Not graded: {judged.why}. ",
            tag("span", f"Judged by {words.judge(judged.by)}.", cls="sp-quiet"), cls="sp-by"),
    ]  # fmt: skip


def _atoms(title: str, atoms: Sequence[Observed], cls: str) -> Html | None:
    if not atoms:
        return None
    return tag("div", tag("p", title, cls="sp-sub"), *(_atom(atom) for atom in atoms), cls=f"sp-atoms {cls}")


def _atom(atom: Observed) -> Html:
    return tag(
        "div",
        tag("p", tag("b", words.technique(atom.id))),
        tag("q", atom.quote),
        tag("p", words.meaning(atom.id), cls="sp-meaning"),
        source(atom.passage),
        cls="sp-atom",
    )


def _called_for(judged: Verdict) -> Html | None:
    if not judged.called_for:
        return None
    shown = {atom.id for atom in judged.techniques}
    entries = (
        tag("li", words.technique(one), tag("span", " shown" if one in shown else " missing", cls="sp-quiet"))
        for one in judged.called_for
    )
    return tag("div", tag("p", "What the moment called for", cls="sp-sub"), tag("ul", *entries, cls="sp-called"))
