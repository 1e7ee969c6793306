"""What the person who starts the runtime asked for, and the ports that follow from it."""

import socket
from dataclasses import dataclass
from pathlib import Path

from libs.local.children import StartError

SERVICES = ("api", "sync", "engine", "deleter", "notifier")
"""In the order of their admin ports: the first listens on PORT + 1."""


class PortError(StartError):
    """A port cannot be used; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """`database_url` and `nats_url` switch the embedded servers off."""

    port: int
    data_dir: Path
    demo: bool = False
    database_url: str | None = None
    nats_url: str | None = None
    secret_key: str | None = None

    def admin_port(self, service: str) -> int:
        """Where a service answers operators."""
        return self.port + 1 + SERVICES.index(service)

    @property
    def url(self) -> str:
        """Where people find the product."""
        return f"http://127.0.0.1:{self.port}"


def require_free_ports(options: Options) -> None:
    """Refuse early, with one sentence: services that fight for a port would only restart for ever."""
    highest = options.port + len(SERVICES)
    if not 1 <= options.port <= 65535 - len(SERVICES):
        raise PortError(f"port {options.port} is not usable; choose one from 1 to {65535 - len(SERVICES)}")
    for port in range(options.port, highest + 1):
        try:
            with socket.create_server(("127.0.0.1", port)):
                continue
        except OSError as exc:
            raise PortError(
                f"port {port} cannot be used ({exc.strerror}); Capacitarr needs {options.port} to {highest}, "
                "choose other ones with --port"
            ) from exc


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
