"""A turn as it happens: the customer writes, the verdict comes in, the mood moves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from graph.calls import Bill
from graph.errors import Busy, Refused
from graph.types import Mood, Verdict
from personas.card import Card
from ui import bubbles, parts, turns, usage, words
from ui.markup import show
from ui.verdict import verdict

if TYPE_CHECKING:
    from graph.session import Event, Session

Choice = Literal["", "again", "card"]
"""How a turn that waits goes on: its model is asked again, or the card answers."""


@dataclass(slots=True)
class Memory:
    """What a tab remembers of a session between two drawings of its page."""

    drawn: int
    """Turns on the page when it was last drawn: what is written there is meant to follow these."""
    new: bool = True
    """Whether the page was not drawn yet."""
    notice: str = ""
    """What to say above the box at the next drawing."""
    draft: str = ""
    """Text that goes back into the box at the next drawing."""
    waiting: bool = False
    """Whether another window is in the middle of a turn: the page waits to be told to look again."""
    typing: bool = False
    """Whether the last reply is to be written out again, because the page is drawn anew right after it came."""
    stay: bool = False
    """Whether the conversation is still shown though it has ended."""
    pauses: int = 0
    """How often the turn in progress was seen to stop because the customer's model failed."""
    choice: Choice = ""
    """What was chosen for a turn that waits; acted on at the next drawing."""

    def choose(self, choice: Choice) -> None:
        """Decide how a turn that waits goes on."""
        self.choice = choice

    def chosen(self) -> Choice:
        """Return what was chosen, once."""
        choice, self.choice = self.choice, ""
        return choice

    def refuse(self, typed: str, why: str, *, waiting: bool = False) -> None:
        """Give back what was typed, and say why at the next drawing."""
        self.draft, self.notice, self.waiting = typed, why, waiting


def memory(session_id: str, drawn: int) -> Memory:
    """Return this tab's memory of a session; ``drawn`` turns for a new one."""
    key = f"memory {session_id}"
    if key not in st.session_state:
        st.session_state[key] = Memory(drawn)
    return remembered(session_id)


def remembered(session_id: str) -> Memory:
    """Return this tab's memory of a session, or that of one it does not know, which is not kept."""
    kept: Memory = st.session_state.get(f"memory {session_id}", Memory(0))
    return kept


class Live:
    """Draws one turn while it happens."""

    def __init__(
        self, session: "Session", card: Card, run: turns.Run, gauge: DeltaGenerator | None, kept: Memory
    ) -> None:
        """Lay out the places of the message, its verdict, the reply and what stands under that."""
        self._session, self._card, self._run, self._gauge, self._kept = session, card, run, gauge, kept
        self._before = session.mood
        if run.said:
            show(bubbles.own(run.said))
        self._verdict, self._reply, self._foot = st.empty(), st.empty(), st.empty()
        if (judged := session.judged) is not None:
            self._verdict.html(verdict(judged))
        self._reply.html(bubbles.writing(card))
        self._pieces: list[str] = []
        self._text = self._note = ""
        self._paused = False

    def play(self, typed: str, late: str) -> str:
        """Follow the turn to its end; return what is to be read out.

        Args:
            typed: what this turn was begun with, given back where it is refused; empty where the tab only looks on.
            late: what was sent while this turn was already going on, given back in any case.
        """
        try:
            for event in self._run.follow():
                self._take(event)
        except Refused as error:
            self._kept.refuse(typed or late, str(error), waiting=isinstance(error, Busy))
            st.rerun()
        name = words.first(self._card.name)
        if late and not self._paused:
            self._kept.refuse(late, f"{name} was still writing. Read the answer, then send yours: it is in the box.")
        elif late:
            self._kept.refuse(late, f"{name} has not answered your last message yet. The new one is in the box.")
        if late or self._paused or self._kept.stay:
            self._kept.typing = not self._paused
            st.rerun()
        return self._text

    def _take(self, event: "Event") -> None:
        plain = {key: value for key, value in event.items() if key != "type"}
        match event["type"]:
            case "words":
                self._pieces.append(event["text"])
                if len(self._pieces) > 1:
                    self._reply.html(bubbles.coming(self._card, "".join(self._pieces)))
            case "customer":
                self._reply.html(bubbles.theirs(self._card, event["text"], typed=len(self._pieces) <= 1))
                self._text = bubbles.spoken(self._card, event["text"])
                self._kept.pauses = 0
                self._pieces.clear()
            case "verdict":
                self._verdict.html(verdict(Verdict.model_validate(plain)))
            case "note" if event["about"] == "reply":
                self._note = event["text"]
                self._foot.html(usage.foot(self._note, None))
            case "calls":
                del plain["turn"]
                self._foot.html(usage.foot(self._note, Bill.model_validate(plain)))
            case "paused":
                self._kept.pauses += 1
                self._paused = True
            case "mood" if self._gauge is not None:
                self._gauge.html(parts.gauge(Mood.model_validate(plain), self._before))
            case "ended":
                self._kept.stay = True
