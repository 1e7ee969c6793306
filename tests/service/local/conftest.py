"""Runtimes and servers that no test leaves running."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from libs.local.postgres import EmbeddedPostgres
from tests.harness.runtime import Runtime, six_free_ports

StartRuntime = Callable[..., Runtime]


@pytest.fixture
def port() -> int:
    """The first of six ports that are free together."""
    return six_free_ports()


@pytest.fixture
def start(port: int, tmp_path: Path) -> Iterator[StartRuntime]:
    """Starts runtimes on one folder, and ends those a test has not ended."""
    started: list[Runtime] = []

    def begin(environment: dict[str, str] | None = None, prefix: tuple[str, ...] = ()) -> Runtime:
        started.append(Runtime(port, tmp_path / "data", environment, prefix))
        return started[-1]

    yield begin
    for runtime in started:
        if runtime.process.poll() is None:
            runtime.end()


@pytest.fixture
def embed() -> Iterator[Callable[[Path], EmbeddedPostgres]]:
    """Makes embedded servers, and stops them."""
    made: list[EmbeddedPostgres] = []

    def begin(data_dir: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(data_dir, fsync=False))
        return made[-1]

    yield begin
    for server in made:
        server.stop()
