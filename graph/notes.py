"""What a trainee is told of a turn in which a model did not do its part.

Verdicts and lines keep the reason in their `by`, in brackets after who stood in: ``built-in (model failed: it refused
the key)``. So the note is the same while a turn is played, after a reload, and in another process.
"""

from graph.errors import ModelError


def instead(by: str, error: ModelError | None = None) -> str:
    """Return who spoke or judged in the place of a model, and why."""
    return f"{by} (model failed: {error.brief})" if error else f"{by} (model failed)"


def unusable(by: str) -> str:
    """Return who spoke in the place of a model whose replies could not be shown."""
    return f"{by} (no reply could be shown)"


def on_verdict(by: str) -> str:
    """Return what to say of a verdict the model did not give; empty where it did, or where none was asked."""
    _, bracket, told = by.partition(" (")
    if not bracket:
        return ""
    _, _, why = told.removesuffix(")").partition(": ")
    why = why.partition(". ")[0].rstrip(".")  # what to do about it is for whoever runs the installation
    return f"The built-in evaluator graded this turn: the model gave no usable verdict{why and f' ({why})'}."


def on_reply(by: str) -> str:
    """Return what to say of a reply that is not the model's, or not to its end; empty where it is."""
    if " (" in by:
        why = "the model did not answer" if "(model failed" in by else "the model gave no reply that could be shown"
        return f"These are the card's own words: {why}."
    return "The model broke off: the end of this message is the card's own." if ", " in by else ""
