"""The deletion queue drained and cleared: `python -m benchmarks.deletion`, with `--only` one part. Prints Markdown.

"Plain way": simulations in one transaction each, and for real deletions the bare calls to the upstream. Real ones run
at the largest `deletionsPerMinute` there is, 6,000. Ratios are of one run, on the same servers; processor times hardly
depend on what else a machine does.
"""

import argparse
import logging

import structlog

from benchmarks.deletion import cancel, drain
from libs.common.domain.enums import ExecutionMode

_PARTS = {"dry-run": ExecutionMode.DRY_RUN, "real": ExecutionMode.AUTO}


def main() -> None:
    """Measure each size in each part."""
    parser = argparse.ArgumentParser(prog="benchmarks.deletion", description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--only", choices=[*_PARTS, "cancel"])
    parser.add_argument("--rounds", type=int, default=3, help="of clearing; the medians count")
    parser.add_argument("--seconds", type=float, default=3600.0, help="of draining; what is done by then counts")
    parser.add_argument("--patience", type=float, default=300.0, help="seconds for anything to get ready")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parts = {name: mode for name, mode in _PARTS.items() if options.only in (None, name)}
    if parts:
        print(*drain.HEAD, sep="\n", flush=True)
        for name, mode in parts.items():
            for jobs in options.jobs:
                print(drain.row(name, drain.measure(jobs, mode, options.seconds, options.patience)), flush=True)
    if options.only in (None, "cancel"):
        print(*cancel.table(options.jobs, options.rounds), sep="\n")


if __name__ == "__main__":
    main()
