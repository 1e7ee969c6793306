"""Random schedules of crashes, faults and changes of mind, judged on the ledger: `python -m benchmarks.chaos`.

Prints a row per schedule and a final line; ends with 1 when anything was broken. Reports of broken schedules go to a
folder. The same seed is the same schedule; what it meets differs with the machine's timing, which is the point.
"""

import argparse
import asyncio
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.chaos.schedules.arena import Arena
from tests.chaos.schedules.play import Outcome, play
from tests.chaos.schedules.steps import schedule_of


async def measure(seeds: Iterable[int], lanes: int, folder: Path, reports: Path) -> list[Outcome]:
    """Play all seeds on so many systems side by side."""
    waiting, outcomes, starting = iter(list(seeds)), list[Outcome](), asyncio.Lock()
    async with asyncio.TaskGroup() as group:
        for lane in range(lanes):
            group.create_task(_lane(waiting, starting, folder / f"lane-{lane}", reports, outcomes))
    return outcomes


async def _lane(
    waiting: Iterator[int], starting: asyncio.Lock, folder: Path, reports: Path, outcomes: list[Outcome]
) -> None:
    """`starting`: one at a time, because Alembic holds one migration per process."""
    arena: Arena | None = None
    try:
        for number, seed in enumerate(waiting):
            if arena is None:
                place = folder / str(number)
                place.mkdir(parents=True)
                async with starting:
                    arena = await Arena.start(place)
            outcome = await _played(arena, seed)
            outcomes.append(outcome)
            _show(outcome, reports)
            if outcome.violations:  # what is left of it must not be laid at the next one's door
                await arena.stop()
                arena = None
    finally:
        if arena is not None:
            await arena.stop()


async def _played(arena: Arena, seed: int) -> Outcome:
    schedule = schedule_of(seed)
    try:
        return await play(arena, schedule)
    except Exception as exc:  # noqa: BLE001  a schedule that cannot be carried out is a finding, and the next one goes on
        logs = "\n".join(f"-- {label}\n{process.log[-6000:]}" for label, process in arena.system.processes.items())
        return Outcome(
            schedule, [f"{type(exc).__name__}: {exc}"[:2000]], report=f"{schedule}\n{traceback.format_exc()}\n{logs}"
        )


def _show(outcome: Outcome, reports: Path) -> None:
    schedule = outcome.schedule
    said = "; ".join(outcome.violations)[:400] or "-"
    print(
        f"| {schedule.seed} | {len(schedule.steps)} | {outcome.removed} | {outcome.seconds:.1f} | {said} |", flush=True
    )
    if outcome.violations:
        reports.mkdir(parents=True, exist_ok=True)
        (reports / f"seed-{schedule.seed}.txt").write_text(outcome.report)


def main() -> int:
    """Play `--schedules` seeds from `--seed` on, or `--one` only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--one", type=int, help="only this seed")
    parser.add_argument("--side-by-side", type=int, default=2, choices=range(1, 9))
    parser.add_argument("--reports", type=Path, default=Path("chaos-reports"), help="where broken schedules are told")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.schedules) if options.one is None else [options.one]
    began = time.monotonic()
    print("| seed | steps | removed | seconds | broken |", "|---|---|---|---|---|", sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        lanes = min(options.side_by_side, len(seeds))
        outcomes = asyncio.run(measure(seeds, lanes, Path(folder), options.reports))
    broken = [outcome.schedule.seed for outcome in outcomes if outcome.violations]
    removed = sum(outcome.removed for outcome in outcomes)
    print(
        f"{len(outcomes)} schedules, {removed} deletions, {len(broken)} broken {sorted(broken) or ''}"
        f" in {time.monotonic() - began:.0f} s"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
