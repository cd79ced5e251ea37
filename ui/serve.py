"""Starts the browser app on this machine."""

import contextlib
import logging
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from graph.errors import SparringError

HOST = "127.0.0.1"
_START_TIMEOUT_S = 60
_FIRST_PAGE_S = 5
"""How long the ring's libraries wait for somebody to open the first page, which is drawn without them."""

_THEME: dict[str, Any] = {
    "base": "light",
    "primaryColor": "#1d5b57",
    "backgroundColor": "#fbfaf7",
    "secondaryBackgroundColor": "#f3f0ea",
    "textColor": "#22282b",
    "linkColor": "#1d5b57",
    "borderColor": "#e3ded4",
    "font": "sans-serif",
    "headingFont": "serif",
    "baseRadius": "10px",
    "buttonRadius": "8px",
    "showSidebarBorder": True,
}
_CONFIG: dict[str, Any] = {
    "server.address": HOST,
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": False,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "runner.postScriptGC": False,
    "runner.magicEnabled": False,
    "logger.hideWelcomeMessage": True,
    "logger.level": "warning",
}
"""postScriptGC would collect garbage after every drawing: a third of a second with the libraries loaded."""


class PortTaken(SparringError):
    """Something else answers on the port."""


def serve(port: int) -> None:
    """Serve the browser app until it is interrupted; say the address once the page answers.

    Raises:
        PortTaken: something else answers on ``port``.
    """
    _check_free(port)
    import streamlit as st

    logging.getLogger("streamlit").setLevel(logging.WARNING)
    app = st.App(Path(__file__).with_name("app.py"), on_script_error=_logged)
    threading.Thread(target=_announce, args=(port,), daemon=True).start()
    theme = {f"theme.{key}": value for key, value in _THEME.items()}
    app.run(config={**_CONFIG, **theme, "server.port": port})


def address(port: int) -> str:
    """Return the address of the app."""
    return f"http://{HOST}:{port}"


def _check_free(port: int) -> None:
    if not 1 <= port <= 65535:
        raise PortTaken(f"{port} is no port. Fix: choose one from 1024 to 65535, as in `make run PORT=8599`.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} cannot be used: {error.strerror or error}. Fix: stop what runs there, or choose another "
                "port with `make run PORT=8599` (`sparring run --port 8599`)."
            ) from error


def _announce(port: int) -> None:
    """Say the address once the server answers, then prepare what the pages need, the first page first."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address(port)}/_stcore/health", timeout=1):
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    print(f"Sparring is ready: {address(port)}  (Ctrl+C stops it)", flush=True)
    _prepare()


def _prepare() -> None:
    from ui import opening, pages, shelf

    del pages
    with contextlib.suppress(SparringError):  # the page says it
        shelf.cards()
    waited = time.monotonic() + _FIRST_PAGE_S
    while not opening.begun() and time.monotonic() < waited:
        time.sleep(0.1)
    opening.opening()


def _logged(error: Exception) -> bool:
    """Log an error of the page's script in the terminal instead of showing it in the page."""
    logging.getLogger("ui").error("A page failed", exc_info=error)
    return True


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]) if sys.argv[1:] else 8501)
    except SparringError as problem:
        sys.exit(str(problem))
