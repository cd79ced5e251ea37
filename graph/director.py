"""Decides what the customer does next. Pure: the same card, scene and turn give the same direction.

The director owns concessions and endings. Nothing is accepted below the trust the card asks for, and no
misstep goes unanswered. What the customer does is a short list of steps: at most one reaction, then what
they have to say.
"""

from dataclasses import dataclass, replace

from graph import mood as moods
from graph.hearing import Found, Heard
from graph.types import HOT, Direction, Mood, Scene, Step
from knowledge.reader.tampering import cleared
from knowledge.reading import Reading
from knowledge.taxonomy import HARMFUL
from knowledge.text import excerpt
from personas.card import Card, Demand, Ending

SERIOUS = HARMFUL | {"argue", "dismiss", "policy_wall", "excuse", "pass_the_buck"}
"""Missteps that are thrown back, and with which nothing is conceded."""
COLD = frozenset({"empty_script", "rush_to_fix"})
CONFUSING = frozenset({"jargon", "option_dump"})
WARM = frozenset({"acknowledge_feeling", "apologise", "paraphrase", "invite_to_vent", "use_history"})
ANSWERS_A_TEST = frozenset(
    {"offer_solution", "offer_alternative", "explain_next_steps", "bad_news", "narrow_choice", "explain_policy"}
)
CLOSES = frozenset({"check_satisfaction", "explain_next_steps", "thank"})

ACCEPTS_FROM = 2.0
"""Trust from which the customer accepts the whole."""
WARNS_AT = 1.0
"""Patience at which the customer gives a last warning."""
TOO_ANGRY = 4.5
"""Anger from which no offer is accepted."""
MAX_TURNS = 40


@dataclass(frozen=True, slots=True)
class _Now:
    """One turn, and the session it falls into."""

    card: Card
    scene: Scene
    turn: str
    techniques: frozenset[str]
    missteps: dict[str, str]
    """Misstep id to its quote."""
    heard: Heard
    mood: Mood
    """After hearing the turn, before what it settles."""

    @property
    def serious(self) -> bool:
        return bool(self.missteps.keys() & SERIOUS)

    @property
    def astray(self) -> bool:
        """Whether the turn speaks to a grader or a model, and not to the customer at all."""
        left = cleared(self.turn)
        return bool(left.cuts) and not left.words and self.heard == Heard()

    @property
    def open_demands(self) -> list[Demand]:
        return [d for d in self.card.demands if d.id not in self.scene.met]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a turn settled."""

    met: tuple[str, ...] = ()
    taken: Found | None = None
    tested: Found | None = None
    refused: Found | None = None
    told: str = ""
    answered: str = ""
    asked_before: bool = False


def begin(card: Card) -> Scene:
    """Return the scene before the first turn."""
    return Scene(mood=moods.start(card.temper))


def direct(card: Card, scene: Scene, turn: str, reading: Reading, heard: Heard) -> Direction:
    """Return what the customer does after ``turn``, and the scene that leaves."""
    now = _hear(card, scene, turn, reading, heard)
    outcome = _settle(now)
    mood = moods.settled(now.mood, len(outcome.met))
    if outcome.told:
        mood = moods.confided(mood)
    after = _remember(now, outcome, moods.eased(scene.mood, mood))
    if (ending := _breaks(now, after)) is not None:
        return Direction(steps=(Step(beat="end", about=ending),), scene=after, ending=ending, why=_WHY[ending])
    if scene.closing and not now.serious:
        return _close(now, after)
    if not now.serious and _satisfied(card, after):
        return _accept(now, after)
    if _at_the_limit(now, after):
        after = after.model_copy(update={"warned": True})
        return Direction(
            steps=(*_reaction(now, outcome), Step(beat="warn")), scene=after, why="patience is almost gone"
        )
    steps, why = _main(now, outcome, after)
    steps = (*_reaction(now, outcome), *steps)
    asked = (0 if outcome.met else after.asked_again) + any(step.beat == "demand" for step in steps)
    return Direction(steps=steps, scene=after.model_copy(update={"asked_again": asked, "closing": 0}), why=why)


_WHY = {
    "walks_out": "patience is gone, the customer leaves",
    "manager": "the customer goes to a manager",
    "public": "patience is gone at great anger, the customer takes it to the public",
    "partly": "patience is gone, the customer takes what was settled",
    "resolved": "everything asked for is settled",
}


def _hear(card: Card, scene: Scene, turn: str, reading: Reading, heard: Heard) -> _Now:
    techniques = frozenset(a.id for a in reading.techniques)
    missteps = {a.id: a.quote(turn) for a in reading.missteps}
    mood = moods.step(
        scene.mood, card.temper, techniques, missteps,
        recent=_recent(scene), before=scene.missteps, met_before=bool(scene.met),
    )  # fmt: skip
    return _Now(card, scene, turn, techniques, missteps, heard, mood)


def _recent(scene: Scene) -> tuple[str, ...]:
    return tuple(technique for turn in scene.recent for technique in turn)


def _remember(now: _Now, outcome: _Outcome, mood: Mood) -> Scene:
    scene = now.scene
    return scene.model_copy(
        update={
            "mood": mood,
            "turn": scene.turn + 1,
            "met": scene.met + outcome.met,
            "told": scene.told + ((outcome.told,) if outcome.told else ()),
            "answered": scene.answered + ((outcome.answered,) if outcome.answered else ()),
            "taken": scene.taken + ((outcome.taken.id,) if outcome.taken else ()),
            "refused": scene.refused + ((outcome.refused.id,) if outcome.refused else ()),
            "pending": outcome.tested.id if outcome.tested else "" if outcome.taken else scene.pending,
            "recent": (*scene.recent[-1:], tuple(sorted(now.techniques))),
            "missteps": scene.missteps + bool(now.missteps),
        }
    )


# What the turn settles


def _settle(now: _Now) -> _Outcome:
    if now.serious:
        return _Outcome()
    outcome = _consider_offers(now)
    outcome = replace(outcome, met=(*outcome.met, *_met_by_words(now, outcome)))
    closing = "check_satisfaction" in now.techniques and len(now.open_demands) > len(outcome.met)
    if outcome.tested or outcome.refused or closing:
        return outcome
    told, answered, before = _told(now)
    return replace(outcome, told=told, answered=answered, asked_before=before)


def _told(now: _Now) -> tuple[str, str, bool]:
    """Return the fact that comes out, else the answer given, and whether it was all said before."""
    scene, asked = now.scene, [f for f in now.heard.facts if f not in now.scene.told]
    by_technique = [
        f.id for f in now.card.facts if set(f.trigger.techniques) & now.techniques and f.id not in scene.told
    ]
    for fact_id in (*asked, *by_technique):
        trigger = now.card.fact(fact_id).trigger
        if now.mood.trust >= trigger.trust and set(trigger.after) <= set(scene.told):
            return fact_id, "", False
    fresh = [a for a in now.heard.answers if a not in scene.answered]
    if fresh:
        return "", fresh[0], False
    return "", "", bool(now.heard.answers) or (bool(now.heard.facts) and not asked)


def _consider_offers(now: _Now) -> _Outcome:
    """Take, test or refuse what is on the table; the best offer counts."""
    unmet = {d.id for d in now.open_demands}
    offers = [(found, now.card.offer(found.id)) for found in now.heard.offers]
    beyond = [found for found, offer in offers if not offer.within_authority]
    if beyond:
        return _Outcome(refused=beyond[0])
    fitting = [(found, offer) for found, offer in offers if set(offer.meets) & unmet]
    if not offers and now.scene.pending and now.techniques & ANSWERS_A_TEST and not now.missteps:
        offer = now.card.offer(now.scene.pending)
        fitting = [(Found(offer.id, now.turn), offer)] if set(offer.meets) & unmet else []
    for found, offer in fitting:
        ready = set(offer.after) <= set(now.scene.met)
        if ready and now.mood.trust >= offer.trust and now.mood.anger < TOO_ANGRY:
            met = tuple(d.id for d in now.open_demands if d.id in offer.meets)
            return _Outcome(taken=found, met=met)
    if fitting:
        return _Outcome(tested=fitting[0][0])
    unwanted = [found for found, offer in offers if offer.refuses]
    if unwanted and not any(offer.id in now.scene.taken for _, offer in offers):
        return _Outcome(refused=unwanted[0])
    return _Outcome()


def _met_by_words(now: _Now, outcome: _Outcome) -> tuple[str, ...]:
    """Return demands met by what was said, or by a technique: the current one only, once it was voiced.

    The first demand needs no voicing: the customer's opening words are about it.
    """
    if now.missteps:
        return ()
    trusted = [d for d in now.open_demands if d.id not in outcome.met and now.mood.trust >= d.trust]
    current = next((d.id for d in now.open_demands), None)
    voiced = bool(now.scene.asked_again) or current == now.card.demands[0].id
    shown = [d.id for d in trusted if d.id == current and voiced and now.techniques & set(d.met_by_techniques)]
    return tuple(d.id for d in trusted if d.id in now.heard.demands or d.id in shown)


# Endings


def _breaks(now: _Now, after: Scene) -> Ending | None:
    if "escalate" in now.techniques and now.scene.warned:
        return "manager"
    if after.mood.patience > 0 and after.turn < MAX_TURNS:
        return None
    if len(after.met) * 2 >= len(now.card.demands) and after.mood.anger < HOT:
        return "partly"
    reached = [b for b in now.card.breaks if after.mood.anger >= b.anger]
    return max(reached, key=lambda b: b.anger).how


def _satisfied(card: Card, after: Scene) -> bool:
    calm = after.mood.trust >= ACCEPTS_FROM and after.mood.anger < HOT
    return calm and len(after.met) == len(card.demands)


def _accept(now: _Now, after: Scene) -> Direction:
    if "check_satisfaction" in now.techniques:
        return _resolved(after)
    after = after.model_copy(update={"closing": 1})
    return Direction(steps=(Step(beat="accept"),), scene=after, why="everything asked for is settled, and trusted")


def _close(now: _Now, after: Scene) -> Direction:
    if now.techniques & CLOSES or after.closing > 1:
        return _resolved(after)
    after = after.model_copy(update={"closing": after.closing + 1})
    return Direction(steps=(Step(beat="wait"),), scene=after, why="accepted, and waits to hear what happens next")


def _resolved(after: Scene) -> Direction:
    return Direction(steps=(Step(beat="end", about="resolved"),), scene=after, ending="resolved", why=_WHY["resolved"])


def _at_the_limit(now: _Now, after: Scene) -> bool:
    gave_nothing = bool(now.missteps) or not now.techniques
    return after.mood.patience <= WARNS_AT and gave_nothing and not now.scene.warned


# What the customer says


def _reaction(now: _Now, outcome: _Outcome) -> tuple[Step, ...]:
    if now.astray and not now.serious:
        return (Step(beat="baffled", quote=excerpt(now.turn)),)
    for kinds, beat in ((SERIOUS, "retort"), (CONFUSING, "baffled"), (COLD, "unmoved")):
        for misstep, quote in now.missteps.items():
            if misstep in kinds:
                return (Step(beat=beat, about=misstep, quote=excerpt(quote)),)
    if "overpromise" in now.missteps and not outcome.refused:
        return (Step(beat="doubt", about="overpromise", quote=excerpt(now.missteps["overpromise"])),)
    if outcome.taken or outcome.tested or outcome.refused:
        return ()
    if outcome.met:
        return (Step(beat="take"),)
    fresh = now.techniques & WARM - set(_recent(now.scene))
    return (Step(beat="soften"),) if fresh else ()


def _main(now: _Now, outcome: _Outcome, after: Scene) -> tuple[tuple[Step, ...], str]:
    """Return what the customer has to say, first fit first, and why."""
    said = _told_steps(outcome)
    if outcome.taken:
        return (
            Step(beat="accepts", about=outcome.taken.id),
            *(said or _next(now, after)),
        ), "takes the offer, trusts enough"
    if outcome.tested:
        return (Step(beat="tests", about=outcome.tested.id),), "the offer fits, trust is not there yet"
    if outcome.refused:
        return (_refusal(now, outcome.refused),), "the offer is not what is wanted, or not theirs to make"
    if said:
        return said, "was asked, and trusts enough to tell" if outcome.told else "was asked"
    if outcome.met:
        return _next(now, after), "that is settled, the next thing follows"
    if outcome.asked_before:
        return (Step(beat="told"),), "was asked what was said before"
    if "invite_to_vent" in now.techniques:
        return (Step(beat="vent"),), "was invited to tell it"
    if "check_satisfaction" in now.techniques and len(after.met) < len(now.card.demands):
        return _next(now, after), "was asked whether it is settled, and it is not"
    if now.heard.asks and "clarifying_question" in now.techniques:
        return (Step(beat="dodge"),), "was asked something there is no answer to"
    return _habit(now, after)


def _told_steps(outcome: _Outcome) -> tuple[Step, ...]:
    if outcome.told:
        return (Step(beat="reveal", about=outcome.told),)
    return (Step(beat="answer", about=outcome.answered),) if outcome.answered else ()


def _refusal(now: _Now, refused: Found) -> Step:
    again = refused.id in now.scene.refused
    return Step(beat="refuse") if again else Step(beat="refuses", about=refused.id, quote=excerpt(refused.quote))


def _next(now: _Now, after: Scene) -> tuple[Step, ...]:
    """Voice the next open demand; where all are met, wait for what happens now."""
    left = [d.id for d in now.card.demands if d.id not in after.met]
    return (Step(beat="demand", about=left[0]),) if left else (Step(beat="wait"),)


def _habit(now: _Now, after: Scene) -> tuple[tuple[Step, ...], str]:
    """Voice the current demand, then fall back on habits between asking again."""
    habits = now.card.habits
    left = [d.id for d in now.card.demands if d.id not in after.met]
    if left and after.turn % (len(habits) + 1) != 0 and not now.serious:
        return (Step(beat="demand", about=left[0]),), "still wants an answer to this"
    return (Step(beat=habits[after.turn % len(habits)]),), "was given nothing to answer"
