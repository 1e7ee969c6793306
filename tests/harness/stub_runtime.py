"""The real runtime over stub services, as a program: `python -m tests.harness.stub_runtime PORT DATA_DIR`."""

import sys
from pathlib import Path

from libs.cli.up import run_up
from libs.local.options import Options


def _stub(name: str) -> list[str]:
    return [sys.executable, "-m", "tests.harness.stub_service", name]


if __name__ == "__main__":
    sys.exit(run_up(Options(port=int(sys.argv[1]), data_dir=Path(sys.argv[2])), _stub))
