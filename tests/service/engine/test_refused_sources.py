"""A source that refused our key is left to its next probe: a bad login in every run could have us banned."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from libs.common.db import models as m
from libs.common.domain.enums import HoldCode
from services.engine.runs.leader import Leader
from tests.service.engine.rows import Library

pytestmark = pytest.mark.service

LATER = timedelta(minutes=7)


def refused(library: Library, **columns: Any) -> dict[str, Any]:
    """Health columns of an announced outage because of the key; the next probe is planned."""
    return {
        "consecutive_failures": 3,
        "last_error": "Radarr refuses the key.",
        "last_error_class": "auth",
        "down_announced_at": library.now - timedelta(minutes=3),
        "next_probe_at": library.now + LATER,
        **columns,
    }


@pytest.mark.parametrize("error_class", ["auth", "forbidden"])
async def test_source_that_refused_our_key_is_not_asked_again_in_every_run(
    library: Library, engine: Leader, error_class: str
) -> None:
    wrong = await library.integration(**refused(library, last_error_class=error_class))
    well = await library.integration()

    await library.run()
    await library.run()

    asked = [snapshot.integration_id for snapshot in await library.rows(m.Snapshot)]
    assert asked == [well, well]
    assert wrong not in asked


async def test_group_of_a_source_that_is_not_asked_stays_held(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    library.failing[radarr] = "auth"
    first = await library.run()
    await library.execute(update(m.Integration).values(**refused(library)))

    second = await library.run()

    held = [(await library.outcome(run.id, group)).held_code for run in (first, second)]
    assert held == [HoldCode.SOURCE_FAILED, HoldCode.SOURCE_FAILED]
    assert len(await library.rows(m.Snapshot)) == 1
    assert await library.queued() == set()


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"down_announced_at": None}, id="not announced yet"),
        pytest.param({"last_error_class": "unreachable"}, id="an outage of another kind"),
        pytest.param({"next_probe_at": None}, id="saved since"),
        pytest.param({"next_probe_at": "past"}, id="its time has come"),
        pytest.param({"next_probe_at": "far"}, id="planned by a clock that went back"),
    ],
)
async def test_every_other_failing_source_is_asked_as_before(
    library: Library, engine: Leader, columns: dict[str, Any]
) -> None:
    times = {"past": library.now - timedelta(seconds=1), "far": library.now + timedelta(days=3)}
    changed = {name: times.get(value, value) if isinstance(value, str) else value for name, value in columns.items()}
    radarr = await library.integration(**refused(library, **changed))

    await library.run()

    assert [snapshot.integration_id for snapshot in await library.rows(m.Snapshot)] == [radarr]
