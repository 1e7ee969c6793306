"""S-28: a database in which safety settings are missing or senseless frees nothing that the safe values would keep."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from libs.common.domain.enums import HoldCode, IntegrationType
from libs.common.domain.safety import NUMBERS
from services.engine.runs.leader import Leader
from tests.service.engine.rows import Library

pytestmark = pytest.mark.service


async def spoil(library: Library, stored: int | None) -> None:
    """Every safety setting as no code of ours would write it."""
    for check in ("max_delete_pct", "safety_shares", "evidence_age", "safety_days"):
        await library.execute(text(f"alter table preferences drop constraint ck_preferences_{check}"))
    for name in (*NUMBERS, "deletions_enabled"):
        await library.execute(text(f"alter table preferences alter {name} drop not null"))
    await library.preference(**dict.fromkeys(NUMBERS, stored))


@pytest.mark.parametrize("stored", [None, -1, 9 * 10**18])
async def test_S28_young_files_old_evidence_and_mass_changes_are_held_by_the_safe_values(
    library: Library, engine: Leader, stored: int | None
) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.integration(IntegrationType.PLEX)
    fresh = {"play_count": 0, "watch_evidence_at": library.now}
    await library.item(radarr, group, 1, file_added_at=library.now - timedelta(days=6), **fresh)
    await library.item(radarr, group, 2, play_count=0, watch_evidence_at=library.now - timedelta(hours=49))
    await library.item(radarr, group, 3, **fresh)
    await spoil(library, stored)

    run = await library.run()

    outcome = await library.outcome(run.id, group)
    assert (run.state, run.error_message) == ("done", "")
    assert await library.queued() == set()
    assert (outcome.held_code, outcome.held) == (HoldCode.MASS_CHANGE, 1)
    (hold,) = await library.open_holds()
    assert hold[0] == HoldCode.MASS_CHANGE


async def test_S28_switch_that_is_missing_deletes_nothing(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    await library.execute(text("alter table preferences alter deletions_enabled drop not null"))
    await library.preference(deletions_enabled=None)

    await library.run()

    assert {job.force_dry_run for job in await library.jobs()} == {True}
