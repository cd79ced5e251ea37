"""Where the live state of sessions stands between two steps: in a file that outlives a crash, or in memory."""

import sqlite3
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from graph.errors import Unusable


def opened(path: Path | None) -> BaseCheckpointSaver[Any]:
    """Open the checkpoints in a file, or in memory where none is given; raises Unusable."""
    if path is None:
        return InMemorySaver()
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, check_same_thread=False, timeout=10)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        saver = SqliteSaver(connection)
        saver.setup()
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise Unusable(
            f"The session file {path} cannot be used: {error}. Fix: move it away, a new one is made."
        ) from error
    return saver


def close(checkpoints: BaseCheckpointSaver[Any]) -> None:
    """Let go of the file."""
    if isinstance(checkpoints, SqliteSaver):
        checkpoints.conn.close()
