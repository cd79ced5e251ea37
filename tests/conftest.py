"""What all tests share: one data directory with one built index, and no network."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graph import session as session_module
from graph.session import Ring
from graph.settings import Settings
from knowledge.search import Knowledge
from personas.card import Card
from personas.loader import CARDS, load


@pytest.fixture(autouse=True)
def _offline(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid every socket but those of this machine's file system, unless the test says that it needs them."""
    if request.node.get_closest_marker("network") or request.node.get_closest_marker("browser"):
        return

    def guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
        def check(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX:
                raise AssertionError(f"a unit test reached for the network: {address}")
            return connect(self, address)

        return check

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))


@pytest.fixture(scope="session", autouse=True)
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the data directory of the whole run; processes that a test starts use it too."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARRING_DATA", str(folder))
        for name in ("CARDS", "MODEL", "JUDGE_MODEL", "FALLBACK_MODEL", "API_BASE", "API_KEY", "TIMEOUT"):
            patch.delenv(f"SPARRING_{name}", raising=False)
        patch.delenv("SPARRING_STORE_URL", raising=False)
        yield folder


@pytest.fixture(scope="session")
def ring(data: Path) -> Iterator[Ring]:
    """Return an installation with everything built in, on the shared data directory."""
    opened = Ring(Settings.from_environment())
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def knowledge(ring: Ring) -> Knowledge:
    """Return the built knowledge base."""
    return ring.knowledge


@pytest.fixture
def make_ring(tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Ring]]:
    """Return a maker of installations on a data directory of the test's own; the index is the shared one."""
    monkeypatch.setattr(session_module, "open_knowledge", lambda *_: knowledge)
    made: list[Ring] = []

    def make(
        *, folder: Path = tmp_path / "data", cards: tuple[Path, ...] = (CARDS,), url: str = "", **parts: Any
    ) -> Ring:
        folder.mkdir(exist_ok=True)
        made.append(Ring(Settings(folder, cards, url or f"sqlite:///{folder / 'sparring.sqlite'}"), **parts))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def cards() -> dict[str, Card]:
    """Return the packaged cards by id."""
    read = [load(path).card for path in sorted(CARDS.glob("*.yaml"))]
    return {card.id: card for card in read if card}


@pytest.fixture(scope="session")
def traveller(cards: dict[str, Card]) -> Card:
    """Return the fuming delayed traveller."""
    return cards["fuming-delayed-traveller"]
