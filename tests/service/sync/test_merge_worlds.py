"""The merge over random worlds: equal to its rules read out loud, in any order, and never less for one source more."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.sync.enrichment.merge import merge, merge_if_outdated
from tests.service.sync.oracle import Expected
from tests.service.sync.rows import House
from tests.service.sync.told import tell
from tests.service.sync.worlds import Speaker, World, catalogue, desks, histories, media_servers, shuffled, told, worlds

pytestmark = pytest.mark.service

IDENTITIES = ("m1", "m2")


def examples(count: int) -> settings:
    """So many worlds. Each is read into a real database, which takes a tenth of a second for every source."""
    return settings(
        max_examples=count,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take minutes
        suppress_health_check=[HealthCheck.function_scoped_fixture],  # `told` empties the database for every example
    )


def facts(row: Any) -> dict[str, Any]:
    """What the rules say something about."""
    found = {name: getattr(row, name) for name in Expected.__dataclass_fields__ if name != "is_evidence"}
    return found | {"is_evidence": row.watch_evidence_at is not None}


@examples(16)
@given(world=worlds())
async def test_the_merge_is_its_rules(house: House, world: World) -> None:
    known = await told(house, world)

    found = {key: facts(row) for key, row in (await catalogue(house)).items()}

    assert found == {key: asdict(expected) for key, expected in known.oracle().expected().items()}


@examples(5)
@given(world=worlds(IDENTITIES), chance=st.randoms(use_true_random=False))
async def test_T98_the_order_of_sources_and_rows_changes_nothing(house: House, world: World, chance: Random) -> None:
    before, after = [
        by_name(await catalogue(house), known.ids)
        for order in (world, shuffled(world, chance))
        for known in [await told(house, order)]
    ]

    assert after == before


def by_name(rows: dict[tuple[int, str], Any], ids: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """Facts by names in place of numbers."""
    names = {number: name for name, number in ids.items()}
    return {
        (names[owner], external_id): facts(row)
        | {"watch_evidence": {names[int(source)]: state for source, state in row.watch_evidence.items()}}
        | {"sources": {name: sorted(names[each] for each in given) for name, given in row.collection_sources.items()}}
        for (owner, external_id), row in rows.items()
    }


@examples(5)
@given(world=worlds(IDENTITIES), server=media_servers("server 0", "m1"), history=histories("history 0", IDENTITIES))
async def test_a_merge_of_what_changed_comes_to_the_same_as_a_whole_one(
    house: House, world: World, server: Speaker, history: Speaker
) -> None:
    known = await told(house, world)
    await merge_if_outdated(house.db, house.now)
    await catalogue(house)
    house.now += timedelta(hours=1)

    for told_before in world.speakers:
        again = {"server 0": server, "history 0": history}.get(told_before.name, told_before)
        if told_before.enabled:
            await tell(house, known.ids[told_before.name], again.says)
    await merge_if_outdated(house.db, house.now)

    async with house.db.begin() as tx:
        assert await merge(tx) == 0


ONE_MORE = media_servers("one more", "m3") | histories("one more", (*IDENTITIES, None)) | desks("one more")
"""A second server of a type makes histories that name none mean neither, so the others here all name theirs."""


@examples(5)
@given(world=worlds(IDENTITIES, IDENTITIES), more=ONE_MORE)
async def test_one_source_more_never_makes_an_item_look_less_wanted(house: House, world: World, more: Speaker) -> None:
    fewer = await told(house, world)
    before = by_name(await catalogue(house), fewer.ids)
    richer = await told(house, replace(world, speakers=[*world.speakers, more]))
    after = by_name(await catalogue(house), richer.ids)

    lost = {key: [name for name in LESS if LESS[name](facts[name], after[key][name])] for key, facts in before.items()}

    assert lost == {key: [] for key in before}


def fell(before: Any, after: Any) -> bool:
    return before is not None and (after is None or after < before)


def ended(before: Any, after: Any) -> bool:
    return bool(before) and not after


def left(before: list[str], after: list[str]) -> bool:
    return not {each.lower() for each in before} <= {each.lower() for each in after}


LESS: Mapping[str, Callable[[Any, Any], bool]] = {
    "play_count": fell,
    "last_played": fell,
    "added_at": fell,
    "request_count": lambda before, after: fell(before or None, after),
    "requested": ended,
    "on_watchlist": ended,
    "watch_matched": ended,
    "labels": left,
    "collections": left,
}
"""How each fact that can keep an item would keep it less."""
