"""`capacitarr up`: the embedded runtime with a person in front of it."""

import sys
from collections.abc import Callable
from contextlib import suppress

from libs.cli.app import EXIT_FAILED, EXIT_USAGE
from libs.local.children import StartError
from libs.local.data_dir import DataDirError
from libs.local.options import Options, PortError
from libs.local.preparation import SettingsRejectedError
from libs.local.supervisor import Supervisor, service_command


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
    except OSError as exc:
        print(f"capacitarr: the system refused: {exc}", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _say(line: str) -> None:
    with suppress(OSError):  # a terminal that went away is no reason to stop
        print(line, flush=True)
