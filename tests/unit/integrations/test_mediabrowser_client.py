"""What the clients of Jellyfin and Emby bring, read from a simulated server over real HTTP."""

from collections.abc import Iterator

import pytest

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.integrations.audience import CollectionMember, Play, ServerRef, SourceTitle, TitleLabel, Wish
from libs.integrations.capabilities import (
    CollectionSource,
    ConnectionTest,
    LabelSource,
    NowPlaying,
    Probe,
    ServerDirectory,
    TitleLibrary,
    UserDirectory,
    WatchlistSource,
    WatchSource,
    capability,
)
from libs.integrations.errors import ErrorClass, UpstreamDeniedError, UpstreamError
from libs.simulator.audience import Favourite, ServerCollection, ViewEvent
from libs.simulator.fixture import fixture_world
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from tests.unit.integrations.mediabrowser_upstream import (
    KINDS,
    NAME,
    NOW,
    client_on,
    counted,
    everything,
    id_text,
    media,
)

MAL, KAYLEE, WASH = 0, 1, 2
PROTOCOLS = [
    ConnectionTest,
    Probe,
    ServerDirectory,
    UserDirectory,
    TitleLibrary,
    WatchSource,
    WatchlistSource,
    CollectionSource,
    LabelSource,
    NowPlaying,
]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> IntegrationType:
    """Both servers."""
    found: IntegrationType = request.param
    return found


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """The little world of the samples."""
    with SimulatorServer(fixture_world(NOW)) as server:
        yield server


@pytest.fixture(scope="module")
def small() -> Iterator[SimulatorServer]:
    """A generated library, in pages of forty rows; not to be changed."""
    world = generate("small", 7, NOW)
    for held in world.media_servers.values():
        held.settings.page_cap = 40
    with SimulatorServer(world) as server:
        yield server


async def test_a_client_has_every_capability_of_its_system(server: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(server, kind) as client:
        for protocol in PROTOCOLS:
            assert capability(client, protocol) is client


async def test_a_connection_test_names_product_and_version_with_three_calls(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    async with client_on(server, kind) as client:
        facts = await client.test()

    assert (facts.app_name, facts.hint) == (kind.value.capitalize(), None)
    assert facts.version == {"jellyfin": "10.11.4", "emby": "4.9.1.80"}[kind.value]


async def test_a_wrong_key_is_told_apart_from_a_wrong_product(server: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(server, kind, key="0" * 32) as client:
        with pytest.raises(UpstreamDeniedError, match=rf"{NAME} rejected the API key\. Copy it again from ") as failed:
            await client.test()

    assert failed.value.error_class is ErrorClass.AUTH


async def test_the_other_fork_is_named(server: SimulatorServer, kind: IntegrationType) -> None:
    other = next(each for each in KINDS if each is not kind)
    server.world.systems[other.value].api_key = server.world.systems[kind.value].api_key
    async with client_on(server, kind) as client:
        client._http.upstream = type(client._http.upstream)(
            NAME, client._http.upstream.system, server.instance(other.value)["url"]
        )
        with pytest.raises(UpstreamError) as failed:
            await client.test()

    assert failed.value.error_class is ErrorClass.WRONG_SERVICE
    assert str(failed.value) == f"This is {other.value.capitalize()}, not {kind.value.capitalize()}."


async def test_a_version_that_is_too_old_is_refused(server: SimulatorServer, kind: IntegrationType) -> None:
    media(server, kind).settings.version = {"jellyfin": "10.8.13", "emby": "3.5.0.0"}[kind.value]
    async with client_on(server, kind) as client:
        with pytest.raises(UpstreamError, match=r"is older than the minimum (10\.9|4\.0)\. Update it\.") as failed:
            await client.test()

    assert failed.value.error_class is ErrorClass.UNSUPPORTED_VERSION


async def test_a_probe_checks_the_key_the_first_time_after_a_failure_and_every_tenth_time(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    asked = f"GET /{kind.value}/System/Info"
    async with client_on(server, kind) as client:
        for _ in range(11):
            await client.probe()
        assert server.simulation.counts[asked] == 2

        server.world.systems[kind.value].api_key = "changed"
        for _ in range(9):
            await client.probe()
        for _ in range(2):
            with pytest.raises(UpstreamDeniedError):
                await client.probe()


async def test_the_server_tells_its_machine_id(server: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(server, kind) as client:
        (found,) = await client.servers()

    held = media(server, kind)
    assert found == ServerRef(identity=held.machine_id, type=kind, name=held.name)


async def test_everybody_is_a_user_also_disabled_people(server: SimulatorServer, kind: IntegrationType) -> None:
    media(server, kind).disabled = frozenset({WASH})
    async with client_on(server, kind) as client:
        users = await client.users()

    assert [user.names for user in users] == [("mal",), ("kaylee",), ("wash",)]
    assert users[1].user_id == "11111111222233334444555555555555"
    assert users[1].ids == {f"{kind.value}:11111111222233334444555555555555"}
    assert all(user.is_readable for user in users)


async def test_titles_carry_their_outside_ids_folder_and_date(server: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(server, kind) as client:
        found = {title.title: title for title in await everything(client.titles())}

    held = media(server, kind)
    serenity = next(title for title in held.titles.values() if title.title == "Serenity")
    assert found["Serenity"] == SourceTitle(
        native_id=id_text(server, kind, serenity.native),
        kind=TitleKind.MOVIE,
        title="Serenity",
        year=2005,
        tmdb_id=16320,
        imdb_id="tt0379786",
        folders=("/data/media/movies/Serenity (2005)",),
        added_at=serenity.added_at,
    )
    firefly = found["Firefly"]
    assert (firefly.kind, firefly.tmdb_id, firefly.tvdb_id) == (TitleKind.TV, 1437, 78874)
    assert firefly.folders == ("/data/media/tv/Firefly",)
    assert len(found) == len(held.titles)


async def test_every_title_of_a_library_comes_once_and_the_total_is_declared(
    small: SimulatorServer, kind: IntegrationType
) -> None:
    async with client_on(small, kind) as client:
        reading = client.titles()
        titles: list[SourceTitle] = await everything(reading)

    held = media(small, kind)
    assert sorted(title.native_id for title in titles) == sorted(id_text(small, kind, native) for native in held.titles)
    assert (reading.rows_declared, reading.rows_skipped) == (len(held.titles), 0)
    assert {(title.tmdb_id, title.year) for title in titles} == {(t.tmdb_id, t.year) for t in held.titles.values()}


async def test_T77_the_plays_of_all_users_are_counted_per_movie_and_episode(
    small: SimulatorServer, kind: IntegrationType
) -> None:
    async with client_on(small, kind) as client:
        reading = client.plays()
        plays: list[Play] = await everything(reading)

    found = {p.play_id: (p.plays, p.last_played_at, p.title_id, p.season_number) for p in plays}
    assert found == counted(small, kind)
    assert len(found) == len(plays)
    assert all(play.is_count and play.play_id.startswith(f"{play.user_id}:") for play in plays)
    assert all((play.season_number is None) is (play.episode_id == "") for play in plays)
    assert (reading.notes.is_partial, reading.notes.unresolved, reading.notes.tells_seasons) == ("", 0, True)


async def test_plays_have_the_same_ids_in_every_read(small: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(small, kind) as client:
        first, second = [await everything(client.plays()) for _ in range(2)]

    assert first == second


async def test_asked_for_additions_all_plays_come_and_say_so(small: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(small, kind) as client:
        reading = client.plays(since=NOW)
        plays = await everything(reading)

    assert len(plays) == len(counted(small, kind))
    assert not reading.is_addition


async def test_what_was_watched_once_and_is_only_begun_again_still_counts(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    held = media(server, kind)
    serenity = next(title for title in held.titles.values() if title.title == "Serenity")
    held.plays = [
        ViewEvent(1, KAYLEE, serenity.native, 0, 0, 1_700_000_000, serenity.runtime_s),
        ViewEvent(2, KAYLEE, serenity.native, 0, 0, 1_750_000_000, 30),
    ]
    held.revision += 1
    async with client_on(server, kind) as client:
        plays = await everything(client.plays())

    assert [(play.plays, play.last_played_at) for play in plays] == [
        (2, counted(server, kind)[plays[0].play_id].last_at)
    ]


async def test_an_episode_left_in_the_middle_counts(server: SimulatorServer, kind: IntegrationType) -> None:
    held = media(server, kind)
    firefly = next(title for title in held.titles.values() if title.title == "Firefly")
    held.plays = [ViewEvent(1, WASH, firefly.native, 1, 3, 1_700_000_000, firefly.runtime_s // 2)]
    held.revision += 1
    async with client_on(server, kind) as client:
        (play,) = await everything(client.plays())

    assert (play.title_id, play.season_number, play.plays) == (id_text(server, kind, firefly.native), 1, 1)


async def test_plays_of_disabled_people_count(server: SimulatorServer, kind: IntegrationType) -> None:
    media(server, kind).disabled = frozenset({KAYLEE})
    async with client_on(server, kind) as client:
        plays = await everything(client.plays())

    assert {play.play_id for play in plays} == set(counted(server, kind))
    assert any(play.user_id == server.world.people[KAYLEE].media_id for play in plays)


async def test_favourites_of_all_users_are_wishes_and_parts_stand_for_their_show(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    held = media(server, kind)
    firefly = next(title for title in held.titles.values() if title.title == "Firefly")
    serenity = next(title for title in held.titles.values() if title.title == "Serenity")
    held.favourites = [
        Favourite(MAL, serenity.native),
        Favourite(KAYLEE, firefly.native, 1),
        Favourite(KAYLEE, firefly.native, 1, 2),
        Favourite(KAYLEE, firefly.native),
        Favourite(WASH, firefly.native, 1, 3),
    ]
    held.revision += 1
    async with client_on(server, kind) as client:
        wishes: list[Wish] = await everything(client.wishes())

    people = server.world.people
    show, movie = id_text(server, kind, firefly.native), id_text(server, kind, serenity.native)
    assert sorted(wishes, key=lambda wish: wish.user_id) == [
        Wish(show, people[KAYLEE].media_id),
        Wish(show, people[WASH].media_id),
        Wish(movie, people[MAL].media_id),
    ]


async def test_collections_tell_their_members(server: SimulatorServer, kind: IntegrationType) -> None:
    held = media(server, kind)
    held.collections = {
        90_001: ServerCollection(native=90_001, name="Browncoats", section=1, members=[*held.titles]),
        90_002: ServerCollection(native=90_002, name="Nobody's", section=1, members=[]),
    }
    held.revision += 1
    async with client_on(server, kind) as client:
        members = await everything(client.collections())

    number = id_text(server, kind, 90_001)
    wanted = [CollectionMember(number, "Browncoats", id_text(server, kind, native)) for native in held.titles]
    assert sorted(members, key=repr) == sorted(wanted, key=repr)


async def test_collections_of_a_library_are_complete(small: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(small, kind) as client:
        members = await everything(client.collections())

    held = media(small, kind)
    wanted = {
        (each.name, id_text(small, kind, native)) for each in held.collections.values() for native in each.members
    }
    assert {(member.name, member.title_id) for member in members} == wanted
    assert held.collections


async def test_members_of_collections_are_in_the_library(server: SimulatorServer) -> None:
    async with client_on(server, IntegrationType.JELLYFIN) as client:
        titles = await everything(client.titles())
        members = await everything(client.collections())

    assert {member.title_id for member in members} <= {title.native_id for title in titles}
    assert len(members) == 2


async def test_labels_are_read_alone_or_come_with_the_titles_without_a_further_call(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    held = media(server, kind)
    serenity = next(title for title in held.titles.values() if title.title == "Serenity")
    serenity.labels = ["keep", "Leaving Soon"]
    wanted = [TitleLabel(id_text(server, kind, serenity.native), label) for label in serenity.labels]
    async with client_on(server, kind) as client:
        assert await everything(client.labels()) == wanted

        await everything(client.titles())
        before = server.simulation.counts.total()
        assert await everything(client.labels()) == wanted
        assert server.simulation.counts.total() == before

        serenity.labels = []
        assert await everything(client.labels()) == []
        assert server.simulation.counts.total() > before


async def test_labels_of_a_library_are_complete(small: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(small, kind) as client:
        labels = await everything(client.labels())

    titles = media(small, kind).titles.values()
    wanted = {(id_text(small, kind, title.native), label) for title in titles for label in title.labels}
    assert {(label.title_id, label.label) for label in labels} == wanted
    assert wanted


async def test_the_library_is_read_as_somebody_who_sees_all_of_it(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    held = media(server, kind)
    for section in held.sections.values():
        section.restricted = frozenset({KAYLEE, WASH})
    async with client_on(server, kind) as client:
        assert len(await everything(client.titles())) == len(held.titles)


@pytest.mark.parametrize("limit", ["disabled", "restricted"])
async def test_a_library_that_no_administrator_sees_whole_is_not_read(
    server: SimulatorServer, kind: IntegrationType, limit: str
) -> None:
    held = media(server, kind)
    if limit == "disabled":
        held.disabled = frozenset({MAL})
    else:
        held.sections[1].restricted = frozenset({MAL})
    async with client_on(server, kind) as client:
        facts = await client.test()
        assert facts.hint is not None
        assert "Give one access to all folders" in facts.hint
        for read in (client.titles, client.labels, client.collections):
            with pytest.raises(UpstreamDeniedError, match=f"No enabled administrator of {NAME}") as failed:
                await everything(read())
            assert failed.value.error_class is ErrorClass.FORBIDDEN
        assert {play.play_id for play in await everything(client.plays())} <= set(counted(server, kind))


async def test_what_is_being_watched_is_named_by_episode_season_and_show(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    held = media(server, kind)
    async with client_on(server, kind) as client:
        assert await client.now_playing() == frozenset()

        firefly = next(title for title in held.titles.values() if title.title == "Firefly")
        season = firefly.seasons[-1]
        held.playing = [ViewEvent(9, WASH, firefly.native, season.number, 2, 1_768_000_000, 300)]
        watched = (firefly.native, season.native, season.first + 1)
        assert await client.now_playing() == {id_text(server, kind, native) for native in watched}


async def test_a_full_read_takes_few_calls(small: SimulatorServer, kind: IntegrationType) -> None:
    held = media(small, kind)
    small.simulation.counts.clear()
    async with client_on(small, kind) as client:
        await client.test()
        await client.users()
        for read in (client.titles, client.plays, client.wishes, client.collections, client.labels):
            await everything(read())

    touched = [
        len([k for k in counted(small, kind) if k.startswith(small.world.people[n].media_id)]) for n in held.users
    ]
    pages = -(-len(held.titles) // 40) + sum(rows // 40 + 1 for rows in touched)
    per_user, per_collection = 3 * len(held.users), len(held.collections)
    assert small.simulation.counts.total() <= 10 + pages + per_user + per_collection


async def test_a_jellyfin_that_takes_no_old_headers_is_read(server: SimulatorServer) -> None:
    held = media(server, IntegrationType.JELLYFIN)
    held.settings.version, held.settings.legacy_auth = "12.0.0", False
    async with client_on(server, IntegrationType.JELLYFIN) as client:
        assert (await client.test()).version == "12.0.0"
        assert len(await everything(client.titles())) == len(held.titles)


async def test_an_emby_that_leaves_counters_out_of_lists_tells_at_least_what_is_played(small: SimulatorServer) -> None:
    kind = IntegrationType.EMBY
    held = media(small, kind)
    held.settings.list_user_data = False
    try:
        async with client_on(small, kind) as client:
            reading = client.plays()
            plays: list[Play] = await everything(reading)
    finally:
        held.settings.list_user_data = True

    true = counted(small, kind)
    last = {play_id: view for view in held.plays for play_id in [_play_id(small, view)]}
    known = {play_id for play_id, view in last.items() if view.seconds >= 0.05 * held.titles[view.title].runtime_s}
    assert {play.play_id for play in plays} == known
    assert all(play.plays <= true[play.play_id].plays and play.last_played_at is None for play in plays)
    assert "leaves play counts out of its lists" in reading.notes.is_partial


def _play_id(server: SimulatorServer, view: ViewEvent) -> str:
    """The id under which a play of a movie is counted; that Emby holds nothing else."""
    return f"{server.world.people[view.person].media_id}:{id_text(server, IntegrationType.EMBY, view.title)}"
