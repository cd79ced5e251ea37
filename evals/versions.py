"""What a result was made with: hashes of cards, prompts, knowledge and reader, names of models, the commit."""

import hashlib
import subprocess
from pathlib import Path

from evals.suite import Data, Item
from graph.prompting import PROMPTS
from graph.settings import Models, Settings
from knowledge.articles import content_hash
from knowledge.reader import load_reader

ROOT = Path(__file__).parents[1]
UNKNOWN = "unknown"


def versions(settings: Settings) -> Data:
    """Return the versions of everything a result depends on but the samples."""
    return {
        "cards": {
            path.stem: _hash(path.read_bytes()) for folder in settings.cards for path in sorted(folder.glob("*.yaml"))
        },
        "prompts": _hash(*(path.read_bytes() for path in sorted(PROMPTS.glob("*.md")))),
        "knowledge": content_hash(),
        "reader": load_reader().version,
        "models": models(settings.models),
        "commit": commit(),
    }


def models(configured: Models) -> dict[str, str]:
    """Return who plays and who judges, by role."""
    names = {"customer": configured.customer, "judge": configured.judge}
    return {role: endpoint.name if endpoint else "built-in" for role, endpoint in names.items()}


def samples(items: list[Item]) -> str:
    """Return a hash of what is asked in the samples."""
    return _hash(*(f"{item.id} {item.input}".encode() for item in items))


def commit() -> str:
    """Return the commit that is checked out, with ``+`` behind it where files were changed; or ``unknown``."""
    if (found := _git("rev-parse", "--short=12", "HEAD")) is None:
        return UNKNOWN
    return found + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*words: str) -> str | None:
    command = ["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]
