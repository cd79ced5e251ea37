"""The knowledge base as written: Markdown articles, cut into passages that can be quoted on their own."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from knowledge.taxonomy import MISSTEPS, SKILLS, TECHNIQUES

FOLDER = Path(__file__).parent

Kind = Literal["technique", "misstep", "guide"]
Section = Literal["what", "why", "when", "wrong", "instead", "example", "contrast", "avoid", "fails", "guide"]

EXPLAINING: tuple[Section, ...] = ("what", "why", "when", "wrong", "instead", "fails", "guide")
"""Sections that answer a question about service. Examples and phrases to avoid sound like customers and agents, and
stand nearer to a question than its answer does."""
CITABLE: tuple[Section, ...] = (*EXPLAINING, "contrast")
"""Sections that can stand under a verdict as its reason; examples alone explain nothing."""

SOURCES = {
    "golden": 'Myra Golden, "Mastering the Art of Handling Difficult Customers"',
    "episode": 'podcast episode on turning tough customer interactions around ("How to handle difficult customers")',
    "grace": '"Handling Difficult Customers with Grace"',
    "practice": "standard service practice",
}
"""Source key of an article's front matter to the work it names."""

_HEADINGS: dict[str, Section] = {
    "What it is": "what",
    "Why it works": "why",
    "Why it hurts": "why",
    "When it is called for": "when",
    "When you are tempted": "when",
    "When it is wrong": "wrong",
    "What to do instead": "instead",
    "How it sounds": "example",
    "Contrast": "contrast",
    "Phrases to avoid": "avoid",
    "How it fails": "fails",
}
REQUIRED: dict[Kind, frozenset[Section]] = {
    "technique": frozenset({"what", "why", "when", "wrong", "example", "contrast", "avoid", "fails"}),
    "misstep": frozenset({"what", "why", "when", "instead", "example", "contrast", "avoid", "fails"}),
    "guide": frozenset(),
}


class ArticleError(Exception):
    """An article is not as it must be; the message names file, line or field, and the fix."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article that can be read on its own."""

    id: str
    """``article/section`` or ``article/section-N``."""
    article: str
    """The article's id: a taxonomy id, or a guide's slug."""
    section: Section
    title: str
    """The article's name, and for a guide or a contrast the heading."""
    text: str
    sources: tuple[str, ...]
    """Keys of `SOURCES`."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A weak and a strong answer to the same customer."""

    customer: str
    weak: str
    strong: str
    why: str


@dataclass(frozen=True, slots=True)
class Article:
    """One Markdown file of the knowledge base."""

    id: str
    kind: Kind
    name: str
    tip: str
    """One sentence a trainer would say when a technique was missing or a misstep was made."""
    sources: tuple[str, ...]
    techniques: tuple[str, ...]
    """For a guide, the taxonomy ids it bears on; else its own id."""
    passages: tuple[Passage, ...]

    def one(self, section: Section) -> Passage:
        """Return the first passage of ``section``; KeyError where there is none."""
        for passage in self.passages:
            if passage.section == section:
                return passage
        raise KeyError(section)


@cache
def articles() -> dict[str, Article]:
    """Return the packaged articles by id; raises ArticleError where one is broken or missing."""
    read = [parse(path) for path in files()]
    found = {article.id: article for article in read}
    if missing := (TECHNIQUES.keys() | MISSTEPS.keys()) - found.keys():
        raise ArticleError(f"{FOLDER / 'techniques'}: no article for {', '.join(sorted(missing))}. Fix: write one each")
    return found


def files() -> list[Path]:
    """Return the articles' files, in order."""
    return sorted((FOLDER / "techniques").glob("*.md")) + sorted((FOLDER / "guides").glob("*.md"))


def content_hash() -> str:
    """Return a short hash of all articles: it changes when any of them does."""
    digest = hashlib.sha256()
    for path in files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def parse(path: Path) -> Article:
    """Read one article; raises ArticleError naming what is wrong and how to mend it."""
    text = path.read_text(encoding="utf-8")
    head = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if head is None:
        raise ArticleError(f"{path}:1: no front matter. Fix: begin with `---`, the fields, `---`")
    try:
        fields = yaml.safe_load(head[1])
        article_id, name, tip = (str(fields[key]) for key in ("id", "name", "tip"))
        kind: Kind = fields["kind"]
        sources = tuple(fields["sources"])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ArticleError(f"{path}:1: front matter: {error}. Fix: give id, kind, name, sources and tip") from error
    _check_head(path, article_id, kind, fields, sources)
    body = text[head.end() :]
    passages = tuple(_passages(path, body, article_id, kind, name, sources))
    if lacking := REQUIRED[kind] - {passage.section for passage in passages}:
        raise ArticleError(f"{path}: lacks the section {', '.join(sorted(lacking))}. Fix: see any other article")
    about = tuple(fields.get("techniques", [article_id]))
    return Article(article_id, kind, name, tip, sources, about, passages)


def contrast(passage: Passage) -> Contrast:
    """Read a contrast passage back into its four parts."""
    found = dict(re.findall(r'^(Customer|Weak|Strong|Why): "?(.*?)"?$', passage.text, re.MULTILINE))
    return Contrast(found["Customer"], found["Weak"], found["Strong"], found["Why"])


def _check_head(path: Path, article_id: str, kind: str, fields: dict[str, Any], sources: tuple[str, ...]) -> None:
    known = {"technique": set(TECHNIQUES), "misstep": set(MISSTEPS), "guide": {path.stem}}
    if kind not in known:
        raise ArticleError(f"{path}:1: kind {kind!r}. Fix: one of {', '.join(known)}")
    if article_id not in known[kind] or article_id != path.stem:
        raise ArticleError(f"{path}:1: id {article_id!r}. Fix: a {kind} id, the same as the file's name")
    if kind != "guide" and fields.get("skill") not in SKILLS:
        raise ArticleError(f"{path}:1: skill {fields.get('skill')!r}. Fix: one of {', '.join(SKILLS)}")
    if unknown := set(sources) - SOURCES.keys():
        raise ArticleError(f"{path}:1: sources {sorted(unknown)}. Fix: use {', '.join(SOURCES)}")


def _passages(path: Path, body: str, article_id: str, kind: Kind, name: str, sources: tuple[str, ...]) -> list[Passage]:
    found = []
    for n, (heading, content) in enumerate(_split(body, "## "), start=1):
        if kind == "guide":
            found.append(Passage(f"{article_id}/{n}", article_id, "guide", f"{name}: {heading}", content, sources))
            continue
        if heading not in _HEADINGS:
            raise ArticleError(f"{path}: heading {heading!r}. Fix: one of {', '.join(_HEADINGS)}")
        section = _HEADINGS[heading]
        if section == "example":
            pieces = [(name, piece.strip('"')) for piece in _bullets(content)]
        elif section == "contrast":
            pieces = [(f"{name}: {h}", "\n".join(_bullets(c))) for h, c in _split(content, "### ")]
        else:
            found.append(Passage(f"{article_id}/{section}", article_id, section, name, content, sources))
            continue
        for i, (title, piece) in enumerate(pieces, start=1):
            found.append(Passage(f"{article_id}/{section}-{i}", article_id, section, title, piece, sources))
    return found


def _split(body: str, mark: str) -> list[tuple[str, str]]:
    parts = re.split(rf"^{mark}(.+)$", body, flags=re.MULTILINE)[1:]
    return [(h.strip(), c.strip()) for h, c in zip(parts[::2], parts[1::2], strict=True)]


def _bullets(content: str) -> list[str]:
    return [" ".join(b.split()) for b in re.split(r"^- ", content, flags=re.MULTILINE)[1:]]
