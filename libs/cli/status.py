"""`capacitarr status`: what each service of a running instance says about itself."""

from pathlib import Path

from libs.cli.app import EXIT_FAILED
from libs.local.options import SERVICES, Options
from libs.local.probes import in_words, missing


def run_status(port: int) -> int:
    """Print a line per service; 0 when all are ready."""
    options = Options(port=port, data_dir=Path())
    answers = {service: missing(options.admin_port(service)) for service in SERVICES}
    for service, lacks in answers.items():
        print(f"{service:10}{in_words(lacks)}")
    return 0 if all(lacks == {} for lacks in answers.values()) else EXIT_FAILED
