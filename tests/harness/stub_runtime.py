"""The real runtime over stub services, as a program: `python -m tests.harness.stub_runtime PORT DATA_DIR`."""

import os
import sys
from pathlib import Path

from libs.cli.up import run_up
from libs.local.options import Options, given_settings


def _stub(name: str) -> list[str]:
    return [sys.executable, "-m", "tests.harness.stub_service", name]


if __name__ == "__main__":
    options = Options(port=int(sys.argv[1]), data_dir=Path(sys.argv[2]), given=given_settings(os.environ))
    sys.exit(run_up(options, _stub))
