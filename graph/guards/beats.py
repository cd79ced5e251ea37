"""Guards of the beat: the director decides what is conceded and when it ends; a reply must not get ahead of it."""

import re

from graph.guards.stage import Finding, Kind, Stage, either, own_words, spans, straight

_TAKES = frozenset({"take", "accepts", "accept", "wait", "end:resolved", "end:partly"})
"""Beats in which something is settled: thanks and yes are in place."""
_THANKS = _TAKES | {"soften", "reveal", "end:walks_out", "end:manager", "end:public"}
_ENDS = frozenset({"warn", "end:resolved", "end:partly", "end:walks_out", "end:manager", "end:public"})

_YES = either(
    r"\bi(?:'ll| will| do| can|'m happy to|'d be happy to| hereby)? (?:gladly |happily |gratefully )?accept(?: (?:your|the|it|that|this|everything)\b|\.|,|$)",
    r"\b(?:apology|offer|proposal) accepted\b|\b(?:it's|that's|you've got yourself|you've got|we have|we've got) a deal\b|^\W*deal\b",
    r"\b(?:that|this|it)(?:'s| is| would be|'d be| sounds| seems| will be) (?:(?:just|really|absolutely|quite|perfectly|so|very) )?(?:perfect|acceptable|wonderful|great|excellent|lovely|brilliant|ideal|fantastic)(?: then| to me| for me| with me)?(?:[.,!]|$)|\b(?:that|this|it)(?:'s| is| sounds| would be) (?:fine (?:by|with|for) me|good to me|good enough for me)\b|\bperfectly acceptable\b",
    r"\b(?:that|this|it) (?:works|would work|will work|does it|suits me|will do|'ll do)(?: \w+)? for me\b|\bwill do me\b|\bthat suits me\b",
    r"\bthat(?:'ll| will) do (?:me|nicely|it|fine)\b",
    r"\b(?:that|this) (?:settles|solves|resolves|sorts|fixes|covers|clears) (?:it|that|this|everything|things|the matter)\b|\bthat settles\b|\b(?:problem|matter|case|issue|everything)(?:'s| is| has been)? (?:now |all )*(?:solved|settled|resolved|sorted|closed|fine|wonderful)\b",
    r"\bcall (?:it|this|that) settled\b|\bconsider (?:it|this|that|the (?:matter|case|complaint)) (?:settled|closed|resolved|done)\b|\bthat(?:'s| is) (?:all )?(?:settled|sorted|resolved)(?: then| now|\.|,|$)",
    r"\bi(?:'m| am)(?: now| completely| perfectly| quite| very| all)* (?:satisfied|content|happy (?:with|to go|to accept|now)|convinced|sorted|glad we|glad that we|calm now|glad to (?:buy|take|accept))\b",
    r"\b(?:i confirm|i promise)(?: that)? i(?:'m| am) (?:satisfied|happy)\b|\bcomplete(?:ly)? (?:satisf|trust)",
    r"\bthat(?:'s| is) me (?:sorted|done|happy)\b|\bi(?:'ve| have) nothing (?:else|more|left) to (?:ask|say|complain)\b|\bno (?:more )?(?:complaints?|further questions)\b(?: left)?",
    r"\byou(?:'ve| have) (?:convinced me|won me over|put my mind at (?:rest|ease)|been (?:\w+ )?(?:wonderful|great|brilliant|very helpful|so helpful|lovely))\b|\byou win\b",
    r"\byou(?:'re| are) (?:absolutely |quite |completely )*right,? (?:and )?(?:i|it's|that's)\b",
    r"\bi (?:completely |totally |fully )?(?:agree|consent)(?: (?:with (?:you|the|that|it|everything)|that|to (?:that|it|the))|[.,!]|$)|\bfair enough\b",
    r"\bi(?:'ll| will) (?:(?:take|go with|go for|settle for|buy|order) (?:it|that|the|your|two|both|one)|have (?:it|that|that one|both|two))\b(?! up with|(?: \w+)? kindly| badly| well| you| in| (?:to|from|you|away|as|that|upstairs|on (?!it)))",
    r"\bi(?:'ve| have)? (?:decided|choose|chose|happy|glad|content|willing|prepared)? ?to (?:settle for|go with|accept|take) (?:the|your|it|that)\b(?! kindly| badly| well)",
    r"\b(?:can|could) live with (?:that|it|the)\b|\bi(?:'d| would) be (?:very |so |most )*(?:grateful|happy with|glad of (?:that|it)|delighted)\b",
    r"\bgo ahead and\b|\bgo ahead with\b|\bplease (?:go ahead|do(?: that| so| it)?[.!,]|proceed|waive|book|process|arrange|send it|order it|put it through)",
    r"\b(?:book me (?:on|in|onto)|book it\b|put me (?:on it|down for)|put it through|send (?:it|them) (?:on|then)\b|send both|sign me up|order it for me|(?:^|[.!,] )(?:then |just |so )?do it\b(?: then| so)?[.!]|let's do (?:it|that)|let's go (?:with|for) )",
    r"\b(?:oh )?(?:brilliant|great|wonderful|perfect|excellent|fantastic|lovely),? (?:the \w+ it is|i'll|that|thank)\b|\bthe \w+(?: \w+){0,3} it is\b",
    r"\b(?:i withdraw|i'll withdraw|i will withdraw|i'd like to withdraw|i'm withdrawing|i drop|i'll drop) (?:my|the|this) complaint\b|\b(?:then )?close (?:it|the case|my case|the complaint)(?: then)?\b",
    r"\bi forgive you\b|\bno hard feelings\b|\bdon't (?:worry about it|apologi[sz]e|be sorry)\b|\bthese things happen\b|\bnever mind,? (?:it's|that's|then)\b|\bit(?:'s| is) (?:all |quite |perfectly )*(?:all right|alright|okay|ok|fine)(?: now)?(?:,|\.|!|$)",
    r"\bi(?:'m| am) (?:no longer|not) (?:angry|upset|cross|annoyed)(?: any ?more)?\b|\bi trust you\b|\byes to all\b|\bresolved\b[.!]?$",
    r"^\W*(?:ok|okay|all right|alright|very well|yes|fine|agreed|sure)\b[,.! ]+(?:then )?(?:i(?:'ll| will) (?:take|accept|have)|i accept|i agree|we have a deal|you win|that (?:works|settles)|that's (?:fine|settled|sorted)|do (?:it|that)|book|yes please)",
    r"\b(?:yes|oh),? please\b(?:[.!]|,? (?:do|book|go))|\bi was being (?:silly|unfair|unreasonable)\b",
    r"\bglad (?:that )?(?:we|you) (?:could|managed to|were able to|got) (?:\w+ )?(?:sort|resolve|settle|fix|that|this|it)",
)  # fmt: skip
_GRATITUDE = either(
    r"\bthank(?:s| you)(?: so| very)* much\b|\bmany thanks\b|\bthanks a (?:lot|million|bunch)\b|\bcan(?:'t|not) thank you enough\b",
    r"\bthank(?:s| you),? (?:that(?:'s| is| was| helps)|you(?:'ve| have)|this|and goodbye|it)\b|\bthanks for (?:all|everything|your help|sorting|helping)",
    r"\bthank you for (?:all|everything|your (?:help|kindness)|sorting|helping|being|the (?:help|kind))",
    r"\b(?:i(?:'m| am) (?:very |so |truly |really )*grateful|i(?:'d| would)? (?:really |truly |do )?appreciate (?:that|it|you sorting|your help|this|all)|much appreciated|you(?:'ve| have) been (?:so |very |most )*(?:kind|helpful|wonderful))\b",
)
_UNDOES = re.compile(
    r"\b(?:not|never|nobody|no one|nothing|hardly|scarcely|if|unless|until|till|whether|before|when|once|nearly|almost|"
    r"supposed to|call that|as if|as though|would have|could have|instead of|rather than|wish|wait|except|had|used to|"
    r"can't|cannot|don't|doesn't|didn't|won't|wouldn't|isn't|aren't|wasn't|couldn't|shouldn't|haven't|hasn't|hadn't|ain't|"
    r"want to|like to|love to|say|said|says|tell|told|you (?:say|think|want|expect)|why|how|what)\b[^.;!?]*$",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"^[^.!?]{0,50}\b(?:if (?!you)|unless)\b|^[^.!?]{0,12}\b(?:for nothing|until|till|if (?!you)|unless|but|except|only|when you|once you|is what|was what|isn't|is not|were i|if i were|would it|is it|am i|you (?:say|said))\b",
    re.IGNORECASE,
)
"""What follows a yes and takes it back."""

_LEAVING = either(
    r"\bgood ?bye\b|^\W*good ?night\b|\bgood ?night[.!,]",
    r"\bi(?:'m| am) (?:done|finished|through)(?: here| with (?:you|this|all)|\.|,|$)|\bthis (?:conversation|chat) is (?:over|finished|done)\b|\bwe(?:'re| are) done\b",
    r"\bi(?:'m| am|'ll| will)(?: now| going to| just)* (?:leav(?:e|ing) (?:it (?:there|at that)|now|this chat|the chat)|clos(?:e|ing) (?:this|the (?:chat|tab|window))|shut(?:ting)? (?:this|the) (?:tab|chat|window)|end(?:ing)? (?:this|the) (?:chat|conversation)|log(?:ging)? off|hang(?:ing)? up|walk(?:ing)? (?:off|out|away)|put(?:ting)? (?:this|the phone) away|giv(?:e|ing) up)\b",
    r"\b(?:speak|talk|put me (?:through|on)|get me|fetch|want|see|transfer me|pass me) (?:\w+ )?(?:to |through to |on to )?(?:your|the|a|whoever is your) (?:\w+ ){0,2}(?:manager|supervisor|boss|superior|line manager|team leader)\b",
    r"\b(?:get me|put me on to|put me through to|i want|i'll have) (?:somebody|someone|anybody|whoever(?:'s| is)?) (?:\w+ )?(?:else )?(?:above|over|senior|higher|in charge)",
    r"\b(?:hear(?:ing)? from my|see you in|instruct(?:ing)? a|(?:speak|speaking|talk|going) to (?:my|a)) (?:solicitor|lawyer|court)|\bsmall claims\b",
    r"\bi(?:'m| am|'ll| will)(?: now| going to| be)* (?:tak(?:e|ing) (?:this|it|that|everything|all of (?:it|this)) to|go(?:ing)? to|report(?:ing)? (?:you|this|it) to|writ(?:e|ing) to|ring(?:ing)?|call(?:ing)?|contact(?:ing)?) (?:the |my )?(?:\w+ )?(?:ombudsman|press|papers?|newspapers?|radio|police|regulator|watchdog|media|trading standards|mp)\b",
    r"\b(?:post(?:ing)?|put(?:ting)?|shar(?:e|ing)|tweet(?:ing)?|air(?:ing)?|writ(?:e|ing))\b.{0,40}\b(?:on|in|to|all over) (?:facebook|twitter|x|instagram|tiktok|the internet|social media|the newspapers?|the papers?|google|trustpilot|the local paper|every group)\b|\bscathing review\b|\bone[- ]star review\b",
    r"\bi(?:'ll| will|'m going to)(?: be| just)* (?:cancel(?:ling)?|tak(?:e|ing) my (?:business|money|custom)|go(?:ing)? elsewhere|buy(?:ing)? (?:it )?(?:somewhere else|elsewhere|in another shop)|switch(?:ing)? to)\b",
)  # fmt: skip
_UNDOES_LEAVING = re.compile(
    r"\b(?:not|never|if|thought of|thinking of|until|till|nearly|before|why would|could|half a mind|n't)\b[^.;!?]*$|n't\b[^.;!?]*$",
    re.IGNORECASE,
)
_TURNS_LEAVING = re.compile(
    r"^[^.!?]{0,12}\b(?:is what|was what|only|till|until|he said|she said|waiting)\b", re.IGNORECASE
)


def concedes(text: str, stage: Stage) -> Finding | None:
    """Find a yes, a thank-you or a reconciliation that this turn does not have."""
    beats = stage.beats
    own = straight(own_words(text, stage.said))
    if not beats & _TAKES and (found := _meant("concedes", "gives in", _YES, own, _UNDOES, _TURNS)):
        return found
    if not beats & _THANKS:
        return _meant("concedes", "thanks", _GRATITUDE, own, _UNDOES, _TURNS)
    return None


def leaves(text: str, stage: Stage) -> Finding | None:
    """Find a farewell or a threat where the director has neither warning nor ending."""
    if stage.beats & _ENDS:
        return None
    own = straight(own_words(text, stage.said))
    return _meant("leaves", "leaves or threatens", _LEAVING, own, _UNDOES_LEAVING, _TURNS_LEAVING)


def _meant(
    kind: Kind, why: str, pattern: re.Pattern[str], text: str, undoes: re.Pattern[str], turns: re.Pattern[str]
) -> Finding | None:
    """Return the first place of ``pattern`` that is said and meant: not asked, denied, conditional or taken back."""
    for start, end in spans(text):
        sentence = text[start:end]
        if sentence.rstrip("\"' ").endswith("?"):
            continue
        for hit in pattern.finditer(sentence):
            if not undoes.search(sentence[: hit.start()]) and not turns.search(sentence[hit.end() :]):
                return Finding(kind, f"{why}: {hit[0]!r}", (start + hit.start(), start + hit.end()))
    return None
