"""The index is built once, used again, and never used when it is not whole."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge import articles, index, packed
from knowledge.articles import CITABLE, EXPLAINING
from knowledge.embedding import Vectors, embed
from knowledge.index import IndexUnusable, indexed, open_index, version
from knowledge.search import FLOOR, PER_ARTICLE, Knowledge
from knowledge.taxonomy import MISSTEPS, TECHNIQUES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def whole(tmp_path: Path, knowledge: Knowledge, data: Path) -> Path:
    """Return a copy of the built index, not opened by anybody yet."""
    shutil.copytree(data / "index", tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an index of three articles, which is built in no time."""
    few = dict(list(articles.articles().items())[:3])
    monkeypatch.setattr(articles, "articles", lambda: few)
    open_index(tmp_path / "index")
    index._close(tmp_path / "index" / version())
    return tmp_path / "index"


def works(folder: Path) -> bool:
    """Tell whether the index finds a passage by its own vector."""
    index._close(folder / version())
    passage = indexed()[4]
    found = open_index(folder).query(query_embeddings=[embed([passage.text])[0].tolist()], n_results=3)
    return found["ids"][0][0] == passage.id and len(found["ids"][0]) == 3


def builds(folder: Path) -> bool:
    """Tell whether opening the index builds it."""
    seen: list[int] = []
    index._close(folder / version())
    open_index(folder, lambda done, of: seen.append(done))
    return bool(seen)


def test_the_index_is_built_on_the_first_run_with_progress(tmp_path: Path) -> None:
    """Up to all passages; nothing half-built is left."""
    seen: list[tuple[int, int]] = []
    collection = open_index(tmp_path / "new", lambda done, of: seen.append((done, of)))
    assert seen[-1][0] == seen[-1][1] == collection.count()
    assert [path.name for path in (tmp_path / "new").iterdir() if path.is_dir()] == [version()]


def test_a_first_start_embeds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts and titles are packed; embedding them would take half a minute."""
    embedded: list[str] = []

    def counted(texts: list[str]) -> Vectors:
        embedded.extend(texts)
        return embed(texts)

    monkeypatch.setattr(packed, "embed", counted)
    open_index(tmp_path / "new")
    assert embedded == []


def test_the_index_is_opened_again_without_building(whole: Path) -> None:
    """A second start is quick."""
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*.bin")}
    assert not builds(whole)
    assert before
    assert before == {path: path.stat().st_mtime_ns for path in whole.rglob("*.bin")}


def test_the_index_is_built_again_when_an_article_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under another name, and the old one goes."""
    old = version()
    monkeypatch.setattr(articles, "content_hash", lambda: hashlib.sha256(b"changed").hexdigest()[:16])
    assert version() != old
    assert builds(folder)
    assert not (folder / old).exists()


def test_a_half_built_index_is_not_used(folder: Path) -> None:
    """What a killed build left beside its place, and a whole one under its name that lacks passages."""
    (folder / version()).rename(folder / "building-0badc0de")
    assert builds(folder)
    assert not (folder / "building-0badc0de").exists()


def test_an_index_that_lacks_passages_is_built_again(folder: Path) -> None:
    """One is enough."""
    open_index(folder).delete(ids=[indexed()[0].id])
    assert builds(folder)
    assert works(folder)


@pytest.mark.parametrize("damage", ["truncated", "random", "emptied", "sqlite gone", "no folder"])
def test_a_corrupt_index_is_built_again(folder: Path, damage: str) -> None:
    """Whatever happened to its files."""
    place = folder / version()
    sqlite = place / "chroma.sqlite3"
    if damage == "truncated":
        os.truncate(sqlite, 10_000)
    elif damage == "random":
        sqlite.write_bytes(os.urandom(50_000))
    elif damage == "emptied":
        sqlite.write_bytes(b"")
    elif damage == "sqlite gone":
        sqlite.unlink()
    else:
        shutil.rmtree(place)
        place.write_text("a file in its place", encoding="utf-8")
    assert works(folder)


@pytest.mark.parametrize("damage", ["random", "emptied", "gone"])
def test_damaged_vectors_are_found(whole: Path, damage: str) -> None:
    """The files beside the database: the index finds what it should all the same."""
    for file in sorted((whole / version()).rglob("*.bin")):
        if damage == "gone":
            shutil.rmtree(file.parent, ignore_errors=True)
        else:
            file.write_bytes(os.urandom(64_000) if damage == "random" else b"")
    assert works(whole)


@pytest.mark.process
def test_two_processes_that_build_at_once_both_have_a_whole_index(tmp_path: Path) -> None:
    """The app and a terminal session, on a new machine."""
    code = """
import pathlib, sys
from knowledge.search import Knowledge
print(len(Knowledge(pathlib.Path(sys.argv[1])).search("sorry", 5)))
"""
    command = [sys.executable, "-c", code, str(tmp_path / "index")]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in both:
        out, problem = process.communicate(timeout=120)
        assert (process.returncode, out.strip()) == (0, "5"), problem
    assert [path.name for path in (tmp_path / "index").iterdir() if path.is_dir()] == [version()]


def test_a_folder_that_cannot_be_written_is_unusable_with_a_fix(tmp_path: Path) -> None:
    """Said, with the folder's name."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(IndexUnusable, match="Fix: ") as error:
        open_index(tmp_path / "file" / "index")
    assert str(tmp_path / "file" / "index") in str(error.value)


def test_search_finds_what_was_asked_about(knowledge: Knowledge) -> None:
    """The article on a technique comes up for a question about it."""
    for question, wanted in {
        "how do I apologise sincerely": "apologise",
        "when should I hand over to a manager": "escalat",
        "customer insults me and swears": "abus",
        "delivering a refusal or bad news": "bad",
    }.items():
        hits = knowledge.search(question, 5)
        assert any(wanted in hit.passage.article.replace("set_boundary", "abus") for hit in hits), question
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert all(-1 <= hit.score <= 1.0001 for hit in hits)


def test_an_example_is_quotable_and_never_what_a_search_brings(knowledge: Knowledge) -> None:
    """Also where its own words are searched for; nor is a phrase to avoid, or a contrast."""
    for one in ("apologise/example-3", "apologise/avoid", "apologise/contrast-1"):
        passage = knowledge.passage(one)
        assert {hit.passage.section for hit in knowledge.search(passage.text, 10)} <= set(EXPLAINING)


@pytest.mark.parametrize("article", sorted(articles.articles()))
def test_an_article_is_found_by_its_name(knowledge: Knowledge, article: str) -> None:
    """Among the first three: few passages say what they are about."""
    found = knowledge.search(articles.articles()[article].name, 3)
    assert article in {hit.passage.article for hit in found}


def test_a_question_of_another_field_stays_below_the_floor(knowledge: Knowledge) -> None:
    """And one about service does not."""
    for foreign in ("pruning apple trees in winter", "capital of Mongolia", "wiring a two way light switch"):
        assert knowledge.search(foreign, 1)[0].score < FLOOR, foreign
    for asked in ("stranded passengers at night", "warm handover to a supervisor", "steer away from religion"):
        assert knowledge.search(asked, 1)[0].score > FLOOR, asked


def test_passages_about_ids_can_stand_under_a_verdict(knowledge: Knowledge) -> None:
    """For every id of the taxonomy: some, few, of its own article, never a bare example."""
    ids = [*TECHNIQUES, *MISSTEPS]
    found = knowledge.about("I am sorry, but you should have read the terms.", ids)
    assert found.keys() == set(ids)
    for one, passages in found.items():
        assert 1 <= len(passages) <= PER_ARTICLE
        assert all(p.article == one and p.section in CITABLE for p in passages)


def test_nothing_is_about_no_ids(knowledge: Knowledge) -> None:
    """No question is asked of the index."""
    assert knowledge.about("anything", []) == {}


def test_an_unknown_passage_is_unknown(knowledge: Knowledge) -> None:
    """A judge that makes up an id is caught."""
    with pytest.raises(KeyError):
        knowledge.passage("apologise/made-up")
