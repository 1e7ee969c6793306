"""What people marked, asked for and collected, and how old things are: as one state of the catalogue."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from libs.common.db import models as m
from libs.common.domain.enums import Capability, IntegrationType
from libs.integrations.audience import CollectionMember, SourceTitle, SourceUser, TitleLabel, Wish
from tests.service.sync.rows import House
from tests.service.sync.told import (
    TV,
    Says,
    asked,
    be_silent,
    film,
    merged,
    merged_of,
    movie,
    own,
    season,
    seen,
    series,
    show,
    tell,
)

pytestmark = pytest.mark.service

RADARR, SONARR, PLEX = IntegrationType.RADARR, IntegrationType.SONARR, IntegrationType.PLEX
JELLYFIN, SEERR = IntegrationType.JELLYFIN, IntegrationType.SEERR
SERENITY, FIREFLY = 16320, 78874
Ago = Callable[[float], datetime]


@pytest.fixture
def ago(house: House) -> Ago:
    """The time so many days ago."""
    return lambda days: house.now - timedelta(days=days)


@pytest.fixture(autouse=True)
async def _library(house: House, ago: Ago) -> None:
    """A movie, and a show with two seasons."""
    await own(house, await house.integration(RADARR), movie("12", ago(400), tmdb_id=SERENITY))
    await own(
        house,
        await house.integration(SONARR),
        show("7", ago(400), tvdb_id=FIREFLY, tmdb_id=1437),
        season("7", 1, ago(400)),
        season("7", 2, ago(400)),
    )


def titles(**facts: Any) -> list[SourceTitle]:
    """Both as Plex lists them."""
    return [film("501", tmdb_id=SERENITY, **facts), series("700", tvdb_id=FIREFLY, **facts)]


async def plex(house: House, **says: Any) -> int:
    source_id = await house.integration(PLEX)
    await tell(house, source_id, Says(**{"titles": titles(), "identity": "machine", **says}))
    return source_id


async def seerr(house: House, *requests: Any, **says: Any) -> int:
    source_id = await house.integration(SEERR)
    await tell(house, source_id, Says(requests=requests, **says))
    return source_id


async def of_all(house: House, fact: str) -> dict[str, Any]:
    """One fact of every item."""
    return {key: getattr(item, fact) for key, item in (await merged(house)).items()}


async def test_S15_a_favourite_show_makes_its_seasons_favourites_and_nothing_else(house: House) -> None:
    await plex(house, wishes=[Wish("700", "1")])

    assert await of_all(house, "on_watchlist") == {"12": False, "7": True, "7-s1": True, "7-s2": True}


async def test_S15_labels_and_collections_of_a_show_reach_its_seasons(house: House) -> None:
    collected = [CollectionMember("c", "Best of", "700")]
    source_id = await plex(house, labels=[TitleLabel("700", "keep")], collections=collected)

    items = await merged(house)

    for key in ("7", "7-s1", "7-s2"):
        assert (items[key].labels, items[key].collections) == (["keep"], ["Best of"])
        assert items[key].collection_sources == {"Best of": [source_id]}
    assert (items["12"].labels, items["12"].collections) == ([], [])


async def test_a_watchlist_is_unknown_until_every_server_was_read_and_true_as_soon_as_one_says_so(
    house: House,
) -> None:
    unread = await house.integration(JELLYFIN)
    await plex(house, wishes=[Wish("501", "1")])

    before = await of_all(house, "on_watchlist")
    await tell(house, unread, Says(titles=titles(), identity="jelly"))
    after = await of_all(house, "on_watchlist")

    assert before == {"12": True, "7": None, "7-s1": None, "7-s2": None}
    assert after == {"12": True, "7": False, "7-s1": False, "7-s2": False}


async def test_marks_of_several_servers_are_united(house: House) -> None:
    home = await plex(
        house, labels=[TitleLabel("501", "Keep"), TitleLabel("501", "a")],
        collections=[CollectionMember("c", "Best of", "501")],
    )  # fmt: skip
    jellyfin = await house.integration(JELLYFIN)
    says = Says(
        titles=titles(),
        identity="jelly",
        labels=[TitleLabel("501", "keep"), TitleLabel("501", "z")],
        collections=[CollectionMember("x", "Best of", "501"), CollectionMember("y", "Space", "501")],
    )
    await tell(house, jellyfin, says)

    item = (await merged(house))["12"]

    assert item.labels == ["a", "Keep", "z"]
    assert item.collections == ["Best of", "Space"]
    assert item.collection_sources == {"Best of": [home, jellyfin], "Space": [jellyfin]}


async def test_the_owners_own_collection_stands_beside_those_of_servers(house: House, ago: Ago) -> None:
    radarr = await house.integration(RADARR)
    await own(house, radarr, movie("99", ago(400), "Alien", tmdb_id=348, collection_name="Alien Collection"))
    members = [CollectionMember("c", "Alien Collection", "9"), CollectionMember("d", "Horror", "9")]
    source_id = await house.integration(PLEX)
    says = Says(titles=[film("9", "Alien", tmdb_id=348)], identity="machine", collections=members)
    await tell(house, source_id, says)

    item = (await merged_of(house, radarr))["99"]

    assert item.collections == ["Alien Collection", "Horror"]
    assert item.collection_sources == {"Alien Collection": [radarr, source_id], "Horror": [source_id]}


async def test_marks_that_were_taken_away_go_with_the_next_read(house: House) -> None:
    source_id = await plex(house, labels=[TitleLabel("501", "keep")], wishes=[Wish("501", "1")])
    await merged(house)

    await tell(house, source_id, Says(titles=titles(), identity="machine"))
    item = (await merged(house))["12"]

    assert (item.labels, item.on_watchlist) == ([], False)


@pytest.mark.parametrize("matter", [Capability.LABELS, Capability.WISHES, Capability.COLLECTIONS])
async def test_S06_marks_that_could_not_be_read_stay(house: House, matter: Capability) -> None:
    marks: dict[str, Any] = {
        "labels": [TitleLabel("501", "keep")],
        "wishes": [Wish("501", "1")],
        "collections": [CollectionMember("c", "Best of", "501")],
    }
    source_id = await plex(house, **marks)
    before = (await merged(house))["12"]

    says = Says(titles=titles(), identity="machine", broken=frozenset({matter}), **(marks | {matter.value: []}))
    await tell(house, source_id, says)

    assert (await merged(house))["12"] == before


async def test_T79_labels_and_requests_of_a_show_are_none_of_the_movie_with_its_number(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", ago(400), "One", tmdb_id=1399))
    await own(house, await house.integration(SONARR), show("2", ago(400), "Two", tmdb_id=1399))
    says = Says(
        titles=[film("50", "One", tmdb_id=1399), series("60", "Two", tmdb_id=1399)],
        identity="machine",
        labels=[TitleLabel("60", "keep")],
        wishes=[Wish("60", "1")],
        collections=[CollectionMember("c", "Thrones", "60")],
    )
    await tell(house, await house.integration(PLEX), says)
    await seerr(house, asked("r", kind=TV, tmdb_id=1399, name="kaylee"))

    items = await merged(house)

    def marks(item: Any) -> tuple[Any, ...]:
        return item.labels, item.on_watchlist, item.collections, item.requested, item.request_count

    assert marks(items["1"]) == ([], False, [], False, 0)
    assert marks(items["2"]) == (["keep"], True, ["Thrones"], True, 1)


async def test_T85_declined_requests_do_not_count(house: House, ago: Ago) -> None:
    await seerr(
        house,
        asked("1", tmdb_id=SERENITY, at=ago(30), name="kaylee"),
        asked("2", tmdb_id=SERENITY, at=ago(20), name="wash"),
        asked("3", tmdb_id=SERENITY, at=ago(10), name="mal", counts=False),
    )

    item = (await merged(house))["12"]

    assert (item.requested, item.request_count, item.requested_by) == (True, 2, "wash")
    assert item.request_evidence_at == house.now


async def test_T86_a_declined_request_alone_is_none(house: House) -> None:
    await seerr(house, asked("3", tmdb_id=SERENITY, name="mal", counts=False))

    item = (await merged(house))["12"]

    assert (item.requested, item.request_count, item.requested_by) == (False, 0, None)


async def test_requests_are_unknown_without_a_desk_and_until_it_was_read(house: House) -> None:
    without = (await merged(house))["12"]
    desk = await house.integration(SEERR)
    await be_silent(house, desk)
    unread = (await merged(house))["12"]

    for item in (without, unread):
        assert (item.requested, item.request_count, item.request_evidence_at) == (None, None, None)


async def test_one_unread_desk_of_two_leaves_a_lower_bound(house: House) -> None:
    await seerr(house, asked("1", tmdb_id=SERENITY, name="kaylee"))
    await be_silent(house, await house.integration(SEERR))

    items = await merged(house)

    assert (items["12"].requested, items["12"].request_count) == (True, 1)
    assert (items["7"].requested, items["7"].request_count) == (None, None)
    assert items["12"].request_evidence_at is None


async def test_requests_at_two_desks_count_together_and_the_newest_names_the_person(house: House, ago: Ago) -> None:
    await seerr(house, asked("1", tmdb_id=SERENITY, at=ago(5), name="kaylee"))
    await seerr(house, asked("1", tmdb_id=SERENITY, at=ago(9), name="wash"))

    item = (await merged(house))["12"]

    assert (item.request_count, item.requested_by) == (2, "kaylee")


async def test_a_request_for_seasons_marks_those_and_the_show(house: House) -> None:
    await seerr(house, asked("1", kind=TV, tvdb_id=FIREFLY, seasons=frozenset({2}), name="kaylee"))

    assert await of_all(house, "request_count") == {"12": 0, "7": 1, "7-s1": 0, "7-s2": 1}


async def test_a_request_without_seasons_is_for_the_whole_show(house: House) -> None:
    await seerr(house, asked("1", kind=TV, tmdb_id=1437, name="kaylee"))

    assert await of_all(house, "requested") == {"12": False, "7": True, "7-s1": True, "7-s2": True}


async def test_a_request_goes_by_tvdb_before_tmdb(house: House, ago: Ago) -> None:
    await own(house, await house.integration(SONARR), show("8", ago(400), "Other", tvdb_id=5, tmdb_id=55))
    await seerr(house, asked("1", kind=TV, tvdb_id=FIREFLY, tmdb_id=55, name="kaylee"))

    assert {key for key, wanted in (await of_all(house, "requested")).items() if wanted} == {"7", "7-s1", "7-s2"}


async def test_both_copies_of_a_requested_movie_are_requested(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("13", ago(400), tmdb_id=SERENITY))
    await seerr(house, asked("1", tmdb_id=SERENITY, name="kaylee", is_4k=True))

    requested = await of_all(house, "requested")

    assert (requested["12"], requested["13"]) == (True, True)


async def test_a_requester_who_watched_is_recognised_by_id_under_another_name(house: House, ago: Ago) -> None:
    users = [SourceUser("5", ("winnet",), frozenset({"plex:4021"}))]
    await plex(house, users=users, plays=[seen("501", at=ago(9), by="5")])
    kaylee = SourceUser("3", ("Kaylee",), frozenset({"plex:4021"}))
    await seerr(house, asked("1", by="3", tmdb_id=SERENITY, name="Kaylee"), users=[kaylee])

    item = (await merged(house))["12"]

    assert (item.requested_by, item.watched_by_users, item.watched_by_requestor) == ("Kaylee", ["Kaylee"], True)


async def test_a_requester_whom_the_desk_lists_no_more_is_recognised_by_name(house: House, ago: Ago) -> None:
    await plex(house, users=[SourceUser("5", ("KAYLEE",))], plays=[seen("501", at=ago(9), by="5")])
    await seerr(house, asked("1", by="3", tmdb_id=SERENITY, name="kaylee"))

    assert (await merged(house))["12"].watched_by_requestor


async def test_equal_numbers_of_nameless_users_are_not_one_person(house: House, ago: Ago) -> None:
    await plex(house, users=[SourceUser("1", ())], plays=[seen("501", at=ago(9), by="1")])
    await seerr(house, asked("1", by="1", tmdb_id=SERENITY), users=[SourceUser("1", ())])

    item = (await merged(house))["12"]

    assert (item.requested, item.requested_by, item.watched_by_requestor) == (True, None, None)


async def test_watched_by_somebody_else_is_not_watched_by_the_requester(house: House, ago: Ago) -> None:
    await plex(house, users=[SourceUser("5", ("wash",))], plays=[seen("501", at=ago(9), by="5")])
    await seerr(house, asked("1", by="3", tmdb_id=SERENITY, name="kaylee"))

    items = await merged(house)

    assert items["12"].watched_by_requestor is False
    assert items["7"].watched_by_requestor is False


async def test_a_disabled_desk_takes_its_requests_along(house: House) -> None:
    desk = await seerr(house, asked("1", tmdb_id=SERENITY, name="kaylee"))
    await merged(house)

    await house.execute(update(m.Integration).where(m.Integration.id == desk).values(enabled=False))
    item = (await merged(house))["12"]

    assert (item.requested, item.requested_by, item.request_evidence_at) == (None, None, None)


async def test_T87_a_new_season_of_an_old_show_is_as_old_as_its_files(house: House, ago: Ago) -> None:
    sonarr = await house.integration(SONARR)
    await own(house, sonarr, show("9", ago(1), "Old", tvdb_id=9), season("9", 3, ago(1)), season("9", 1, ago(1800)))
    source_id = await house.integration(PLEX)
    old: list[SourceTitle] = [series("900", "Old", tvdb_id=9, added_at=ago(1800))]
    await tell(house, source_id, Says(titles=old, identity="machine"))

    items = await merged_of(house, sonarr)

    assert {key: item.added_at for key, item in items.items()} == {"9": ago(1), "9-s3": ago(1), "9-s1": ago(1800)}
    assert {item.library_added_at for item in items.values()} == {ago(1800)}


async def test_T88_the_later_of_file_and_library_counts_and_both_are_kept(house: House, ago: Ago) -> None:
    radarr = await house.integration(RADARR)
    await own(house, radarr, movie("1", ago(1), "Replaced", tmdb_id=1), movie("2", ago(900), "Rescanned", tmdb_id=2))
    source_id = await house.integration(PLEX)
    dated: list[SourceTitle] = [
        film("a", "x", tmdb_id=1, added_at=ago(900)),
        film("b", "x", tmdb_id=2, added_at=ago(20)),
        film("c", "x", tmdb_id=2, added_at=ago(700)),
    ]
    await tell(house, source_id, Says(titles=dated, identity="machine"))

    items = await merged_of(house, radarr)

    assert (items["1"].added_at, items["1"].library_added_at, items["1"].file_added_at) == (ago(1), ago(900), ago(1))
    assert (items["2"].added_at, items["2"].library_added_at, items["2"].file_added_at) == (ago(20), ago(20), ago(900))


async def test_an_item_without_a_date_of_its_own_takes_the_librarys(house: House, ago: Ago) -> None:
    radarr = await house.integration(RADARR)
    await own(house, radarr, movie("1", None, "Undated", tmdb_id=1))
    source_id = await house.integration(PLEX)
    await tell(house, source_id, Says(titles=[film("a", "x", tmdb_id=1, added_at=ago(20))], identity="machine"))

    assert (await merged_of(house, radarr))["1"].added_at == ago(20)
