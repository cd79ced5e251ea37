"""The five packages are this repository's, and carry nothing they should not."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph.session import Ring

ROOT = Path(__file__).parents[1]
PACKAGES = ["personas", "knowledge", "graph", "evals", "ui"]
TEXTS = [
    *sorted((ROOT / "personas").glob("cards/*.yaml")),
    *sorted((ROOT / "knowledge").glob("techniques/*.md")),
    *sorted((ROOT / "knowledge").glob("guides/*.md")),
]
CODE = sorted(
    path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "training" not in path.parts
) + sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_imported_from_this_repository(name: str) -> None:
    """Its name is common: another one on the path, or a folder of these tests, must not stand in for it."""
    if not (ROOT / name / "__init__.py").exists():
        pytest.skip(f"{name} is not written yet")
    assert Path(str(importlib.import_module(name).__file__)) == ROOT / name / "__init__.py"


@pytest.mark.process
def test_a_built_in_session_never_imports_litellm(ring: Ring) -> None:
    """It costs three seconds and reaches for the network."""
    code = """
import sys
from graph.session import Ring
session = Ring().open("fuming-delayed-traveller", seed=1)
list(session.say("I am sorry."))
list(session.finish())
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True, timeout=120
    )
    assert not {"litellm", "streamlit", "openai", "torch"} & set(done.stdout.split())


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_a_packaged_text_is_finished(path: Path) -> None:
    """No dash that nobody types, no note to self, UTF-8."""
    text = path.read_text(encoding="utf-8")
    for unwanted in ("\N{EM DASH}", "TODO", "FIXME", "XXX", "Lorem ipsum", "\ufffd", "\t"):
        assert unwanted not in text, f"{path}: {unwanted!r}"


def test_no_note_to_self_is_left_in_code() -> None:
    """An issue says it better."""
    notes = ("TO" + "DO", "FIX" + "ME")
    found = [
        str(path)
        for path in CODE
        if path != Path(__file__) and any(n in path.read_text(encoding="utf-8") for n in notes)
    ]
    assert found == []


def test_no_module_is_too_long_to_read() -> None:
    """400 lines, tests not counted."""
    packaged = [path for path in CODE if "tests" not in path.relative_to(ROOT).parts]
    assert [str(path) for path in packaged if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_the_network_is_guarded() -> None:
    """The guard itself works: a unit test that reaches out fails."""
    import socket

    with socket.socket() as one, pytest.raises(AssertionError, match="reached for the network"):
        one.connect(("127.0.0.1", 9))
