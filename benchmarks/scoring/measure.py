"""One measurement in a process of its own: read, score, store, and the same scores by the per-item loop."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from benchmarks.town import Memory
from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.domain.enums import Tiebreaker
from services.engine.catalogue import load_catalogue
from services.engine.evaluation import Evaluation, evaluate_items
from services.engine.facts import Facts, load_facts
from services.engine.preview.store import store_preview
from services.engine.rules.compile import compile_rules
from services.engine.scoring.applicability import applicability
from services.engine.scoring.order import rank_items
from services.engine.scoring.score import Scoring, score_items
from tests.unit.engine import oracle

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one size under so many rules; memory is the whole process at its peak.

    `score_s` is for scores and their order alone, as the per-item loop gives them, and `evaluate_s` for these with
    every reason to keep an item and all columns in order. `loop_s` is worked out from `loop_items` of the items.
    """

    items: int
    rules: int
    read_s: float
    score_s: float
    evaluate_s: float
    store_s: float
    peak_mib: float
    loop_items: int
    loop_s: float

    @property
    def ratio(self) -> float:
        """How many times longer the loop takes for the same."""
        return self.loop_s / self.score_s

    @property
    def whole_s(self) -> float:
        """Read, evaluate and store."""
        return self.read_s + self.evaluate_s + self.store_s


def measure(url: str, times: int, loop_limit: int) -> Measured:
    """Read, score and store under the stored rules, each so many times; the best counts."""
    facts = asyncio.run(_facts(url))
    with Memory(os.getpid()) as memory:
        catalogue, read_s = best(lambda: load_catalogue(url), times)
        _, score_s = best(lambda: _scores_in_order(catalogue, facts), times)
        evaluation, evaluate_s = best(lambda: evaluate_items(catalogue, facts), times)
        _, store_s = best(lambda: asyncio.run(_store(url, evaluation)), times)
    sample = catalogue.gather_every(max(1, catalogue.height // loop_limit))
    rows = sample.to_dicts()
    _, loop_s = timed(lambda: _loop(rows, facts))
    return Measured(
        items=catalogue.height,
        rules=len(facts.rules),
        read_s=read_s,
        score_s=score_s,
        evaluate_s=evaluate_s,
        store_s=store_s,
        peak_mib=memory.peak_mib,
        loop_items=sample.height,
        loop_s=loop_s * catalogue.height / sample.height,
    )


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it answers, and the seconds it took."""
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def best(work: Callable[[], T], times: int) -> tuple[T, float]:
    """The shortest of several; on a machine with other work the others tell of that work."""
    tries = [timed(work) for _ in range(times)]
    return tries[-1][0], min(seconds for _, seconds in tries)


def _scores_in_order(catalogue: "pl.DataFrame", facts: Facts) -> "pl.DataFrame":
    rules = compile_rules(facts.rules, facts.now)
    scoring = Scoring(facts.now, facts.weights, applicability(facts.sources), rules)
    needed = ("id", "score", "protected", "size_bytes", "title", "added_at", "integration_id", "external_id")
    return rank_items(score_items(catalogue.lazy(), scoring).select(needed).collect(), _tiebreaker(facts))


def _tiebreaker(facts: Facts) -> Tiebreaker:
    return Tiebreaker(facts.preferences.tiebreaker_method)


def _loop(rows: Sequence[oracle.Item], facts: Facts) -> list[int]:
    enabled = facts.sources.enabled
    scored = [(row, oracle.score(row, facts.weights, enabled, facts.rules, facts.now)[0]) for row in rows]
    return oracle.order(scored, _tiebreaker(facts))


async def _facts(url: str) -> Facts:
    db = Database(url)
    try:
        async with db.connect() as conn:
            return await load_facts(conn, real_now())
    finally:
        await db.dispose()


async def _store(url: str, evaluation: Evaluation) -> None:
    db = Database(url)
    try:
        async with db.begin() as tx:
            await store_preview(tx, evaluation, None)
    finally:
        await db.dispose()
