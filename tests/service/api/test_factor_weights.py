"""Factor weights: the seed's list, changes of all or none, and whether a factor can take part."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import FactorKey
from tests.service.api import rows

pytestmark = pytest.mark.service

PATH = "/scoring-factor-weights"
DEFAULTS = {
    "watch_history": 10,
    "last_watched": 8,
    "file_size": 6,
    "rating": 5,
    "time_in_library": 4,
    "series_status": 3,
    "request_popularity": 2,
}


async def weights(api: httpx.AsyncClient) -> dict[str, int]:
    return {factor["key"]: factor["weight"] for factor in (await api.get(PATH)).json()}


async def changes(database: Database) -> list[Any]:
    """What settings were said to have changed."""
    async with database.connect() as conn:
        told = await conn.execute(select(m.Outbox.data).where(m.Outbox.type == "settings_changed"))
        return [json.loads(row.data)["changes"] for row in told]


async def wanted_scoring(database: Database) -> int:
    async with database.connect() as conn:
        return int((await conn.execute(select(m.PreviewState.wanted_scoring))).scalar_one())


async def test_X12_all_seven_are_listed_in_their_order_with_the_seeds_names(api: httpx.AsyncClient) -> None:
    shown = (await api.get(PATH)).json()

    assert {factor["key"]: factor["defaultWeight"] for factor in shown} == DEFAULTS
    assert [factor["key"] for factor in shown] == list(DEFAULTS)
    assert shown[0] == {
        "key": "watch_history",
        "name": "Watch History",
        "description": "Number of times the media has been watched",
        "weight": 10,
        "defaultWeight": 10,
        "available": False,
    }
    assert (shown[2]["name"], shown[2]["description"]) == ("File Size", "Total size of media files")


async def test_any_subset_is_set_told_and_scored(api: httpx.AsyncClient, database: Database) -> None:
    before = await wanted_scoring(database)

    answer = await api.put(PATH, json={"watch_history": 0, "file_size": 10})

    assert answer.status_code == 200
    assert {factor["key"]: factor["weight"] for factor in answer.json()} == DEFAULTS | {
        "watch_history": 0,
        "file_size": 10,
    }
    assert answer.json() == (await api.get(PATH)).json()
    assert await changes(database) == [{"watch_history": 0, "file_size": 10}]
    assert await wanted_scoring(database) == before + 1


async def test_empty_object_changes_nothing(api: httpx.AsyncClient, database: Database) -> None:
    before = await wanted_scoring(database)

    answer = await api.put(PATH, json={})

    assert (answer.status_code, len(answer.json())) == (200, 7)
    assert (await changes(database), await wanted_scoring(database)) == ([], before)


BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown key": ("bogus", {"bogus": 5}),
    "other spelling": ("watchHistory", {"watchHistory": 5}),
    "above 10": ("rating", {"rating": 11}),
    "negative": ("rating", {"rating": -1}),
    "fraction": ("rating", {"rating": 5.5}),
    "text": ("rating", {"rating": "5"}),
    "boolean": ("rating", {"rating": True}),
    "null": ("rating", {"rating": None}),
    "huge": ("rating", {"rating": 10**30}),
    "many keys": ("", {f"key{number}": 5 for number in range(1000)}),
}


async def test_T91_one_that_does_not_fit_changes_nothing(api: httpx.AsyncClient, database: Database) -> None:
    before = await wanted_scoring(database)

    for case, (member, wrong) in BAD.items():
        answer = await api.put(PATH, json={"file_size": 1} | wrong | {"time_in_library": 1})
        assert (case, answer.status_code) == (case, 400)
        assert list(answer.json()) == ["error"]
        assert answer.json()["error"].startswith(f"{member}: ") or not member
        assert len(answer.json()["error"]) < 300
    for content in ("[]", "null", "7", "{", ""):
        answer = await api.put(PATH, content=content)
        assert (answer.status_code, list(answer.json())) == (400, ["error"]), content

    assert await weights(api) == DEFAULTS
    assert (await changes(database), await wanted_scoring(database)) == ([], before)


async def test_weight_that_was_lost_is_its_default_and_can_be_set_again(
    api: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.execute(delete(m.FactorWeight).where(m.FactorWeight.factor_key == FactorKey.RATING))
    assert await weights(api) == DEFAULTS

    assert (await api.put(PATH, json={"rating": 9})).status_code == 200

    assert (await weights(api))["rating"] == 9


async def test_factor_says_whether_it_can_take_part(api: httpx.AsyncClient, database: Database) -> None:
    await rows.integration(database, "Off", type="seerr", enabled=False)
    await rows.integration(database, "Gone", type="seerr", removed_at=rows.NOW, enabled=False)
    await rows.integration(database, "Plays", type="plex", last_error="refused")
    only_failing = {factor["key"]: factor for factor in (await api.get(PATH)).json()}
    await rows.integration(database, "More plays", type="plex")
    one_works = {factor["key"]: factor for factor in (await api.get(PATH)).json()}

    assert (only_failing["watch_history"]["available"], only_failing["watch_history"]["integrationError"]) == (
        True,
        True,
    )
    assert "integrationError" not in one_works["watch_history"]
    assert not one_works["request_popularity"]["available"]
