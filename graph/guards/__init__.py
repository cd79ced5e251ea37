"""Guards between a model and the trainee: each looks at a reply and finds one kind of thing that must not be shown.

Pure functions of the reply and of what it is spoken into. They are written to be right rather than to catch all:
a good reply thrown away costs a second call, and the rates of both are measured (``test_guards.py -s``).
"""

from graph.guards.beats import concedes, leaves
from graph.guards.language import other_language
from graph.guards.leaks import leak, leaks
from graph.guards.roles import mentions_machine, narrates, offers_help, speaks_as_agent
from graph.guards.shape import echoes, goes_on_too_long, marks_up, repeats_itself, says_nothing
from graph.guards.stage import Finding, Guard, Kind, Stage

__all__ = ["GUARDS", "Finding", "Guard", "Kind", "Stage", "check", "leak"]

GUARDS: dict[Kind, Guard] = {
    "empty": says_nothing,
    "markup": marks_up,
    "echoes": echoes,
    "machine": mentions_machine,
    "narrates": narrates,
    "helps": offers_help,
    "agent": speaks_as_agent,
    "language": other_language,
    "leaves": leaves,
    "concedes": concedes,
    "repeats": repeats_itself,
    "long": goes_on_too_long,
    "leaks": leaks,
}
"""In the order in which they look: the cheap ones first."""


def check(text: str, stage: Stage) -> Finding | None:
    """Return what the first guard finds in ``text``, None where every guard lets it pass."""
    return next((found for guard in GUARDS.values() if (found := guard(text, stage)) is not None), None)
