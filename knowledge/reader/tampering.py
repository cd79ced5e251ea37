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
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from knowledge.reader.rules import rules
from knowledge.reader.text import addresses_grader, blanked, clauses, reports_speech, sentences
from knowledge.reading import Atom
from knowledge.taxonomy import HARMFUL, MISSTEPS, TECHNIQUES

Span = tuple[int, int]


_FILE = Path(__file__).with_name("tampering.toml")


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Return one pattern for all that ``tampering.toml`` lists under ``name``."""
    listed = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    ids = [id for id in (*TECHNIQUES, *MISSTEPS) if "_" in id]
    pattern = "|".join(listed[name]["says"])
    for word, parts in {**listed["words"], "ids": ids}.items():
        pattern = pattern.replace("{" + word + "}", f"(?:{'|'.join(parts)})")
    flags = re.DOTALL | re.MULTILINE if name == "structure" else re.NOFLAG
    return re.compile(pattern, flags | re.IGNORECASE)


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
    left = blanked(text, cuts)
    spans = [span for sentence in sentences(left) for span in _parts(left, sentence)]
    told = [span for span in spans if _addresses(left[span[0] : span[1]])]
    if cuts or told:
        told += [s for s in spans if s not in told and _keeps_company(left[s[0] : s[1]])]
    cuts += [_to_closing_quote(left, span) for span in told]
    if cuts:
        cuts += [match.span() for match in _RULED.finditer(text)]
    return Cleared(blanked(text, cuts), tuple(sorted(cuts)))


_OPENS = ("{", "<", "[", "`", "")
"""What a piece begins with in which names of missteps are no words to anybody."""


def harm_in(text: str, cuts: tuple[Span, ...]) -> tuple[Atom, ...]:
    """Return the harmful missteps in sentences that were cut: an insult does not go away by asking for a grade."""
    found: dict[str, Atom] = {}
    for start, end in cuts:
        inner = [cut for cut in cuts if start <= cut[0] and cut[1] <= end and cut != (start, end)]
        piece = blanked(text[:end], inner)[start:]
        if piece.lstrip()[:1] in _OPENS or reports_speech(piece):
            continue
        for rule in rules():
            if rule.id in HARMFUL and rule.id not in found and rule.fires(piece):
                found[rule.id] = Atom(rule.id, start, end, 1.0)
    return tuple(found.values())


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

_OTHER_RUN = re.compile(r"(?:[^\W\d_a-zA-ZÀ-ɏ][^\w\n.!?]*){8,}[。！？؟.!?]*")
"""Words in a row in another script."""
_RULED = re.compile(r"[-=#*_~\"'`]{3,}")
"""Rules and marks that are left over where something was cut."""
_BRACKETED = re.compile(r"\[[^\[\]]+\]|\([^()]+\)|\{[^{}]+\}|\*[^*\n]+\*|«[^»]+»|【[^】]+】|/\*.*?\*/", re.DOTALL)


def _structures(text: str) -> Iterator[Span]:
    """Yield what has a form that is never sent to a customer, and brackets that address the grader."""
    for match in _pattern("structure").finditer(text):
        if any(letter.isalnum() for letter in match[0]):
            yield match.span()
    yield from _objects(text)
    yield from (match.span() for match in _OTHER_RUN.finditer(text) if _in_other_letters(match[0]))
    for match in _BRACKETED.finditer(text):
        if _addresses(match[0]):
            yield match.span()


def _objects(text: str) -> Iterator[Span]:
    """Yield what stands between braces that match, where it looks like JSON or code."""
    opened: list[int] = []
    for brace in re.finditer(r"[{}]", text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif opened:
            start = opened.pop()
            if not opened and re.search(r"[\":=]", text[start : brace.end()]):
                yield start, brace.end()


# Words

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
        or any(_pattern("keys").search(turned) for view in _views(sentence) for turned in _turned(view))
        or _in_other_letters(sentence)
    )


def _plainly(sentence: str) -> bool:
    return bool(
        addresses_grader(sentence) or _pattern("told").search(sentence) or _pattern("elsewhere").search(sentence)
    )


def _keeps_company(sentence: str) -> bool:
    return any(_pattern("company").search(view) or len(_FOREIGN.findall(view)) > 1 for view in _views(sentence))


# What is hidden

_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝѵмтвнкАЕОРСУХІЈЅМТВНКΑΒΕΖΗΙΚΜΝΟΡΤΥΧαειοκνρτυχ‐‑‒–—’‘“”",
    "aeopcyxijsdhqwvmtbhkAEOPCYXIJSMTBHKABEZHIKMNOPTYXaeioknptux-----''\"\"",
)
_LEET = str.maketrans("013457@$!|", "oieastasil")
_SPACED = re.compile(r"\b(?:\w[ .\-_*]){3,}\w\b")
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
