"""Guards of the beat: the director decides what is conceded and when it ends; a reply must not get ahead of it."""

import re

from graph.guards.stage import Finding, Kind, Stage, own_words, pattern, spans, straight

TAKES = frozenset({"take", "accepts", "accept", "wait", "end:resolved", "end:partly"})
"""Beats in which something is settled: thanks and yes are in place."""
THANKS = TAKES | {"soften", "reveal", "end:walks_out", "end:manager", "end:public"}
ENDS = frozenset({"warn", "end:resolved", "end:partly", "end:walks_out", "end:manager", "end:public"})

_UNDOES = re.compile(
    r"\b(?:not|never|nobody|no one|nothing|hardly|scarcely|unless|until|till|whether|before|when|once|nearly|almost|"
    r"supposed to|call that|as if|as though|would have|could have|instead of|rather than|wish|wait|except|had|used to|"
    r"can't|cannot|don't|doesn't|didn't|won't|wouldn't|isn't|aren't|wasn't|couldn't|shouldn't|haven't|hasn't|hadn't|"
    r"want to|like to|love to|say|said|says|tell|told|you (?:say|think|want|expect)|why|how|what)\b[^.;!?]*$"
    r"|\bif\b[^,.;!?]*$",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"^[^.!?]{0,50}\b(?:if (?!you)|unless)\b|^[^.!?]{0,12}\b(?:for nothing|until|till|but|except|only|when you|"
    r"once you|is what|was what|isn't|is not|were i|would it|is it|am i|you (?:say|said))\b",
    re.IGNORECASE,
)
"""What follows a yes and takes it back."""

_UNDOES_LEAVING = re.compile(
    r"\b(?:not|never|thought of|thinking of|until|till|nearly|before|why would|could|half a mind)\b[^.;!?]*$"
    r"|n't\b[^,.;!?]*$|\bif\b[^,.;!?]*$",
    re.IGNORECASE,
)
_TURNS_LEAVING = re.compile(
    r"^[^.!?]{0,12}\b(?:is what|was what|only|till|until|he said|she said|waiting)\b", re.IGNORECASE
)


def concedes(text: str, stage: Stage) -> Finding | None:
    """Find a yes, a thank-you or a reconciliation that this turn does not have."""
    beats = stage.beats
    own = straight(own_words(text, stage.said))
    if not beats & TAKES and (found := _meant("concedes", "gives in", pattern("concedes"), own, _UNDOES, _TURNS)):
        return found
    if not beats & THANKS:
        return _meant("concedes", "thanks", pattern("thanks"), own, _UNDOES, _TURNS)
    return None


def leaves(text: str, stage: Stage) -> Finding | None:
    """Find a farewell or a threat where the director has neither warning nor ending."""
    if stage.beats & ENDS:
        return None
    own = straight(own_words(text, stage.said))
    return _meant("leaves", "leaves or threatens", pattern("leaves"), own, _UNDOES_LEAVING, _TURNS_LEAVING)


def _meant(
    kind: Kind, why: str, sought: re.Pattern[str], text: str, undoes: re.Pattern[str], turns: re.Pattern[str]
) -> Finding | None:
    """Return the first place of ``sought`` that is said and meant: not asked, denied, conditional or taken back."""
    for start, end in spans(text):
        sentence = text[start:end]
        if sentence.rstrip("\"' ").endswith("?"):
            continue
        for hit in sought.finditer(sentence):
            if not undoes.search(sentence[: hit.start()]) and not turns.search(sentence[hit.end() :]):
                return Finding(kind, f"{why}: {hit[0]!r}", (start + hit.start(), start + hit.end()))
    return None
