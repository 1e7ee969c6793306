"""What the person who starts the runtime asked for, and the ports that follow from it."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from libs.local.children import StartError

SERVICES = ("api", "sync", "engine", "deleter", "notifier")
"""In the order of their admin ports: the first listens on PORT + 1."""


class PortError(StartError):
    """A port cannot be used; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is wanted. `given` holds the settings that the person provides and the runtime must not make up.

    A server whose address is given is not embedded.
    """

    port: int
    data_dir: Path
    demo: bool = False
    given: frozenset[str] = frozenset()

    def admin_port(self, service: str) -> int:
        """Where a service answers operators."""
        return self.port + 1 + SERVICES.index(service)

    @property
    def url(self) -> str:
        """Where people find the product."""
        return f"http://127.0.0.1:{self.port}"


def given_settings(environment: Mapping[str, str]) -> frozenset[str]:
    """Which of the runtime's own settings the environment provides, as a value or as the file that holds it."""
    own = ("DATABASE_URL", "NATS_URL", "SECRET_KEY")
    return frozenset(name for name in own if environment.get(name) or environment.get(f"{name}_FILE"))


def require_free_ports(options: Options) -> None:
    """Refuse early, with one sentence: services that fight for a port would only restart for ever."""
    highest = options.port + len(SERVICES)
    if not 1 <= options.port <= 65535 - len(SERVICES):
        raise PortError(f"port {options.port} is not usable; choose one from 1 to {65535 - len(SERVICES)}")
    for port in range(options.port, highest + 1):
        reason = why_taken(port)
        if reason is not None:
            raise PortError(
                f"port {port} cannot be used ({reason}); Capacitarr needs {options.port} to {highest}, "
                "choose other ones with --port"
            )


def why_taken(port: int) -> str | None:
    """The system's word for why nobody can listen there now; None for a free port."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return None
    except OSError as exc:
        return exc.strerror or str(exc)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
