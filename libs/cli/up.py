"""`capacitarr up`: the embedded runtime with a person in front of it."""

import sys
from collections.abc import Callable

from libs.cli.app import EXIT_FAILED, EXIT_USAGE
from libs.local.children import StartError
from libs.local.data_dir import DataDirError
from libs.local.options import Options, PortError
from libs.local.supervisor import SettingsRejectedError, Supervisor, service_command


def run_up(options: Options, command: Callable[[str], list[str]] = service_command) -> int:
    """Run until stopped; the exit code: 0 after a stop, 2 for what a person must change, 1 for a failure to start."""
    try:
        Supervisor(options, _say, command).run()
    except (DataDirError, PortError, SettingsRejectedError) as exc:
        print(f"capacitarr: {exc}", file=sys.stderr)
        return EXIT_USAGE
    except StartError as exc:
        print(f"capacitarr: {exc}", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _say(line: str) -> None:
    print(line, flush=True)
