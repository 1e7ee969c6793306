"""`capacitarr status`: what each service of a running instance says about itself."""

from pathlib import Path

from libs.cli.app import EXIT_FAILED
from libs.local.options import SERVICES, Options
from libs.local.probes import missing


def run_status(port: int) -> int:
    """Print a line per service; 0 when all are ready."""
    options = Options(port=port, data_dir=Path())
    ready = True
    for service in SERVICES:
        lacks = missing(options.admin_port(service))
        ready = ready and lacks == {}
        print(f"{service:10}{_words(lacks)}")
    return 0 if ready else EXIT_FAILED


def _words(lacks: dict[str, str] | None) -> str:
    if lacks is None:
        return "not running"
    return "ready" if not lacks else "; ".join(f"{name}: {reason}" for name, reason in lacks.items())
