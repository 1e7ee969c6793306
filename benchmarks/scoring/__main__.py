"""Scoring by size of the library and number of rules: `python -m benchmarks.scoring`. Prints Markdown.

Every line is measured in a fresh process on a real Postgres: the catalogue is read, evaluated (scores, order, and every
reason to keep an item), and stored. "Score" is the part of evaluating that the plain per-item interpreter of the tests
does in the next column; of more than `--loop` items that one takes a sample, from which its seconds are worked out.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.scoring.library import library_of, set_rules
from benchmarks.scoring.measure import Measured, measure

_HEAD = (
    "items", "rules", "score, s", "per-item loop, s", "times faster", "read, s", "evaluate, s", "store, s",
    "all three, s", "peak, MiB",
)  # fmt: skip


def row(one: Measured) -> str:
    """One line of the table."""
    loop = f"{one.loop_s:.1f}" if one.loop_items == one.items else f"{one.loop_s:.0f} (from {one.loop_items:,} items)"
    parts = (f"{one.read_s:.2f}", f"{one.evaluate_s:.2f}", f"{one.store_s:.2f}", f"{one.whole_s:.1f}")
    compared = (f"{one.score_s:.2f}", loop, f"{one.ratio:.0f}")
    return line(f"{one.items:,}", str(one.rules), *compared, *parts, f"{one.peak_mib:.0f}")


def line(*cells: str) -> str:
    """A row of Markdown."""
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure each of `--items` with each of `--rules`."""
    parser = argparse.ArgumentParser(prog="benchmarks.scoring", description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rules", type=int, nargs="+", default=[0, 10, 100])
    parser.add_argument("--times", type=int, default=3, help="read, score and store so often, the best counts")
    parser.add_argument("--loop", type=int, default=100_000, help="most items for the per-item loop")
    options = parser.parse_args()
    print(line(*_HEAD), line(*["---"] * len(_HEAD)), sep="\n", flush=True)
    for items in options.items:
        with library_of(items) as url:
            for rules in options.rules:
                set_rules(url, rules)
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                    found = alone.submit(measure, url, options.times, options.loop).result()
                print(row(found), flush=True)


if __name__ == "__main__":
    main()
