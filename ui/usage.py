"""What asking models took: folded under a turn, and for the whole session at its end."""

from graph.calls import Bill
from ui import parts, words
from ui.markup import Html, join, tag


def foot(note: str, bill: Bill | None) -> Html:
    """Return what stands under a reply: a remark on who spoke, and folded what its turn took; often nothing."""
    fold = parts.fold(words.count(bill.calls, "model call"), rows(bill), cls="sp-usage") if bill else None
    return tag("div", parts.note(note), fold, cls="sp-foot") if note or fold else Html()


def rows(bill: Bill, *, session: bool = False) -> Html:
    """Return what the calls of a turn, or of a whole session, took as a list of names and values."""
    return tag("dl", *(join(tag("dt", name), tag("dd", value)) for name, value in words.took(bill, session=session)))
