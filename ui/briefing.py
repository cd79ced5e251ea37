"""What the trainee knows: as a page before the conversation, and at hand during it."""

import streamlit as st

from graph.errors import NoSuchCard
from personas.card import Card, TraineeSide
from ui import look, parts, place, shelf, waiting, words
from ui.markup import Html, join, label, show, tag


def page(at: place.Place) -> None:
    """Draw the briefing on the card the address names, with the way into the conversation."""
    card = next((card for card in shelf.cards()[0] if card.id == at.card), None)
    if card is None:
        raise NoSuchCard("The address names a customer who does not exist, or whose card has mistakes. Choose another.")
    look.page("narrow", f"{card.name}, briefing")
    if parts.home_button():
        place.go()
    show(parts.who(card), tag("p", card.happened, cls="sp-lead"), parts.difficulty(card.difficulty))
    _begin(card, at, "top")
    side = card.trainee
    parts.section("You", tag("p", side.role), tag("p", side.briefing))
    parts.section("Your goals", tag("ol", *(tag("li", goal) for goal in side.goals)))
    parts.section("Customer record", record(side))
    parts.section("What you may do", may(side))
    if side.policies:
        parts.section("Policies", policies(side))
    _begin(card, at, "bottom")
    look.aide(f"briefing {card.id}")


def _begin(card: Card, at: place.Place, where: str) -> None:
    name = words.first(card.name)
    with st.container(key=f"begin-{where}"):
        if st.button(label(f"Start the conversation with {name}"), type="primary", key=f"start-{where}"):
            place.go(session=waiting.ring().open(card.id, at.name).id)


def at_hand(card: Card) -> Html:
    """Return the briefing in short folds, for beside the conversation."""
    side = card.trainee
    return join(
        tag("p", side.role, cls="sp-role"),
        parts.fold("Customer record", record(side), opened=True),
        parts.fold("What you may do", may(side), opened=True),
        parts.fold("Situation", tag("p", side.briefing)),
        parts.fold("Your goals", tag("ol", *(tag("li", goal) for goal in side.goals))),
        parts.fold("Policies", policies(side)) if side.policies else None,
    )


def record(side: TraineeSide) -> Html:
    """Return the customer record."""
    details = (join(tag("dt", line.label), tag("dd", line.value)) for line in side.record.details)
    history = (join(tag("dt", event.when), tag("dd", event.what)) for event in side.record.history)
    return join(
        tag("dl", *details),
        join(tag("h3", "History"), tag("dl", *history, cls="sp-history")) if side.record.history else None,
        join(tag("h3", "Preferences"), parts.bullets(side.record.preferences)) if side.record.preferences else None,
    )


def may(side: TraineeSide) -> Html:
    """Return what the trainee may offer and may not."""
    return join(
        tag("h3", "You may"), parts.bullets(side.may, "sp-may"),
        tag("h3", "You may not"), parts.bullets(side.may_not, "sp-may-not"),
    )  # fmt: skip


def policies(side: TraineeSide) -> Html:
    """Return the company's rules with their reasons."""
    rules = (join(tag("dt", policy.rule), tag("dd", policy.why)) for policy in side.policies)
    return tag("dl", *rules, cls="sp-policies")
