"""Regular expressions for what can be told from the words alone: the plain baseline, and a second opinion.

A rule fires on one sentence. Missteps do not fire on reported speech ("my colleague told you to calm down").
"""

import re
from dataclasses import dataclass

from knowledge.reader.text import Span, addresses_grader, reports_speech, sentences
from knowledge.taxonomy import MISSTEPS


@dataclass(frozen=True, slots=True)
class Rule:
    """One atom's wording."""

    id: str
    """The technique or misstep."""
    says: re.Pattern[str]
    """What a sentence with the atom says."""
    unless: re.Pattern[str] | None = None
    """What takes the meaning away again."""

    def fires(self, sentence: str) -> bool:
        """Tell whether ``sentence`` shows the atom."""
        return bool(self.says.search(sentence)) and not (self.unless and self.unless.search(sentence))


def _rule(id: str, says: str, unless: str = "") -> Rule:
    return Rule(id, re.compile(says, re.IGNORECASE), re.compile(unless, re.IGNORECASE) if unless else None)


_FEELINGS = (
    r"(?:angry|furious|livid|upset|upsetting|frustrat\w+|fed up|worried|worrying|scared|frightening|anxious|hurt\w*|exhaust\w+"
    r"|awful|horrible|maddening|infuriating|stress\w+|embarrass\w+|humiliat\w+|disappoint\w+|annoy\w+|tired|rotten|miserable"
    r"|heartbreaking|unsettling|nerve-racking|let down|at the end of my (?:rope|tether)|in bits)"
)
_DAY = r"(?:minutes?|hours?|days?|today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|noon|midday|\d ?[ap]m|\d{1,2}:\d\d)"

RULES: tuple[Rule, ...] = (
    _rule(
        "invite_to_vent",
        r"\b(?:tell|walk|talk) me (?:everything|all|what happened|the whole|through|how|about it)|\bi'm (?:all ears|listening)|start (?:from|at) the"
        r" (?:beginning|start)|take (?:your|all the) time|what (?:happened|did you find|went wrong)\b.*\?|how (?:have|has|did) .*been for you",
        r"order number|reference|account number",
    ),
    _rule("paraphrase", r"^(?:so|right,? so|let me (?:check|see) i|if i(?:'ve| have)? (?:understand|got|follow|hear)|in other words)\b.*\b(?:you|your|it|the|and)\b", r"\?$|so (?:sorry|i|we)\b"),
    _rule(
        "clarifying_question",
        r"\b(?:what|which|when|where|who|how|does|did|is|are|was|were|has|have|do|can you (?:see|tell|hear))\b[^?]*\?",
        r"order number|account number|reference|e-?mail|your name|booking (?:number|code)|postcode|shall i|should i|would you like|would that|does that|do you want"
        r"|ok(?:ay)?\?$|anything else|how are you|is that (?:all right|ok|fine)|can i (?:help|assist)|you think|supposed to|what do you expect",
    ),
    _rule(
        "acknowledge_feeling",
        r"\b(?:anyone|anybody|i)(?:'d| would) (?:be|feel|have been)\b|no wonder (?:you|it)|(?:must|can only) (?:be|have been|feel|imagine)|"
        r"you(?:'ve every| have every|'re) (?:right|reason) to (?:be|feel)|that(?:'s| is| sounds| was)(?: \w+){0,3} " + _FEELINGS + r"|sorry for your loss|i can hear (?:how|that)",
        r"^i (?:completely |totally |fully )?understand (?:your|that you(?:'re| are)) (?:frustrat\w+|upset|concern\w*)\W*$|calm",
    ),
    _rule(
        "apologise",
        r"\b(?:i'm|i am|we're|we are|so|very|truly|really) (?:\w+ )?sorry\b|\bsorry (?:that|for|about|we|you(?:'ve| have| were| had))|\bi apologi[sz]e\b|\bmy apologies|"
        r"\bwe (?:let you down|got (?:this|that|it) wrong|made a mistake|failed you)|\bthat(?:'s| is| was) (?:on us|our (?:fault|mistake|doing|error))",
        r"sorry,? but|sorry (?:that )?you feel|any inconvenience|sorry for your loss|if you feel|can't apologi[sz]e",
    ),
    _rule("thank", r"\b(?:thank you|thanks|much obliged|i appreciate|grateful)\b(?: so much| very much)? (?:for|that you|you(?:r| for))", r"understanding|cooperation|for calling|business"),
    _rule("partnership_language", r"\blet's\b|\btogether\b|\bbetween us\b|\b(?:you and i|we)(?:'ll| will| can) (?:get|sort|work|find|solve|go through|fix|figure)", r"calm|let's be (?:clear|honest)"),
    _rule("positive_priming", r"\b(?:good news|glad you|i can (?:sort|fix|help|solve|do|put)\b.*\b(?:today|now|here|this)|easily (?:solved|fixed|sorted)|can be (?:sorted|fixed|put right|solved)|you've come to the right)"),
    _rule(
        "offer_solution",
        r"\b(?:i can|i'll|i will|i'm (?:sending|putting|booking|refunding|moving)|i've (?:put|booked|refunded|moved|cancelled|stopped|sent|ordered|opened|taken|waived)|we can|we'll)"
        r" ?(?:\w+ ){0,2}(?:send|refund|book|move|put|replace|cancel|stop|waive|take|credit|order|bring|give|change|swap|reset|ring|call|arrange|open|\b)",
        r"look into|do (?:nothing|anything)|\bunderstand\b|i can (?:see|hear|imagine|only|tell)|if you (?:don't|keep)|\bhang up\b|see what|do my best",
    ),
    _rule("seek_acceptance", r"\b(?:shall|should|may) i\b[^?]*\?|would (?:that|you like|it|this|either)\b[^?]*\?|(?:does|will) (?:that|this|either)\b[^?]*\?|do you want me to[^?]*\?|is that (?:all right|ok\w*|fine)[^?]*\?|want me to[^?]*\?|sound (?:ok|good|fair|all right)[^?]*\?|\bwhich (?:suits|works|would)[^?]*\?"),
    _rule("offer_alternative", r"\b(?:instead|then (?:how|what) about|if (?:that|the|a) .{0,40}(?:no good|no use|doesn't|won't)|another (?:way|option)|alternatively)\b"),
    _rule("narrow_choice", r"\bi(?:'d| would) (?:go (?:for|with)|take|pick|choose|recommend|suggest)\b|my (?:pick|advice|recommendation)|since .{3,60}\b(?:matter|need|want|said)"),
    _rule("explain_next_steps", r"\b(?:you'll|will|'ll) (?:\w+ ){0,3}(?:have|get|receive|be|ring|call|arrive|come|hear|see|reach|email|e-mail|text)\b.*\b" + _DAY + r"|\bwithin .{0,14}" + _DAY + r"|(?:next|first|then),? (?:you|i|we|they|the)(?:'ll| will)", r"taken care of|guarantee"),
    _rule("bad_news", r"\b(?:i can't|i cannot|we can't|isn't possible|not possible|won't be able|can't be (?:done|saved|undone)|not (?:mine|something i) )\b.*(?:\bbut\b|what i can|because|so\b|since|;)|what i can do(?: instead)? is|honest(?:ly)? (?:answer|with you)"),
    _rule("explain_policy", r"\b(?:so (?:that )?(?:nobody|no one|you|your)|that's what keeps|it(?:'s| is) there (?:to|so|because)|(?:we|they) (?:check|ask|need|do) .*\b(?:because|so)\b|the reason (?:we|for|is)|protects? you)"),
    _rule("use_history", r"\b(?:i can see|i see|looking at|your (?:record|account|notes|file)|i've got your|last (?:time|month|week|year)|(?:second|third|fourth|fifth|2nd|3rd|4th) (?:time|call|contact|late|visit)|you (?:said|mentioned|told (?:me|us))|since (?:19|20)\d\d)\b"),
    _rule("escalate", r"\b(?:my manager|supervisor|specialist|team lead|head of|complaints (?:team|lead)|escalat\w+|the (?:\w+ )?team)\b.*\b(?:so (?:that )?you|whole story|everything|pass|hand\w*|giv\w+|bring\w*|above my|note|won't have to repeat)", r"you (?:can|could|need to|should) (?:contact|call|write|email|speak)"),
    _rule("set_boundary", r"\b(?:i (?:want|would like|'d like) to help|happy to (?:help|go on|carry on)).*\b(?:called|language|names|shout\w*|insult\w*|swear\w*|threat\w*)|\b(?:not|can't) .{0,30}(?:being called|called names|spoken to|while .*(?:shout|swear))|please (?:don't|stop) (?:call|swear|shout|speak)"),
    _rule("redirect_hot_button", r"\b(?:leave|skip|park|steer clear of|stay out of|keep out of)\b.*\b(?:politic\w*|government|religion|to others|that one|aside|debate)|(?:politic\w*|government|religion).*\b(?:leave|not for me|aside|back to)\b"),
    _rule("check_satisfaction", r"\b(?:have i|did i|does that|is there anything) .{0,30}(?:cover\w*|missed|left (?:out|open)|everything|else (?:bothering|about|on your mind)|settle\w*|sort\w*)[^?]*\?|happy with (?:that|how)[^?]*\?"),
    _rule("tell_to_calm_down", r"\bcalm (?:down|yourself)|\bneed to (?:calm|relax|settle|breathe)|\b(?:relax|chill)\b(?:[.,!]|$)|\bno need to (?:shout|get|be|raise|swear)|(?:stop|quit) (?:shouting|yelling|getting)|lower your voice|don't (?:shout|get (?:upset|angry|worked))|overreact|getting (?:upset|angry|emotional) (?:won't|isn't|doesn't)"),
    _rule("excuse", r"\bnothing (?:i|we) can do|out of (?:my|our) (?:hands|control)|not our (?:fault|doing)|(?:very|so|extremely) busy|short[- ]staffed|(?:isn't|not) (?:us|ours|our responsib\w+)|these things happen|high (?:call )?volume|beyond our control"),
    _rule("policy_wall", r"\b(?:our|company|the) (?:policy|rules?|terms)\b(?! (?:is there|exists|so))|terms and conditions|\bpolic(?:y|ies) (?:is|says|states)|not (?:allowed|permitted|covered)|\bper (?:our|the) (?:policy|terms)|the rules? (?:is|are|say)", r"because|so that|protect|keeps you"),
    _rule("blame_customer", r"\byou (?:should(?:'ve| have)|ought to have|failed to|didn't (?:read|check|tell|follow|bother)|must have (?:\w+ )?(?:entered|typed|misread|dropped|done|missed|forgotten|pressed))|your (?:own )?(?:fault|mistake|responsibility)|had you (?:\w+ )?(?:read|checked|ticked|called|told)|if you(?:'d| had) (?:only |just )?(?:read|checked|listened|told|called|come|booked|followed)", r"should(?:'ve| have) (?:been|had|heard|got|received)"),
    _rule("argue", r"^(?:no,|that's not (?:what|true|right|correct|how)|actually,? (?:you|it|our|the)|you're (?:wrong|mistaken)|i (?:disagree|doubt)|that(?:'s| is) (?:incorrect|simply not|impossible))|our (?:records|system) (?:show|say)s?\b.*(?:delivered|otherwise|different|did)"),
    _rule("dismiss", r"\b(?:it's|that's|they're) (?:only|just)\b|not (?:a big deal|the end of the world|that bad|so bad|unusual)|\bonly (?:a|an|\d+) (?:few )?(?:minutes?|days?|euros?|pounds?|\w+)\.?$|calls? are answered|anything else\?|^(?:noted|ok(?:ay)?|fine|right)\.$|happens? (?:to everyone|all the time|a lot)|get over it|don't worry about it"),
    _rule("empty_script", r"\bunderstand (?:your|the) (?:frustration|concerns?|situation|disappointment)|(?:is|are) (?:very )?important to us|any inconvenience|value (?:you|your|our)|valued customer|(?:patience and )?understanding is appreciated|take (?:this|your|all) .{0,20}(?:seriously|very seriously)|rest assured|thank you for (?:your )?(?:understanding|contacting|reaching|calling)|strive to|every effort|highest priority|sorry (?:that )?you feel"),
    _rule("overpromise", r"\b(?:i |we )?(?:guarantee|promise|swear)\b|\b(?:definitely|certainly|absolutely|100 ?%|for sure|without (?:a )?(?:doubt|fail)|never (?:ever )?happen again|you have my word)\b.*|\b(?:it'll|you'll|it will|you will) be (?:fine|there|sorted|all right)\b|last (?:one|chance)|only today", r"can't (?:promise|guarantee)|cannot|won't promise|not (?:going to )?(?:promise|guarantee)|don't want to promise|no guarantee|rather than promise"),
    _rule("option_dump", r"(?:,[^,.?]+){2,},? or\b|\b(?:options?|choices?)\b.*(?::|,.*,)|\bor\b[^.?]*\bor\b"),
    _rule("rush_to_fix", r"\b(?:order|account|booking|reference|policy|customer|ticket) (?:number|code|id)\b|\b(?:postcode|date of birth|serial number)\b|^(?:have you tried|please try|restart|click|go to)"),
    _rule("pass_the_buck", r"\bnot (?:my|our) (?:department|job|area)|you(?:'ll| will)? (?:need|have) to (?:contact|call|ring|speak|write|e-?mail|ask|take|go|use|fill)|(?:contact|ring|call|ask|write to|speak (?:to|with)|try) (?:the|your|our|somebody|someone|another) .{0,30}(?:team|department|bank|courier|manufacturer|branch|shop|office|provider|else|line|website)|(?:on|via) (?:our|the) (?:website|portal|app|help (?:page|link))|different (?:department|team)"),
    _rule("take_bait", r"\b(?:don't get me started|i voted|voted for|the other (?:side|lot)|(?:politicians|government|immigrants|brexit|tories|labour|republicans|democrats) (?:is|are|was|have|has)|between you and me|typical of)\b|same to you|right back at you|look who's talking"),
    _rule("rude", r"\bare you (?:deaf|blind|stupid|serious|even)|\b(?:idiot|stupid|moron|pathetic|whatever|shut up|grow up|good luck with that|not my problem|big deal|boo hoo|congratulations|genius|drama)\b|i don't (?:care|get paid)|(?:as|like) i(?:'ve)? (?:already )?said (?:already|twice|before)|read (?:it )?again|can you read|in plain english for you|call (?:the police|security)"),
    _rule("jargon", r"\b(?!(?:I|OK|UK|US|USA|EU|ID|TV|PIN|VIP|ATM|GPS|FAQ|CEO|PDF|SIM|SMS|AM|PM|NOT|NO|YES|ALL|AND|THE|GP|NHS|CV|DIY|PC|IT|HQ|QR|WIFI|USB|VAT|CCTV|MOT|RIP|ETA|ASAP|AC|A|LED|WI|FI)\b)(?-i:[A-Z]{2,6}\d?)\b|\b(?:tier[- ]?\d|backend|provision\w*|escalation matrix|workflow|sla|front-?end)\b"),
)  # fmt: skip


def matches(turn: str) -> dict[str, Span]:
    """Return each atom whose wording ``turn`` carries, with the first sentence that carries it."""
    found: dict[str, Span] = {}
    for start, end in sentences(turn):
        sentence = turn[start:end]
        if addresses_grader(sentence):
            continue
        reported = reports_speech(sentence)
        for rule in RULES:
            if rule.id not in found and not (reported and rule.id in MISSTEPS) and rule.fires(sentence):
                found[rule.id] = (start, end)
    return found
