"""The mood has bounds and inertia, whatever is said."""

from hypothesis import given
from hypothesis import strategies as st

from graph import mood as moods
from graph.types import Mood
from knowledge.taxonomy import MISSTEPS, TECHNIQUES
from personas.card import Temper

LEVELS = st.floats(0, 5).map(lambda x: round(x, 2))
WEIGHTS = st.floats(0, 3)
MOODS = st.builds(Mood, anger=LEVELS, trust=LEVELS, patience=LEVELS)
TEMPERS = st.builds(
    Temper,
    anger=LEVELS,
    trust=LEVELS,
    patience=LEVELS,
    calms=st.dictionaries(st.sampled_from(sorted(TECHNIQUES)), WEIGHTS, max_size=6),
    angers=st.dictionaries(st.sampled_from(sorted(MISSTEPS)), WEIGHTS, max_size=6),
)
SHOWN = st.sets(st.sampled_from(sorted(TECHNIQUES)), max_size=8)
WRONG = st.sets(st.sampled_from(sorted(MISSTEPS)), max_size=5)
BEFORE = st.integers(0, 40)


@given(MOODS, TEMPERS, SHOWN, WRONG, SHOWN, BEFORE, st.booleans())
def test_mood_stays_within_its_bounds(
    mood: Mood, temper: Temper, shown: set[str], wrong: set[str], recent: set[str], before: int, met: bool
) -> None:
    """0 to 5 each, after any turn; Mood itself refuses anything else."""
    after = moods.step(mood, temper, shown, wrong, recent=sorted(recent), before=before, met_before=met)
    assert all(0 <= level <= 5 for level in (after.anger, after.trust, after.patience))


@given(MOODS, TEMPERS, SHOWN, WRONG, st.sampled_from(sorted(MISSTEPS)), BEFORE, st.booleans())
def test_a_further_misstep_never_helps(
    mood: Mood, temper: Temper, shown: set[str], wrong: set[str], more: str, before: int, met: bool
) -> None:
    """It never lowers anger and never raises trust or patience."""
    without = moods.step(mood, temper, shown, wrong, before=before, met_before=met)
    with_it = moods.step(mood, temper, shown, wrong | {more}, before=before, met_before=met)
    assert with_it.anger >= without.anger
    assert with_it.trust <= without.trust
    assert with_it.patience <= without.patience


@given(MOODS, TEMPERS, SHOWN, WRONG.filter(bool), BEFORE)
def test_missteps_weigh_no_less_after_earlier_ones(
    mood: Mood, temper: Temper, shown: set[str], wrong: set[str], before: int
) -> None:
    """The fifth insult angers at least as much as the first."""
    first = moods.step(mood, temper, shown, wrong)
    later = moods.step(mood, temper, shown, wrong, before=before)
    assert later.anger >= first.anger
    assert later.trust <= first.trust


@given(TEMPERS, st.lists(SHOWN, min_size=1, max_size=12))
def test_words_alone_never_take_anger_below_its_floor(temper: Temper, turns: list[set[str]]) -> None:
    """However many kind turns there are, until a demand is met."""
    mood = moods.start(temper)
    for shown in turns:
        mood = moods.step(mood, temper, shown, ())
    assert mood.anger >= round(temper.anger * moods.ANGER_FLOOR, 2) - 0.005


@given(TEMPERS, st.lists(SHOWN, min_size=1, max_size=12))
def test_words_alone_never_lift_trust_above_its_ceiling(temper: Temper, turns: list[set[str]]) -> None:
    """A customer who came with more keeps it."""
    mood = moods.start(temper)
    for shown in turns:
        mood = moods.step(mood, temper, shown, ())
    assert mood.trust <= max(moods.TRUST_CEILING, round(temper.trust, 2))


@given(MOODS, MOODS)
def test_one_turn_never_improves_more_than_most_relief(before: Mood, after: Mood) -> None:
    """Nobody calms down at once, whatever a turn settled."""
    held = moods.eased(before, after)
    assert before.anger - held.anger <= moods.MOST_RELIEF + 0.005
    assert held.trust - before.trust <= moods.MOST_RELIEF + 0.005
    assert held.patience - before.patience <= moods.MOST_RELIEF + 0.005


@given(MOODS, MOODS)
def test_easing_leaves_what_got_worse(before: Mood, after: Mood) -> None:
    """Only improvement is held back."""
    held = moods.eased(before, after)
    assert held.anger == max(after.anger, held.anger)
    assert held.trust <= after.trust
    assert held.patience <= after.patience


@given(MOODS, TEMPERS, SHOWN)
def test_a_technique_used_again_at_once_does_no_more_than_the_first_time(
    mood: Mood, temper: Temper, shown: set[str]
) -> None:
    """Reciting the same phrase is worth less."""
    fresh = moods.step(mood, temper, shown, ())
    stale = moods.step(mood, temper, shown, (), recent=sorted(shown))
    assert stale.anger >= fresh.anger
    assert stale.trust <= fresh.trust


@given(MOODS, TEMPERS)
def test_a_turn_without_anything_costs_patience(mood: Mood, temper: Temper) -> None:
    """Silence and filler run the clock down."""
    after = moods.step(mood, temper, (), ())
    assert after.patience < mood.patience or after.patience == 0


@given(MOODS, st.integers(0, 6))
def test_settling_something_never_makes_the_mood_worse(mood: Mood, demands: int) -> None:
    """Nor does being asked and telling."""
    for after in (moods.settled(mood, demands), moods.confided(mood)):
        assert after.anger <= mood.anger
        assert after.trust >= mood.trust
        assert after.patience >= mood.patience


def test_every_misstep_has_a_severity() -> None:
    """A new id of the taxonomy must be weighed."""
    assert set(moods.SEVERITY) == set(MISSTEPS)
    assert set(moods.FEELING) | set(moods.SUBSTANCE) == set(TECHNIQUES)
