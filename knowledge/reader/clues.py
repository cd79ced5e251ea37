"""Facts a small encoder finds hard to count: shared words with what was said and known, and the state of the talk.

The calibration gives each fact a small weight for each label. The length of a turn is no clue.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.reader.moment import moments
from knowledge.reader.rules import matches
from knowledge.reader.text import strong_feeling, words
from knowledge.reading import Brief, Said

Floats = NDArray[np.float32]

TURN_CLUES = (
    "shares_last",
    "shares_earlier",
    "shares_situation",
    "shares_may",
    "shares_may_not",
    "shares_own",
    "answered_before",
    "strong_feeling",
    "asks",
)
"""Names of what `turn_clues` returns, in order."""

_DONE_BEFORE = ("apologise", "acknowledge_feeling", "offer_solution", "explain_next_steps")
_DONE_LAST = ("clarifying_question", "seek_acceptance")
_STATE = (
    "answered",
    "turns",
    "asks",
    "length",
    "shouts",
    "has_brief",
    "wants_may",
    "wants_may_not",
    "echoes",
)
_MOST_SHARED, _MOST_WANTED, _MOST_TURNS, _MOST_WORDS = 4, 2, 6, 60
_STEM = 6

_COMMON_WORDS = """
the and but for with from are was were been you your yours our its this that these those she they them his her their
not does did have has had will would can could should shall may might just what when where which who how than then
there here now out about into over after before again more one two get got going let's i'll i've you're you've it's
that's don't didn't can't won't we've we'll i'd you'd
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def moment_names() -> tuple[str, ...]:
    """Return the names of what `moment_clues` returns, in order."""
    kinds = tuple(f"says_{number}" for number in range(len(moments())))
    return (*kinds, *(f"did_{id}" for id in _DONE_BEFORE), *(f"just_did_{id}" for id in _DONE_LAST), *_STATE)


def turn_clues(turn: str, context: Sequence[Said], brief: Brief) -> Floats:
    """Return how much ``turn`` shares with what was said and known, as small numbers."""
    said = _stems([turn])
    last = _stems(message.text for message in context[-1:])
    earlier = _stems(message.text for message in context[:-1])
    own = _stems(message.text for message in context if message.role == "trainee")
    known = _stems([brief.situation])
    shared = [
        said & last,
        (said & earlier) - last,
        (said & known) - last - earlier,
        (said & _stems(brief.agent_may)) - last,
        (said & _stems(brief.agent_may_not)) - last,
        said & own,
    ]
    upset = bool(context) and strong_feeling(context[-1].text)
    numbers = [min(_MOST_SHARED, len(words_)) / 2 for words_ in shared]
    return np.array([*numbers, len(context) > 1, upset, "?" in turn], dtype=np.float32)


def moment_clues(context: Sequence[Said], brief: Brief) -> Floats:
    """Return what the last customer message is like and what the trainee has done so far."""
    last = next((message.text for message in reversed(context) if message.role == "customer"), "")
    own = [message.text for message in context if message.role == "trainee"]
    did = {id for text in own for id in matches(text)}
    just_did = set(matches(own[-1])) if own else set()
    topic = _stems([last])
    state = [
        bool(own),
        min(len(own), _MOST_TURNS) / 3,
        "?" in last,
        min(len(words(last)), _MOST_WORDS) / 20,
        "!" in last,
        bool(brief.agent_may),
        min(_MOST_WANTED, len(topic & _stems(brief.agent_may))),
        min(_MOST_WANTED, len(topic & _stems(brief.agent_may_not))),
        min(_MOST_WANTED, len(topic & _stems(own))),
    ]
    says = [bool(moment.says.search(last)) for moment in moments()]
    done = [*(id in did for id in _DONE_BEFORE), *(id in just_did for id in _DONE_LAST)]
    return np.array([*says, *done, *state], dtype=np.float32)


def _stems(texts: Iterable[str]) -> frozenset[str]:
    """Return the beginnings of the words that carry content."""
    return frozenset().union(*map(_stems_of, texts))


@lru_cache(maxsize=1024)
def _stems_of(text: str) -> frozenset[str]:
    """Return the stems of one text; kept, since a turn is held against the same texts as the one before it."""
    return frozenset(word[:_STEM] for word in words(text) if word not in _COMMON and (len(word) > 2 or word.isdigit()))
