"""The console script: a session becomes a case, and what is wrong is said with its fix."""

from pathlib import Path

import pytest

from evals.cases import load
from evals.cli import main
from graph.session import Ring


def test_a_session_is_printed_as_a_case_that_is_read_again(
    ring: Ring, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, nothing else: `sparring-evals case from-session ID >> FILE` is all that is needed."""
    session = ring.open("serial-complainer", person="Robin", seed=3)
    list(session.say("That was our mistake, Miss Gittens, and I am sorry."))
    list(session.finish())
    assert main(["case", "from-session", session.id]) == 0
    printed = capsys.readouterr().out
    file = tmp_path / "own.jsonl"
    file.write_text(printed, encoding="utf-8")
    (case,) = load([file])
    assert (case.id, case.card, len(case.turns)) == (f"session-{session.id}", "serial-complainer", 1)
    assert main(["case", "check", str(file)]) == 0


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["case", "from-session", "2020-01-01-nobody"], "There is no session '2020-01-01-nobody'. Fix:"),
        (["run", "repaly"], "There is no suite 'repaly'. Fix: choose among replay,"),
        (["run", "agreement", "--labels", "a.jsonl"], "--conversations and --labels go together. Fix:"),
        (["compare", "nowhere", "nowhere"], "Fix: give the folder of a run"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(
    command: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, with exit code 1 and nothing on standard output."""
    for name in ("MODEL", "JUDGE_MODEL", "FALLBACK_MODEL"):
        monkeypatch.setenv(f"SPARRING_{name}", "built-in")  # `run` sets them; they are put back after the test
    assert main(command) == 1
    said = capsys.readouterr()
    assert says in said.err
    assert not said.out
