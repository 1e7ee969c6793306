"""What a person names at the gateway's door, carried out by the deleter: the ledger holds exactly that."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, ExecutionMode, MediaType
from services.api.approvals.approve import approve_one
from services.api.change import Change
from services.api.manual_delete.delete import delete_by_hand
from services.api.manual_delete.verdict import incomplete
from services.api.manual_delete.wire import Outcome, Wanted
from tests.service.deleter.town import Town


def wanted(town: Town, key: str, external_id: str, media_type: str = "movie", **more: Any) -> Wanted:
    members = {"integrationId": town.ids[key], "externalId": external_id, "mediaType": media_type}
    return Wanted.model_validate(members | more)


async def ask(town: Town, *wishes: Wanted) -> Outcome:
    async with town.owner.db.begin() as tx:
        return await delete_by_hand(Change(tx, town.owner.clock.now()), wishes, is_raw=False)


async def external_ids(town: Town, media_type: MediaType) -> list[str]:
    item = m.MediaItem
    rows = await town.owner.rows(select(item.external_id).where(item.media_type == media_type).order_by(item.id))
    return [row.external_id for row in rows]


async def protect(town: Town, external_ids: Iterable[str]) -> None:
    """As if an always_keep rule had been there when the preview was made."""
    item, scored = m.MediaItem, m.PreviewItem
    chosen = select(item.id).where(item.external_id.in_(list(external_ids)))
    await town.owner.execute(update(scored).where(scored.item_id.in_(chosen)).values(protected=True))


async def snooze(town: Town, key: str, external_id: str) -> None:
    now = town.owner.clock.now()
    values = {
        "media_name": external_id,
        "media_type": MediaType.MOVIE,
        "integration_id": town.ids[key],
        "external_id": external_id,
        "status": ApprovalStatus.REJECTED,
        "snoozed_until": now.replace(year=now.year + 1),
        "created_at": now,
        "updated_at": now,
    }
    await town.owner.execute(insert(m.ApprovalItem).values(values))


async def test_S03_exactly_what_was_named_is_deleted_and_a_season_is_never_its_show(town: Town) -> None:
    movie = (await external_ids(town, MediaType.MOVIE))[0]
    season = (await external_ids(town, MediaType.SEASON))[1]
    show = season.partition("-")[0]

    told = await ask(
        town,
        wanted(town, "radarr", movie),
        wanted(town, "sonarr", season, "season"),
        wanted(town, "sonarr", show, "season", force=True),
        wanted(town, "sonarr", "", "season", force=True),
    )
    await town.drain()

    assert (told.queued, told.mode) == (2, "auto")
    assert sorted(town.deleted) == sorted([("radarr", movie), ("sonarr", season)])


async def test_T42_only_force_deletes_what_a_rule_protects_and_it_stands_in_the_audit_log(town: Town) -> None:
    kept, forced, later = (await external_ids(town, MediaType.MOVIE))[:3]
    await protect(town, [kept, forced])

    told = await ask(
        town,
        wanted(town, "radarr", kept),
        wanted(town, "radarr", forced, force=True),
        wanted(town, "radarr", later, force=True),
    )
    await protect(town, [later])
    await town.drain()

    assert told.queued == 2
    assert town.deleted == [("radarr", forced)]
    entries = {entry.external_id: entry for entry in await town.owner.audit()}
    assert entries[forced].action == "deleted"
    assert "protection" in str(entries[forced].evidence)
    assert entries[later].action == "cancelled", "T27: force speaks of what stood against it, not of what comes later"


async def test_T20_force_overrides_the_snooze_there_is_and_no_later_one(town: Town) -> None:
    before, after = (await external_ids(town, MediaType.MOVIE))[:2]
    await snooze(town, "radarr", before)
    town.owner.clock.jump(seconds=1)

    told = await ask(town, wanted(town, "radarr", before, force=True), wanted(town, "radarr", after, force=True))
    town.owner.clock.jump(seconds=1)
    await snooze(town, "radarr", after)
    await town.drain()

    assert told.queued == 2
    assert town.deleted == [("radarr", before)]


async def test_T42_force_goes_through_an_approval_and_the_approved_is_deleted(town: Town) -> None:
    forced, other = (await external_ids(town, MediaType.MOVIE))[:2]
    await protect(town, [forced])
    await town.owner.set_mode(town.group_id, ExecutionMode.APPROVAL)

    told = await ask(town, wanted(town, "radarr", forced, force=True), wanted(town, "radarr", other))
    row = m.ApprovalItem
    asked = await town.owner.scalar(select(row.id).where(row.external_id == forced))
    async with town.owner.db.begin() as tx:
        await approve_one(Change(tx, town.owner.clock.now()), asked, None)
    await town.drain()

    assert (told.queued, told.mode) == (2, "approval")
    assert town.deleted == [("radarr", forced)]
    (left,) = await town.owner.rows(select(row.external_id, row.status, row.user_initiated))
    assert (left.external_id, left.status, left.user_initiated) == (other, ApprovalStatus.PENDING, True)


@pytest.mark.parametrize("media_type", ["movie", "show", "season", "artist", "book", "episode", "album", ""])
@settings(max_examples=200)
@given(
    integration_id=st.one_of(st.integers(), st.just(1)),
    external_id=st.one_of(
        st.text(max_size=30),
        st.text("0123456789-s+. /", max_size=12),
        st.sampled_from(["0", "-1", "all", "null", "../", "1-s0", "1-s", "\u0661", "\uff11"]),
    ),
)
def test_S02_what_passes_the_first_look_is_canonical(integration_id: int, external_id: str, media_type: str) -> None:
    wish = Wanted.model_construct(integration_id=integration_id, external_id=external_id, media_type=media_type)

    if incomplete(wish) is None:
        assert integration_id > 0
        assert external_id.isascii()
        native, is_season, number = external_id.partition("-s")
        assert native.isdigit()
        assert int(native) > 0
        assert (media_type == "season") is bool(is_season)
        assert not is_season or int(number) > 0
        assert media_type in {"movie", "show", "season", "artist", "book"}
