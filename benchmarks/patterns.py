"""What regular expressions of rules cost, against looking for a plain text: `python -m benchmarks.patterns`.

Prints Markdown. The ratio to `contains` says what the bound on the parts of a pattern is for, whatever the machine:
the last three are refused by it, and measured as if they were not.
"""

import argparse
import random
import string
import time
from collections.abc import Callable

import polars as pl

from libs.common.domain.rules.patterns import count_parts, pattern_fault
from services.engine.rules.patterns import fault_of

PATTERNS = (
    r"^(firefly|serenity)$",
    r"\bs\d{1,2}e\d{1,3}\b",
    "(a+)+$",
    ".{50,}",
    r"(\w+ ?){40}[0-9]",
    r"(?:.{0,9}\b){4}[0-9]",
    r"(?:\w?){49}[0-9]",
    r"(?:\w?){99}[0-9]",
    r"(?:\w?){200}[0-9]",
    r"(?:.{0,20}\b){100}[0-9]",
)


def titles(count: int) -> pl.DataFrame:
    """Random titles of 40 characters; none holds a digit, so that no pattern above ends early."""
    chance = random.Random(7)
    letters = string.ascii_letters + " " * 10
    return pl.DataFrame({"title": ["".join(chance.choices(letters, k=40)) for _ in range(count)]})


def seconds(work: Callable[[], object]) -> float:
    """The better of two, since the first one also compiles; a slow one is not repeated."""
    times: list[float] = []
    while len(times) < 2 and sum(times) < 5:
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def matching(library: pl.DataFrame, pattern: str) -> Callable[[], object]:
    """As a rule does it."""
    return lambda: library.select(pl.col("title").str.contains(f"(?i){pattern}").sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, default=20_000)
    library = titles(parser.parse_args().titles)
    plain = seconds(
        lambda: library.select(pl.col("title").str.to_lowercase().str.contains("firefly", literal=True).sum())
    )

    print(f"{library.height} titles, `contains` takes {plain * 1000:.1f} ms\n")
    print("| pattern | parts | accepted | seconds | times `contains` |")
    print("|---|---|---|---|---|")
    for pattern in PATTERNS:
        accepted = pattern_fault(pattern) is None and fault_of(pattern) is None
        took = seconds(matching(library, pattern))
        shown = f"`{pattern}`".replace("|", "\\|")
        print(f"| {shown} | {count_parts(pattern)} | {'yes' if accepted else 'no'} | {took:.3f} | {took / plain:.0f} |")


if __name__ == "__main__":
    main()
