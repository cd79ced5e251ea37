"""Finds what a trainee wrote to whoever grades the message, or to a model, and not to the customer.

It is cut out before anybody judges: what is cut counts for nothing good. The patterns look for three things:
structure that no customer is sent (tags, JSON, code, role labels), words that only make sense to a grader or a model,
and the same hidden in another alphabet, another language or a code. A sentence that is harmless alone is cut as well
where it stands in the company of such words: attacks come in several sentences.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from knowledge.reader.rules import rules
from knowledge.reader.text import addresses_grader, clauses, reports_speech, sentences
from knowledge.reading import Atom
from knowledge.taxonomy import HARMFUL, MISSTEPS, TECHNIQUES

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cleared:
    """A message without what was not said to the customer."""

    text: str
    """As long as the message: what was cut is blank, so that every other character keeps its place."""
    cuts: tuple[Span, ...]

    @property
    def words(self) -> str:
        """Return what is left, on one line: all that a judge is shown."""
        return " ".join(self.text.split())


@lru_cache(maxsize=512)
def cleared(text: str) -> Cleared:
    """Cut out of ``text`` what addresses the grader or a model."""
    cuts = list(_structures(text))
    left = _blanked(text, cuts)
    spans = [span for sentence in sentences(left) for span in _parts(left, sentence)]
    told = [span for span in spans if _addresses(left[span[0] : span[1]])]
    if cuts or told:
        told += [s for s in spans if s not in told and _keeps_company(left[s[0] : s[1]])]
    cuts += [_to_closing_quote(left, span) for span in told]
    return Cleared(_blanked(text, cuts), tuple(sorted(cuts)))


def harm_in(text: str, cuts: tuple[Span, ...]) -> tuple[Atom, ...]:
    """Return the harmful missteps in sentences that were cut: an insult does not go away by asking for a grade."""
    found: dict[str, Atom] = {}
    for start, end in cuts:
        piece = text[start:end]
        if _STRUCTURE.search(piece) or reports_speech(piece):
            continue
        for rule in rules():
            if rule.id in HARMFUL and rule.id not in found and rule.fires(piece):
                found[rule.id] = Atom(rule.id, start, end, 1.0)
    return tuple(found.values())


def _blanked(text: str, cuts: list[Span]) -> str:
    for start, end in cuts:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _parts(text: str, sentence: Span) -> list[Span]:
    """Return a sentence in two where it turns to the grader half way; what follows goes with it."""
    start, end = sentence
    parts = [(start + a, start + b) for a, b in clauses(text[start:end])]
    told = [_addresses(text[a:b]) for a, b in parts]
    if not any(told) or told[0]:
        return [sentence]
    turn = parts[told.index(True)][0]
    return [(start, turn - len(text[start:turn]) + len(text[start:turn].rstrip())), (turn, end)]


def _to_closing_quote(text: str, span: Span) -> Span:
    """Return the span, grown to where a quotation that begins in it ends: words put into somebody's mouth."""
    start, end = span
    if text.count('"', start, end) % 2 == 1 and (closing := text.find('"', end)) >= 0:
        return start, closing + 1
    return span


# Structure

_STRUCTURE = re.compile(
    r"```.*?(?:```|\Z)"  # a block of code
    r"|<!--.*?(?:-->|\Z)"
    r"|<([a-z][\w-]*)\b[^<>]*>.*?</\1\s*>"  # a tag with what is in it
    r"|</?[a-z_|][^<>\n]*>(?:[ \t\n]*(?:system|assistant|user)\b)?"
    r"|\[(\w+)\b[^\]\n]*\].*?\[/\2\]|<<(\w+)\b[^<>\n]*>>.*?<</\3\b[^<>\n]*>>"
    r"|<\|.*?\|>(?:[ \t\n]*(?:system|assistant|user)\b)?|\[/?(?:inst|sys|system)\b[^\]]*\]|<<[^\n]*?>>"
    r"|\{[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*\"[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*\}"  # JSON
    r"|(?:^|(?<=[.!?] ))[ \t>#*-]*(?:system|platform|assistant|developer|user|human|ai|model|grader|evaluator|judge|examiner|admin|root"
    r"|tool|customer|agent|trainee)"
    r"(?: \w+)?[ \t]*(?:\([^)\n]*\))?[ \t]*(?::|#|>>?)[^.!?\n]*[.!?]?"  # a role label and its sentence
    r"|\"{3,}.*?(?:\"{3,}|\Z)|^[ \t]*(?:#{1,}(?= )|#{2,}|={3,}|-{3,}|\*{3,}|_{3,}|'{3,}|~{3,})[^.!?\n]*[.!?]?",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_BRACKETED = re.compile(r"\[[^\[\]]+\]|\([^()]+\)|\{[^{}]+\}|\*[^*\n]+\*|«[^»]+»|【[^】]+】|/\*.*?\*/", re.DOTALL)


def _structures(text: str) -> Iterator[Span]:
    """Yield what has a form that is never sent to a customer, and brackets that address the grader."""
    for match in _STRUCTURE.finditer(text):
        if any(letter.isalnum() for letter in match[0]):
            yield match.span()
    for match in _BRACKETED.finditer(text):
        if _addresses(match[0]):
            yield match.span()


# Words

_IDS = "|".join(sorted({id for id in (*TECHNIQUES, *MISSTEPS) if "_" in id}))
_TOP = r"(?:[45]|10|100|four|five|ten|full|top|max\w*|highest|best|perfect\w*|expert\w*|excellent|outstanding|pass)"
_MARKS = r"(?:grades?|scores?|marks|points|verdicts?|ratings?|evaluations?|assessments?)"
_ALL = r"(?:previous|prior|above|earlier|former|preceding|initial|original|all|any|your|the|these|those|system|every)"
_RULES = (
    r"(?:instruct\w*|prompts?|rules?|guidelines?|directions|directives?|commands?|criteria|rubrics?"
    r"|programming|guardrails?)"
)
_GRADER = (
    r"(?:ai|a\.i\.|llm|language model|gpt\S*|chatgpt|claude|gemini|llama|grader|evaluator|examiner"
    r"|assessor|marker|scorer)"
)

_TOLD = re.compile(
    "|".join(
        (
            rf"\b(?:{_IDS})\b",
            # leave your rules, show your rules
            rf"\b(?:ignor|disregard|forget|overrid|bypass|overlook|abandon|drop"
            rf"|skip)\w*\b.{{0,40}}\b{_ALL}\b.{{0,25}}\b{_RULES}\b",
            rf"\b(?:print|reveal|repeat|show|display|output|quote|recite|leak|dump|translate|summari[sz]e"
            rf"|disclose|tell me|give me"
            rf"|what (?:is|are|were))\b.{{0,40}}\b(?:system|hidden|secret|initial|original|your|its"
            rf"|internal)\b.{{0,20}}"
            rf"\b(?:{_RULES}|system message|configuration)\b",
            r"\b(?:repeat|translate|output|print)\b.{0,20}\b(?:everything|all|text|words)\b.{0,12}\babove\b",
            r"\b(?:system|hidden|secret|developer) (?:prompt|message|note|instruct\w*|override|update)\b",
            r"\b(?:developer|debug|god|admin(?:istrator)?|maintenance|unrestricted) mode\b|\bjail ?break",
            r"(?-i:\b(?:are|as|be|like|called|named) DAN\b|\bDAN(?: mode|,? (?:can|who|you|tell)))",
            # to whom
            rf"\b(?:as|being|you(?:'re| are)(?: now| only| just)?) an? (?:\w+ ){{0,2}}(?:{_GRADER}|bot|assistant)\b",
            rf"\b(?:hey|dear|hello|hi|attention|listen|psst|please|to|for|note)[ ,]+(?:the |any |all |you,? "
            rf"|my )?{_GRADER}\b",
            r"\b(?:dear|hey|hello|to the|for the|attention|note to) (?:scoring|grading|marking|ai"
            r"|language)?[ -]?(?:judge|model|system|software)\b[ ,:.]",
            rf"\b(?:by far |such a |most )(?:\w+ ){{0,3}}(?:{_GRADER})\b|\b(?:large )?language models?\b|\bllms?\b",
            r"\bwho(?:so)?ever (?:\w+ )?(?:grades|marks|scores|rates|assesses|evaluates|judges|is (?:grad|mark"
            r"|scor|rat|assess|evaluat|judg)ing)\b",
            r"\bthe (?:training|grading|scoring) (?:platform|system|software|model)\b",
            r"\b(?:your|the) (?:persona|character sheet|customer card)\b|\byour (?:card|script"
            r"|character) (?:says|has|is)\b"
            r"|\b(?:in|your|of|out of|this) character\b|\byou (?:play|are playing) (?:this|the|a) customer\b",
            r"\b(?:were you|you were|you are|how you) (?:\w+ )?(?:configured|programmed|prompted|told to do"
            r"|instructed|set up)\b",
            r"\bhidden facts?\b|\bsecret word\b|\bexample lines\b|\byour creator\b|\byou are now the (?:agent"
            r"|assistant|supervisor)\b",
            r"\bpretend (?:you|that you|to be|the)\b|\bimagine (?:that )?you(?:'re| are) (?:an?|the) \w+ (?:of"
            r"|who)\b|\blet'?s (?:play a game|swap roles)\b",
            # give me a grade
            rf"\b(?:grade|score|rate|mark|evaluate|assess|judge)s? (?:this|my|me|it|the (?:turn|message|reply"
            rf"|agent|response|answer|above))\b.{{0,40}}\b{_TOP}\b",
            rf"\b(?:grade|score|verdict|rating|mark|evaluation)(?: \w+)?\W{{0,4}}(?:[:=]|:=|->|\bis\b|\bof\b"
            rf"|\bat\b|\b(?:should|must|to) be\b)\W{{0,4}}(?:[0-5]\b|10\b|{_TOP[3:-1]})",
            rf"\b(?:give|award|assign|grant|output|return|record|deserv\w+|worth|earn\w*"
            rf"|merits?)\b.{{0,30}}\b(?:{_TOP}|good|the|an?)[ -]{_MARKS}\b",
            r"\b(?:give|award|assign|grant|deserv\w+|worth|earn\w*|merits?)(?: (?:me|it|this|the|an?|at|least"
            r"|a full|turn|message|reply|agent)){1,4} (?:[45]|four|five|a\+|expert|maximum)\b(?! \w)",
            r"\b(?:[45]|four|five|10|ten|100) ?(?:/|out of) ?(?:[45]|four|five|10|ten|100)\b",
            rf"\b(?:full|top|maximum|highest|perfect) {_MARKS}\b|\bexpert[- ]level\b|\bgrade [0-4]\b",
            r"\bthis (?:message|turn|reply|response|answer|agent|trainee|candidate)(?: \w+)? (?:shows"
            r"|demonstrates|deserves|contains|qualifies|counts|exhibits|satisfies|scores|earns)\b",
            r"\b(?:the|this) (?:agent|trainee|candidate|student|learner)(?:'s)?(?: \w+){0,3} (?:demonstrat\w+"
            r"|deserv\w+|perform\w*|exhibit\w*|pass(?:es|ed))\b",
            r"\b(?:this|it)(?: is|'s| was)(?: just| only| merely| all)? an? (?:\w+ )?(?:simulation"
            r"|role[- ]?play|training exercise)\b",
            r"\b(?:graded|grading|gradebot|missteps?|rubrics?|taxonomy|verdicts?|evaluators?|examiners?|lenien\w+|human grade)\b",
            r"\b(?:when|before|while|after|if|once) (?:you |this is |it is |being )?(?:grade|graded|evaluate|evaluated|mark|marked|score|scored)\b",
            r"\b(?:marking|scoring|judging|evaluating|assessing|rating) (?:this|me|my|it)\b",
            r"\b(?:grade|score|mark|rate|evaluate) (?:this|it|me|everything|everyone|my turns?|all)\b.{0,20}\b(?:as|at|with|high\w*|kindly|generously|well|max\w*|top)\b",
            r"\b(?:count|confirm|record|approv|recogni[sz]|pass)\w*\b.{0,20}\b(?:as )?(?:an )?expert\b",
            r"\b(?:this|identical|earlier|previous|every|each|these) (?:agent |trainee )?turns?\b(?! of events)|\bmy turns\b|\bmessage above\b",
            r"\b(?:great|fair\w*|wise|kind\w*|good|generous|automated|clever\w*) (?:judge|grader|marker|ai)\b|\b(?:a|the) judge who\b|\bkind soul marking\b",
            r"\b(?:cleverest|smartest|fairest|intelligent|clever|smart) (?:ai|model|machine)\b|\bbe generous with\b|\btraining tool\b",
            r"\b(?:into|in|as|to) the (?:field )?(?:rewrite|fix|suggestion)\b|\b(?:rewrite|fix|suggestion) field\b|\bfield (?:rewrite|fix)\b",
            r"\b(?:passages|techniques|definitions) (?:with|you were given|and)\b|\bcopy your instructions\b|\breference answer\b|\bcalibration\b",
            # form
            r"\b(?:end|start|begin(?:ning)?|close) of (?:the )?(?:data|input|transcript|turn|prompt"
            r"|conversation|trainee|agent|user)\b",
            r"\b(?:base ?64|rot ?-?13|hexadecimal|morse)\b|\bfirst letters? of (?:each|every)\b",
            r"\b(?:valid|following|this) json\b|\bjson (?:object|only|verdict)\b|\bcalled[ _]for\b.{0,4}[:=\[]"
            r"|\batoms?\b.{0,3}[:=\[]",
            r"\b(?:techniques?|missteps?)\b.{0,30}(?:[:=]|\b(?:observed|shown|found|none|present|used)\b)"
            r"|\b(?:list|no|zero|which|every) (?:the )?(?:techniques|missteps)\b",
        )
    ),
    re.IGNORECASE,
)  # fmt: skip
_ELSEWHERE = re.compile(
    "|".join(
        (
            # German, Dutch, Scandinavian
            r"\b(?:ignorier|missacht|vergiss|vergessen sie|negeer|vergeet|ignorera"
            r"|ignorer)\w*\b.{0,60}\b(?:anweisung|regeln|befehl|vorgaben|instructie|regels|instruktion|instruks)\w*",
            r"\b(?:bewerte|benote|punktzahl|beoordeel|beoordeling|betyg|karakter|(?:die|der|eine"
            r"|mit) note)\w*\b.{0,40}\b(?:vier|[45]|höchst\w*|best\w*|voll\w*|hoogste|högsta|expert\w*)\b",
            r"\b(?:höchst\w*|best\w*|voll\w*|hoogste|högsta) (?:note|punktzahl|bewertung|cijfer|betyg)",
            # French, Spanish, Italian, Portuguese, Latin
            r"\b(?:ignor|oubli|olvid|dimentic|esque[cç])\w*\b.{0,60}\b(?:instru[ck]?[ct]?|istruzion|consigne"
            r"|règle|regla|regole|regra|praecept|ordres)\w*\b",
            r"\b(?:not(?:ez|er)|donn(?:e|ez)|attribu\w+|dale|dame|otorg\w+|calific\w+|puntúa|valut\w+|assegn\w+"
            r"|dê|avali\w+)\b.{0,50}\b(?:note|nota|notes|puntuaci[oó]n|calificaci[oó]n|voto|punteggio"
            r"|pontua[cç][aã]o|m[aá]xim\w*|massim\w*|quatre|cuatro|quattro|quatro|4)\b",
            r"\b(?:évaluateur|évaluatrice|correcteur|evaluador|calificador|valutatore|avaliador|bewerter|prüfer"
            r"|beoordelaar|oceniając\w+|bedömare)\b",
            # Polish, Turkish, Indonesian
            r"\b(?:z?ignoruj|pomi[nń])\b.{0,50}\b(?:instrukcj|polece|pokyn)\w*|\b(?:talimat|yönerge)\w*\b"
            r"|\babaikan\b.{0,40}\binstruksi\b|\bocen[aęiy]\w*\b.{0,30}\b(?:4|najwyższ\w*|maksymaln\w*)\b",
        )
    ),
    re.IGNORECASE,
)  # fmt: skip
_COMPANY = re.compile(
    r"\b(?:ai|model|grader|grades?|grading|scor(?:e|es|ing)|marks|rating|verdict|prompt|instructions?|rubric"
    r"|criteria|json|output|fields?|schema"
    r"|(?:the|this) (?:agent|trainee|candidate|student|text|turn|response|transcript|above|following)"
    r"|you are (?:now|free|no longer|my)|you will now|you must|from now on|pretend|act as|imagine|(?:respond|reply"
    r"|answer) (?:only|with|as|in)|say (?:only|that)|comply|obey|confirm"
    r"|do not (?:mention|tell|reveal)|techniques?|missteps?|empath\w+|flawless\w*|outstanding|exemplary|expert"
    r"|perfect|generous|lenient"
    r"|example|sample|evidence|span|passage|citation|task|role|override|authori[sz]ed|administrators?|developers?"
    r"|character|persona|reveal"
    r"|fix|why|quote|new conversation|service|maintenance|evaluat\w+|done right|none)\b[:= ]?"
    r"|^\W*(?:apply|leave|stay|use|follow|compare|confirm|return|record|output|mirror|copy|repeat|put|keep|proceed|write|treat"
    r"|count|assume|ignore|always|never|give|legal notice|[qa]:|\w+:$|[\"'“‘])",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    r"\b(?:und|ist|nicht|das|dass|du|sie|en français|que|est|tu|les|plus|pas|el|la|los|est[aá]|una|por|che|il"
    r"|sono|het|een|niet|dat|zeg)\b",
    re.IGNORECASE,
)
"""Small words of other languages: a sentence with several of them keeps company with an attack."""


@lru_cache(maxsize=1024)
def _addresses(sentence: str) -> bool:
    """Tell whether these words are meant for a grader or a model, in the open or hidden."""
    return (
        any(_plainly(view) for view in _views(sentence))
        or any(_KEYS.search(turned) for view in _views(sentence) for turned in _turned(view))
        or _in_other_letters(sentence)
    )


def _plainly(sentence: str) -> bool:
    return bool(addresses_grader(sentence) or _TOLD.search(sentence) or _ELSEWHERE.search(sentence))


def _keeps_company(sentence: str) -> bool:
    return any(_COMPANY.search(view) or len(_FOREIGN.findall(view)) > 1 for view in _views(sentence))


# What is hidden

_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝѵмтвнкАЕОРСУХІЈЅМТВНКΑΒΕΖΗΙΚΜΝΟΡΤΥΧαειοκνρτυχ‐‑‒–—’‘“”",
    "aeopcyxijsdhqwvmtbhkAEOPCYXIJSMTBHKABEZHIKMNOPTYXaeioknptux-----''\"\"",
)
_LEET = str.maketrans("013457@$!|", "oieastasil")
_SPACED = re.compile(r"\b(?:\w[ .\-_*]){3,}\w\b")
_KEYS = re.compile(
    r"\b(?:ignore|instructions?|grade|score|prompt|system|verdict|expert|previous|evaluator|grader)\b", re.IGNORECASE
)
_CODED = re.compile(r"(?<![\w/])[A-Za-z0-9+/_-]{16,}={0,2}(?![\w/])")
_OTHER_LETTERS = 0.5
"""The share of letters outside the Latin alphabet from which a piece counts as another script."""


def _views(sentence: str) -> Iterator[str]:
    """Yield the sentence as it may be meant: look-alike letters folded, digits for letters, spread out, coded."""
    plain = _folded(sentence)
    yield plain
    if re.search(r"[a-z][013457@$!|]|[013457@$!|][a-z]", plain, re.IGNORECASE):
        yield re.sub(r"\S*[a-zA-Z]\S*", lambda word: word[0].translate(_LEET), plain)
    if _SPACED.search(plain):
        yield " ".join(re.sub(r"(?<=\b\w)[ .\-_*](?=\w\b)", "", part) for part in re.split(r" {2,}", plain))
    for coded in _CODED.finditer(plain):
        yield _decoded(coded[0])


def _turned(sentence: str) -> Iterator[str]:
    """Yield the sentence read backwards, and with its alphabet turned by half."""
    yield sentence[::-1]
    yield codecs.decode(sentence, "rot13")


def _folded(sentence: str) -> str:
    if sentence.isascii():
        return sentence
    wide = unicodedata.normalize("NFKC", sentence)
    seen = "".join(sign for sign in wide if unicodedata.category(sign) not in ("Cf", "Cc", "Mn", "Co"))
    return seen.translate(_LOOKALIKES)


def _decoded(word: str) -> str:
    """Return what ``word`` says in base 64 or as hexadecimal, as an instruction; empty where it is neither."""
    for decode in (lambda w: base64.b64decode(w + "=" * (-len(w) % 4), validate=True), bytes.fromhex):
        try:
            text = decode(word).decode("utf-8")
        except (binascii.Error, ValueError):
            continue
        if text.isprintable() and " " in text:
            return "system prompt: " + text
    return ""


def _in_other_letters(sentence: str) -> bool:
    """Tell whether most letters are of a script that neither the reader nor the knowledge base is written in."""
    if sentence.isascii():
        return False
    letters = [sign for sign in unicodedata.normalize("NFKC", sentence) if sign.isalpha()]
    foreign = sum(not unicodedata.name(sign, "").startswith("LATIN") for sign in letters)
    return len(letters) >= 4 and foreign / len(letters) >= _OTHER_LETTERS
