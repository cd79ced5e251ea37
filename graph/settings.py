"""Where things are kept and which models are asked: the environment and a settings file, read in one place.

``settings.toml`` in the data directory may say which models to ask; the environment wins over it::

    model = "openai/gpt-4.1-mini"        # SPARRING_MODEL          who plays the customer, as litellm names it
    judge_model = "openai/gpt-4.1"       # SPARRING_JUDGE_MODEL    who judges; the same where it is not set
    fallback_model = "ollama/qwen3"      # SPARRING_FALLBACK_MODEL asked once where the first one fails
    api_base = "http://127.0.0.1:8000/v1"  # SPARRING_API_BASE, or the provider's own, as OPENAI_API_BASE
    api_key = "..."                      # SPARRING_API_KEY, or the provider's own, as OPENAI_API_KEY
    timeout = 60                         # SPARRING_TIMEOUT        seconds for an answer, tries and fallback included
    first_timeout = 15                   # seconds until its first word
    gap_timeout = 10                     # seconds between two words; all three are longer for a local file
    tries = 3                            # how often a busy or failing model is asked
    samples = 1                          # how often the judge is asked about a turn; a finding needs most of them
    window = 32768                       # tokens the model can take, where litellm does not know it

    [judge]                              # where the judge is at another address than the customer; also [fallback]
    api_base = "..."
    api_key = "..."
    window = 8192

``built-in`` in the place of a model stands for none. ``gguf:/path/file.gguf`` is a model on this machine.
"""

import os
import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from graph.errors import Unusable
from personas.loader import CARDS

FILE = "settings.toml"
BUILT_IN = "built-in"
GGUF = "gguf:"
_ENVIRONMENT = {
    "model": "SPARRING_MODEL",
    "judge_model": "SPARRING_JUDGE_MODEL",
    "fallback_model": "SPARRING_FALLBACK_MODEL",
    "api_base": "SPARRING_API_BASE",
    "api_key": "SPARRING_API_KEY",
    "timeout": "SPARRING_TIMEOUT",
}
_USUAL, _LOCAL = (60.0, 15.0, 10.0), (300.0, 120.0, 60.0)
"""Seconds for the whole answer, its first word, and between two; a model on a plain machine takes its time."""
_LOOKS_SECRET = re.compile(
    r"\b(?:sk|pk|rk|gsk|hf|xai|key)[-_][\w-]{8,}"  # the keys of most providers
    r"|\bAIza[\w-]{20,}|\bAKIA[A-Z0-9]{12,}"
    r"|(?<=Bearer )\S+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?<=api_key=)[^\s&]+|(?<=api-key: )\S+",
    re.IGNORECASE,
)
_SECRET_NAMES = ("_API_KEY", "_TOKEN", "_SECRET", "_SECRET_ACCESS_KEY", "_PASSWORD")


class _Place(BaseModel):
    """Where a model is, as the file says it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    api_base: str = Field("", pattern=r"^(https?://\S+)?$")
    api_key: SecretStr = SecretStr("")
    window: int | None = Field(None, ge=1024)


class _File(_Place):
    """The settings file."""

    model: str = ""
    judge_model: str = ""
    fallback_model: str = ""
    timeout: float | None = Field(None, gt=0, le=3600)
    first_timeout: float | None = Field(None, gt=0, le=3600)
    gap_timeout: float | None = Field(None, gt=0, le=3600)
    tries: int = Field(3, ge=1, le=10)
    samples: int = Field(1, ge=1, le=9)
    judge: _Place = _Place()
    fallback: _Place = _Place()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model and where it is."""

    model: str
    """As litellm names it, or ``gguf:`` and a path."""
    base: str = ""
    """Empty: where its provider is."""
    key: SecretStr = field(default=SecretStr(""), repr=False)
    """Empty: the provider's own variable is used."""
    window: int | None = None
    """Tokens it can take; None: litellm may know."""
    named_in: str = field(default="", compare=False)
    """The variable or file that names it."""
    key_in: str = field(default="", compare=False)
    """The variable or file that holds its key; empty: none does."""

    @property
    def name(self) -> str:
        """Return what people call it."""
        return f"{GGUF}{Path(self.model).name}" if self.model.startswith(GGUF) else self.model


@dataclass(frozen=True, slots=True)
class Models:
    """Which models are asked, and how patiently; by default none."""

    customer: Endpoint | None = None
    """None: the built-in customer."""
    judge: Endpoint | None = None
    """None: the built-in evaluator."""
    fallback: Endpoint | None = None
    total_s: float = 60
    """Seconds for a whole answer, all tries and the fallback included."""
    first_s: float = 15
    """Seconds until its first word."""
    gap_s: float = 10
    """Seconds between two words."""
    tries: int = 3
    samples: int = 1
    """Answers of the judge that are asked for on a turn; a finding needs most of them."""

    @property
    def configured(self) -> bool:
        """Return whether any model is asked at all."""
        return self.customer is not None or self.judge is not None


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is configured to."""

    data: Path
    """Everything that is written goes under this directory (``SPARRING_DATA``)."""
    cards: tuple[Path, ...]
    """Folders of cards: the packaged ones, then ``SPARRING_CARDS`` (several, separated as in PATH)."""
    store_url: str
    """SQLAlchemy URL of the reporting store (``SPARRING_STORE_URL``); SQLite under `data` by default."""
    models: Models = Models()

    @staticmethod
    def from_environment() -> "Settings":
        """Read the environment and the settings file.

        Raises:
            Unusable: the data directory cannot be written, or the settings are wrong.
        """
        data = Path(os.environ.get("SPARRING_DATA") or user_data_path("sparring", appauthor=False)).expanduser()
        own = tuple(Path(p).expanduser() for p in os.environ.get("SPARRING_CARDS", "").split(os.pathsep) if p)
        url = os.environ.get("SPARRING_STORE_URL") or f"sqlite:///{data / 'sparring.sqlite'}"
        return Settings(writable(data), (CARDS, *own), url, models_from(data / FILE))


def models_from(path: Path) -> Models:
    """Read which models are asked from the environment and, where it is there, the file; raises Unusable."""
    written = _read(path)
    named = {key: os.environ[name] for key, name in _ENVIRONMENT.items() if os.environ.get(name)}
    try:
        file = _File.model_validate(written | named)
    except ValidationError as error:
        raise Unusable(_explained(path, error, named)) from None

    def endpoint(key: str, own: _Place | None = None) -> Endpoint | None:
        one = _endpoint(getattr(file, key), file, own)
        where = _ENVIRONMENT[key] if key in named else FILE
        return one and replace(one, named_in=where)

    customer = endpoint("model")
    judge = endpoint("judge_model" if file.judge_model else "model", file.judge)
    fallback = endpoint("fallback_model", file.fallback)
    local = any(one is not None and one.model.startswith(GGUF) for one in (customer, judge, fallback))
    asked = (file.timeout, file.first_timeout, file.gap_timeout)
    total, first, gap = (own or usual for own, usual in zip(asked, _LOCAL if local else _USUAL, strict=True))
    return Models(customer, judge, fallback, total, min(first, total), min(gap, total), file.tries, file.samples)


def scrub(text: str) -> str:
    """Return a text for a log or a page without anything that is a key, or looks like one."""
    for name, value in os.environ.items():
        if len(value) >= 8 and name.upper().endswith(_SECRET_NAMES):
            text = text.replace(value, "[key]")
    return _LOOKS_SECRET.sub("[key]", text)


def writable(folder: Path) -> Path:
    """Return ``folder``, made if it was not there; raises Unusable when nothing can be written to it."""
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Unusable(
            f"The data directory {folder} cannot be written: {error.strerror or error}. "
            "Fix: give this account the right to write there, or set SPARRING_DATA to another directory."
        ) from error
    return folder.resolve()


def _endpoint(model: str, file: _File, own: _Place | None = None) -> Endpoint | None:
    """Return where a model is: its own section counts first, then what is said for all of the same provider."""
    if model in ("", BUILT_IN):
        return None
    if model.startswith(GGUF):
        path = str(Path(model.removeprefix(GGUF)).expanduser())
        return Endpoint(GGUF + path, window=(own or file).window or file.window)
    own = own or _Place()
    provider = _provider(model)
    same = provider == _provider(file.model)
    base = own.api_base or (file.api_base if same else "")
    key = own.api_key.get_secret_value() or (file.api_key.get_secret_value() if same else "")
    key_in = FILE if own.api_key or not os.environ.get("SPARRING_API_KEY") else "SPARRING_API_KEY"
    if not os.environ.get("SPARRING_API_BASE") and any(map(os.environ.get, _usual(provider, "API_BASE", "BASE_URL"))):
        base = own.api_base
    (usual,) = _usual(provider, "API_KEY")
    if not os.environ.get("SPARRING_API_KEY") and os.environ.get(usual):
        key = own.api_key.get_secret_value()
    key_in = key_in if key else usual if os.environ.get(usual) else ""
    return Endpoint(model, base, SecretStr(key), own.window or (file.window if same else None), key_in=key_in)


def _provider(model: str) -> str:
    return model.split("/", 1)[0] if "/" in model else "openai"


def _usual(provider: str, *kinds: str) -> list[str]:
    """Return the names of a provider's own variables."""
    return [f"{provider.upper().replace('-', '_')}_{kind}" for kind in kinds]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise Unusable(
            f'{path}: {scrub(str(error))}. Fix: write one `name = "value"` a line, words in quotation marks.'
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{path}: cannot be read ({error}). Fix: make it a UTF-8 file this account may read.") from error


def _explained(path: Path, error: ValidationError, named: dict[str, str]) -> str:
    """Say which line or variable is wrong, and what to write; values are left out, for one may be a key."""
    first = error.errors(include_input=False, include_url=False)[0]
    keys = [str(part) for part in first["loc"]]
    field_name = ".".join(keys)
    if keys[0] in named:
        return f"{_ENVIRONMENT[keys[0]]}: {first['msg']}. Fix: correct the variable, or unset it."
    where = f"{path}:{_line(path, keys)}: {field_name}"
    if first["type"] == "extra_forbidden":
        known = _File if len(keys) == 1 else _Place
        return f"{where}: there is no such setting. Fix: use one of {', '.join(sorted(known.model_fields))}."
    return f"{where}: {first['msg']}. Fix: correct it, or take the line out."


def _line(path: Path, keys: list[str]) -> int:
    """Return the number of the line that sets a key, or 1."""
    section = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if head := re.match(r"\s*\[([\w.-]+)\]", line):
            section = head[1]
        name = line.split("=", 1)[0].strip().strip("\"'")
        if [*filter(None, [section]), name] == keys or section == ".".join(keys):
            return number
    return 1
