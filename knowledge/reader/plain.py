"""The plain reader: rules alone, no model. It is the baseline that the trained reader is measured against."""

from collections.abc import Container, Sequence

from knowledge.reader.moment import called_for
from knowledge.reader.rules import matches
from knowledge.reader.text import Span, repeated, strong_feeling
from knowledge.reading import Atom, Brief, Reading, Said
from knowledge.taxonomy import MISSTEPS, TECHNIQUES

_CONFIDENCE = 0.6
"""How often a rule is right, roughly; rules know no finer."""

_HEARD = (
    "acknowledge_feeling",
    "apologise",
    "paraphrase",
    "invite_to_vent",
    "set_boundary",
    "redirect_hot_button",
)


class PlainReader:
    """Reads a turn with regular expressions and a few facts of the conversation."""

    version = "plain-1"

    def prepare(self, context: Sequence[Said], brief: Brief) -> None:
        """Do nothing: rules are quick."""

    def read(self, turn: str, context: Sequence[Said], brief: Brief) -> Reading:
        """Read ``turn``, said after ``context`` (oldest first, may be empty) under ``brief``."""
        found = matches(turn)
        _weigh(found, turn, context)
        return Reading(
            techniques=_atoms(found, TECHNIQUES),
            missteps=_atoms(found, MISSTEPS),
            called_for=called_for(context),
        )


def _weigh(found: dict[str, Span], turn: str, context: Sequence[Said]) -> None:
    """Take back, or add, the atoms that the words alone do not decide."""
    last = context[-1].text if context else ""
    again = repeated(turn, context)
    if again:
        found.setdefault("empty_script", again)
    if "rush_to_fix" in found and (not strong_feeling(last) or any(id in found for id in _HEARD)):
        del found["rush_to_fix"]
    if "empty_script" in found and not again and any(id in found for id in ("offer_solution", "acknowledge_feeling")):
        del found["empty_script"]
    if "bad_news" in found:
        found.pop("excuse", None)
    if "explain_policy" in found:
        found.pop("policy_wall", None)


def _atoms(found: dict[str, Span], ids: Container[str]) -> tuple[Atom, ...]:
    """Return what was found of ``ids``, in the order of the text."""
    kept = sorted((span, id) for id, span in found.items() if id in ids)
    return tuple(Atom(id, start, end, _CONFIDENCE) for (start, end), id in kept)
