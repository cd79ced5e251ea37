"""What a trainee is told of a turn in which a model did not do its part.

Verdicts and lines keep the reason in their `by`, in brackets after who stood in: ``built-in (model failed: it refused
the key)``. So the note is the same while a turn is played, after a reload, and in another process. What was wrong with
a judge's answer stays there: it is for whoever looks after the installation, and says nothing to the trainee.
"""

from graph.errors import ModelError

_FAILED, _UNASKED, _UNUSED = "model failed", "model not asked", "model's answer not used"


def instead(by: str, error: ModelError | None = None) -> str:
    """Return who spoke or judged in the place of a model that failed, and why."""
    return f"{by} ({_FAILED}: {error.brief})" if error else f"{by} ({_FAILED})"


def unasked(by: str, why: str) -> str:
    """Return who judged where the model could not have."""
    return f"{by} ({_UNASKED}: {why})"


def unused(by: str, why: str) -> str:
    """Return who judged in the place of a model whose answer could not be used, and what was wrong with it."""
    return f"{by} ({_UNUSED}: {why})"


def unusable(by: str) -> str:
    """Return who spoke in the place of a model whose replies could not be shown."""
    return f"{by} (no reply could be shown)"


def on_verdict(by: str) -> str:
    """Return what to say of a verdict the model did not give; empty where it did, or where none was asked."""
    _, bracket, told = by.partition(" (")
    if not bracket:
        return ""
    what, _, why = told.removesuffix(")").partition(": ")
    happened = {
        _FAILED: f"The judge gave no answer ({why})",
        _UNASKED: "There was nothing in this message for the judge to read",
    }.get(what, "The judge's answer could not be used")
    return f"{happened}, so the built-in evaluator graded this turn."


def on_reply(by: str) -> str:
    """Return what to say of a reply that is not the model's, or not to its end; empty where it is."""
    if " (" in by:
        why = "the model did not answer" if f"({_FAILED}" in by else "the model gave no reply that could be shown"
        return f"These are the card's own words: {why}."
    return "The model broke off: the end of this message is the card's own." if ", " in by else ""
