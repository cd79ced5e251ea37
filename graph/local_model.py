"""A model on this machine: llama.cpp in this process behind its OpenAI-compatible server, on loopback alone.

It needs the extra ``local`` (xllamacpp). No text leaves the machine.
"""

import os
import secrets
import threading
from importlib.util import find_spec
from pathlib import Path

from graph.errors import Unusable
from graph.settings import GGUF

LOOPBACK = "127.0.0.1"
OPENED = 8192
"""Tokens each of two conversations has room for; more takes memory that a plain machine does not have."""
CONTEXT = OPENED * 9 // 10
"""Of them, those that prompts may count on: they are counted as OpenAI's models cut text, small models cut it finer."""
PARALLEL = 2
"""Customer and judge at the same time."""


def check(model: str) -> Path:
    """Return the file of ``gguf:/path/file.gguf``; raises Unusable where the file or the extra is missing."""
    path = Path(model.removeprefix(GGUF))
    if not path.is_file():
        raise Unusable(f"There is no model file {path}. Fix: set SPARRING_MODEL to gguf: and the path of a .gguf file.")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic != b"GGUF":
        raise Unusable(f"{path} is no GGUF file. Fix: download the model again, in the GGUF format of llama.cpp.")
    if find_spec("xllamacpp") is None:
        raise Unusable("Local models need an add-on, xllamacpp. Fix: `make local` installs it into .venv (34 MB).")
    return path


class LocalModel:
    """One model file, loaded and served as long as this object lives."""

    def __init__(self, path: Path) -> None:
        """Load the file, which takes seconds, and serve it; raises Unusable."""
        import xllamacpp

        self.key = secrets.token_urlsafe(24)
        """Asked of whoever connects, so that other accounts of this machine stay out."""
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.hostnames, params.port, params.api_keys = [LOOPBACK], 0, [self.key]
        params.n_parallel, params.n_ctx = PARALLEL, OPENED * PARALLEL
        params.cpuparams.n_threads = max(1, (os.cpu_count() or 2) // 2)
        params.ui, params.offline, params.verbosity = False, True, -1
        try:
            self._server = xllamacpp.Server(params)
        except Exception as error:  # llama.cpp raises whatever it likes
            raise Unusable(f"The model {path} cannot be loaded: {error}. Fix: try another file.") from error
        self.base = f"{self._server.listening_address}/v1"


_loading = threading.Lock()
_running: dict[Path, LocalModel] = {}


def started(model: str) -> LocalModel:
    """Return the one running server of ``gguf:/path/file.gguf``, started where it was not; raises Unusable."""
    path = check(model)
    with _loading:
        if path not in _running:
            _running[path] = LocalModel(path)
        return _running[path]
