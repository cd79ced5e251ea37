"""The articles are whole, sourced, and say different things."""

from pathlib import Path

import pytest

from knowledge.articles import (
    REQUIRED,
    SOURCES,
    Article,
    ArticleError,
    articles,
    content_hash,
    contrast,
    files,
    parse,
)  # fmt: skip
from knowledge.taxonomy import HARMFUL, MISSTEPS, SKILLS, TECHNIQUES

IDS = [*TECHNIQUES, *MISSTEPS]
GOOD = (Path(parse.__code__.co_filename).parent / "techniques" / "apologise.md").read_text(encoding="utf-8")


@pytest.fixture(params=IDS)
def article(request: pytest.FixtureRequest) -> Article:
    """Return each article of the taxonomy."""
    return articles()[request.param]


def test_there_are_twenty_techniques_and_fourteen_missteps() -> None:
    """Each with a skill of its own kind; the harmful ones are missteps."""
    assert (len(TECHNIQUES), len(MISSTEPS)) == (20, 14)
    assert set(TECHNIQUES.values()) | set(MISSTEPS.values()) == set(SKILLS)
    assert set(MISSTEPS) >= HARMFUL
    assert not TECHNIQUES.keys() & MISSTEPS.keys()


def test_every_id_has_an_article_of_its_kind(article: Article) -> None:
    """A technique is written as one, a misstep as one."""
    assert article.kind == ("technique" if article.id in TECHNIQUES else "misstep")


def test_an_article_has_every_section(article: Article) -> None:
    """What it is, why, when, how it sounds, and so on."""
    assert {passage.section for passage in article.passages} >= REQUIRED[article.kind]


def test_an_article_has_twelve_examples_or_more(article: Article) -> None:
    """All different."""
    examples = [p.text for p in article.passages if p.section == "example"]
    assert len(examples) >= 12
    assert len(set(examples)) == len(examples)


def test_an_article_has_five_contrasts_or_more_that_can_be_read(article: Article) -> None:
    """Customer, weak, strong and why, none empty, weak and strong different."""
    pairs = [contrast(p) for p in article.passages if p.section == "contrast"]
    assert len(pairs) >= 5
    for pair in pairs:
        assert pair.customer
        assert pair.weak
        assert pair.strong
        assert pair.why
        assert pair.weak != pair.strong


def test_a_tip_is_one_short_sentence(article: Article) -> None:
    """20 words at most, ended like a sentence."""
    assert 3 <= len(article.tip.split()) <= 20
    assert article.tip[-1] in ".!?"


def test_every_article_names_its_sources() -> None:
    """Guides too; only works that are known."""
    for article in articles().values():
        assert article.sources
        assert set(article.sources) <= SOURCES.keys()


def test_the_guides_cover_the_bigger_picture() -> None:
    """What the issue asks for beside the taxonomy; each bears on ids that exist."""
    guides = {article.id: article for article in articles().values() if article.kind == "guide"}
    assert guides.keys() >= {
        "order-of-a-difficult-conversation", "giving-bad-news", "escalating", "refusing-service",
        "using-the-customer-record", "customer-feedback", "social-media-risk",
        "serial-complainer", "indecisive-shopper", "fuming-delayed-traveller",
    }  # fmt: skip
    for guide in guides.values():
        assert set(guide.techniques) <= set(IDS)
        assert len(guide.passages) >= 3


def test_no_example_or_strong_line_stands_in_two_places() -> None:
    """A line that shows two things teaches neither."""
    seen: dict[str, str] = {}
    for article in articles().values():
        for passage in article.passages:
            if passage.section == "example":
                line = passage.text
            elif passage.section == "contrast":
                line = contrast(passage).strong
            else:
                continue
            plain = " ".join("".join(c for c in line.casefold() if c.isalnum() or c == " ").split())
            assert plain not in seen, f"{passage.id} repeats {seen[plain]}: {line!r}"
            seen[plain] = passage.id


def test_passages_have_ids_of_their_own_and_can_be_read_alone() -> None:
    """None empty, none longer than a reader takes in, no markup of headings."""
    passages = [p for article in articles().values() for p in article.passages]
    assert len({p.id for p in passages}) == len(passages)
    for passage in passages:
        assert passage.text.strip()
        assert "## " not in passage.text
        assert len(passage.text) < 2500


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("---\nid", "id", r":1: no front matter"),
        ("id: apologise", "id: apologize", r"id 'apologize'"),
        ("kind: technique", "kind: trick", r"kind 'trick'"),
        ("skill: empathise", "skill: feeling", r"skill 'feeling'"),
        ("tip: Say", "hint: Say", r"'tip'"),
        ("sources: [golden", "sources: [wikipedia", r"wikipedia"),
        ("## How it fails", "## How it falls", r"heading 'How it falls'"),
        ("sources: [", "sources: {", r"front matter"),
    ],
)
def test_a_broken_article_names_what_is_wrong_and_the_fix(tmp_path: Path, old: str, new: str, message: str) -> None:
    """File, what was found, and what it should be."""
    path = tmp_path / "apologise.md"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ArticleError, match=message) as error:
        parse(path)
    assert str(path) in str(error.value)
    assert "Fix: " in str(error.value)


def test_a_lacking_section_is_named(tmp_path: Path) -> None:
    """With its name."""
    path = tmp_path / "apologise.md"
    path.write_text(GOOD[: GOOD.index("## How it fails")], encoding="utf-8")
    with pytest.raises(ArticleError, match="lacks the section fails"):
        parse(path)


def test_the_hash_changes_with_any_article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the index hangs on it."""
    before = content_hash()
    changed = tmp_path / "apologise.md"
    changed.write_text(GOOD + "\n", encoding="utf-8")
    others = [path for path in files() if path.stem != "apologise"]
    monkeypatch.setattr("knowledge.articles.files", lambda: [*others, changed])
    assert content_hash() != before
