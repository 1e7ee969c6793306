"""What must hold between two evaluations that differ in one thing, whatever the library is."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.enums import Capability, ExecutionMode, FactorKey, RuleEffect
from services.engine.rules.compile import StoredRule
from services.engine.scoring.applicability import Sources
from services.engine.scoring.score import RAW
from services.engine.selection.candidates import Selection, select_candidates
from services.engine.selection.eligibility import ALWAYS
from tests.unit.engine.catalogue_rows import NOW
from tests.unit.engine.oracle import matched
from tests.unit.engine.worlds import GIB, World, random_rule, random_world

WATCHED = FactorKey.WATCH_HISTORY
OLD = NOW - timedelta(hours=49)

seeds = st.integers(0, 2**48)
few = settings(max_examples=40, deadline=None)


def world_of(seed: int) -> tuple[World, Random]:
    rng = Random(seed)
    return random_world(rng, 30, 8), rng


def selection(table: pl.DataFrame, gib: int, mode: ExecutionMode = ExecutionMode.AUTO) -> Selection:
    return select_candidates(table, 1, gib * GIB, mode, companions={2})


def with_shares(table: pl.DataFrame, weights: dict[FactorKey, int]) -> pl.DataFrame:
    total = pl.sum_horizontal([pl.col(RAW[key]).is_not_null() * weight for key, weight in weights.items()])
    return table.sort("id").select(
        "id", "base", share=pl.col(RAW[WATCHED]) * weights[WATCHED] / total, raw=RAW[WATCHED]
    )


@given(seed=seeds)
@few
def test_more_weight_never_lowers_the_share_of_what_nobody_has_watched(seed: int) -> None:
    world, _ = world_of(seed)
    heavier = replace(world, weights=world.weights | {WATCHED: world.weights[WATCHED] + 3})

    before = with_shares(world.evaluated().ranked, world.weights)
    after = with_shares(heavier.evaluated().ranked, heavier.weights)

    unwatched = before["raw"] == 1.0
    assert before["raw"].equals(after["raw"])
    assert ((after["share"] - before["share"]).filter(unwatched).fill_nan(0) >= 0).all()
    assert ((after["base"] - before["base"]).filter(unwatched) >= -1e-12).all()


@given(seed=seeds)
@few
def test_always_keep_wins_in_any_position(seed: int) -> None:
    world, rng = world_of(seed)
    keep = replace(random_rule(rng, 99), effect=RuleEffect.ALWAYS_KEEP)
    kept = set(protected(replace(world, rules=(keep,))))

    for place in {0, len(world.rules), rng.randint(0, len(world.rules))}:
        table = replace(world, rules=(*world.rules[:place], keep, *world.rules[place:])).evaluated().ranked
        found = table.filter(pl.col("id").is_in(list(kept)))
        assert found["protected"].all()
        assert (found["score"] == 0).all()
        assert not kept & set(selection(table, 10_000).chosen["id"])


def protected(world: World) -> list[int]:
    return world.evaluated().ranked.filter("protected")["id"].to_list()


@given(seed=seeds)
@few
def test_order_of_rules_is_irrelevant(seed: int) -> None:
    world, rng = world_of(seed)
    shuffled = replace(world, rules=tuple(rng.sample(world.rules, len(world.rules))))

    assert outcome(shuffled) == outcome(world)


@given(seed=seeds)
@few
def test_T97_T98_order_of_the_catalogue_and_of_the_sources_is_irrelevant(seed: int) -> None:
    world, rng = world_of(seed)
    sources = Sources(rng.sample(sorted(world.sources.enabled), len(world.sources.enabled)), world.sources.broken)
    shuffled = replace(world, rows=rng.sample(world.rows, len(world.rows)), sources=sources)

    assert outcome(shuffled) == outcome(world)


def outcome(world: World) -> tuple[Any, ...]:
    """Order, scores to the last digit, and what goes."""
    table = world.evaluated().ranked
    return (
        table.select("rank", "id", "score", "unit", "collection_group").rows(),
        *(selection(table, gib).chosen.select("id", "led_by").rows() for gib in (5, 50, 500)),
    )


@given(seed=seeds, gib=st.integers(1, 300))
@few
def test_selection_is_the_shortest_that_reaches_the_budget(seed: int, gib: int) -> None:
    table = world_of(seed)[0].evaluated().ranked

    found = selection(table, gib, ExecutionMode.DRY_RUN)

    here = found.chosen.filter(pl.col("disk_group_id") == 1)
    by_unit = here.group_by("led_by", maintain_order=True).agg(
        pl.col("size_bytes").sum(), pl.col("size_bytes").max().alias("most")
    )
    if not by_unit.is_empty():
        assert by_unit["size_bytes"].sum() - by_unit["most"][-1] < gib * GIB  # S-14: the budget and one item
        assert by_unit["size_bytes"].head(-1).sum() < gib * GIB
    if by_unit["size_bytes"].sum() < gib * GIB:
        free = table.filter(pl.col("disk_group_id") == 1, ~pl.any_horizontal(ALWAYS))
        left = free.filter(~pl.col("id").is_in(here["id"].to_list()))
        assert set(left["unit"]) <= set(found.kept_back["unit"])


@given(seed=seeds, gib=st.integers(1, 300))
@few
def test_new_keep_rule_never_puts_a_protected_item_into_the_selection(seed: int, gib: int) -> None:
    world, rng = world_of(seed)
    rule: StoredRule = replace(random_rule(rng, 99), effect=RuleEffect.ALWAYS_KEEP)

    table = replace(world, rules=(*world.rules, rule)).evaluated().ranked

    kept = set(table.filter("protected")["id"])
    assert set(protected(world)) <= kept
    assert not kept & set(selection(table, gib).chosen["id"])


@given(seed=seeds)
@few
def test_S16_keep_rule_protects_what_it_matches_and_nothing_else(seed: int) -> None:
    world, rng = world_of(seed)
    rule: StoredRule = replace(random_rule(rng, 99), effect=RuleEffect.ALWAYS_KEEP)
    fitting = {row["id"] for row in world.rows if matched(row, [rule], NOW)}

    kept = protected(replace(world, rules=(*world.rules, rule)))

    assert set(kept) == {*protected(world), *fitting}


@given(seed=seeds, gib=st.integers(1, 300), failed=st.sets(st.sampled_from(list(Capability))))
@few
def test_S06_failed_source_never_puts_an_item_into_the_selection(seed: int, gib: int, failed: set[Capability]) -> None:
    world, _ = world_of(seed)
    plays = {"watch_evidence_at": OLD} if Capability.PLAYS in failed else {}
    requests = {"request_evidence_at": OLD} if Capability.REQUESTS in failed else {}
    told_at = {capability: OLD if capability in failed else NOW for capability in Capability}
    after_outage = replace(
        world,
        rows=[row | plays | requests for row in world.rows],
        sources=Sources(world.sources.enabled, world.sources.enabled),
        guards=replace(world.guards, told_at=told_at),
    )

    before, after = selection(world.evaluated().ranked, gib), selection(after_outage.evaluated().ranked, gib)

    assert set(after.chosen["id"]) <= set(before.chosen["id"])
