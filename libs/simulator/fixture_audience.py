"""Who watched what in the fixture world (integrations.md 0.3): three people, three media servers, their histories."""

from datetime import UTC, datetime

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import (
    Favourite,
    History,
    MediaServer,
    Person,
    Request,
    RequestDesk,
    ServerCollection,
    ViewEvent,
)
from libs.simulator.shelving import Shelves
from libs.simulator.world import World

MAL, KAYLEE, WASH = 0, 1, 2
SERENITY, SUNSHINE_DRIFT, FIREFLY, SALVAGE_RUN = 501, 502, 700, 800
"""Plex's rating keys."""
JELLYFIN_SERENITY = 0xA1F0C5D2E3B44F6789AB0123456789CD
JELLYFIN_FIREFLY = 0xB2E1D6C3F4A5506798BC1234567890DE
EMBY_SERENITY, EMBY_FIREFLY = 4101, 4200
_PEOPLE = (
    ("mal", 4000, "99999999888877776666555555555555"),
    ("kaylee", 4021, "11111111222233334444555555555555"),
    ("wash", 4042, "22222222333344445555666666666666"),
)
_RADARR, _SONARR = "radarr", "sonarr"


def invite_crew(world: World) -> None:
    """Add the audience to the fixture library. Times are relative to the world's present."""
    world.people = [
        Person(
            number=number,
            name=name,
            display_name=name,
            email=f"{name}@example.org",
            plex_id=plex_id,
            media_id=media_id,
        )
        for number, (name, plex_id, media_id) in enumerate(_PEOPLE)
    ]
    now = int(world.clock.now().timestamp())
    _plex(world, now)
    _jellyfin(world, now)
    _emby(world, now)
    for key, kind, servers in (
        ("tautulli", IntegrationType.TAUTULLI, ["plex"]),
        ("jellystat", IntegrationType.JELLYSTAT, ["jellyfin"]),
        ("tracearr", IntegrationType.TRACEARR, ["plex", "emby"]),
    ):
        world.histories[key] = History(
            key=key,
            kind=kind,
            name=key.title(),
            api_key=world.key_for(key),
            servers=servers,
            since=_ago(now, 1_000),
        )
    _seerr(world, now)


def _server(world: World, key: str, kind: IntegrationType, machine_id: str) -> MediaServer:
    server = MediaServer(
        key=key,
        kind=kind,
        name=f"homebox-{key}",
        api_key=world.key_for(key),
        machine_id=machine_id,
        users=[MAL, KAYLEE, WASH],
    )
    world.media_servers[key] = server
    return server


def _plex(world: World, now: int) -> None:
    server = _server(world, "plex", IntegrationType.PLEX, "f00dcafe00112233445566778899aabbccddeeff")
    shelves = Shelves(server)
    movies, shows = shelves.section(TitleKind.MOVIE, "Movies"), shelves.section(TitleKind.TV, "TV")
    radarr, sonarr = world.instances[_RADARR], world.instances[_SONARR]
    serenity = shelves.add_movie(radarr.movies[12], movies, native=SERENITY)
    shelves.add_movie(radarr.movies[13], movies, native=SUNSHINE_DRIFT)
    shelves.add_show(sonarr.shows[7], shows, native=FIREFLY)
    shelves.add_show(sonarr.shows[8], shows, native=SALVAGE_RUN)
    serenity.labels = ["Keep"]
    server.collections[950] = ServerCollection(
        native=950, name="Serenity Collection", section=movies.number, members=[SERENITY, SUNSHINE_DRIFT]
    )
    server.plays = [
        _movie(5000, MAL, SERENITY, _ago(now, 200)),
        _episode(5001, KAYLEE, FIREFLY, 1, 1, _ago(now, 120)),
        _episode(5002, KAYLEE, FIREFLY, 1, 2, _ago(now, 119)),
        _movie(5003, KAYLEE, SERENITY, _ago(now, 90)),
    ]
    server.on_deck = [Favourite(MAL, FIREFLY, 1, 3)]


def _jellyfin(world: World, now: int) -> None:
    server = _server(world, "jellyfin", IntegrationType.JELLYFIN, "0badc0de0badc0de0badc0de0badc0de")
    shelves = Shelves(server)
    movies, shows = shelves.section(TitleKind.MOVIE, "Movies"), shelves.section(TitleKind.TV, "TV")
    serenity = shelves.add_movie(world.instances[_RADARR].movies[12], movies, native=JELLYFIN_SERENITY)
    shelves.add_movie(world.instances[_RADARR].movies[13], movies)
    shelves.add_show(world.instances[_SONARR].shows[7], shows, native=JELLYFIN_FIREFLY)
    serenity.labels = ["keep"]
    server.collections[0xE5F60718293A4B5CC3D2E1F0A1B2C3D4] = ServerCollection(
        native=0xE5F60718293A4B5CC3D2E1F0A1B2C3D4,
        name="Serenity Collection",
        section=movies.number,
        members=[JELLYFIN_SERENITY, JELLYFIN_SERENITY + 1],
        tmdb_id=870001,
    )
    server.plays = [
        _movie(1, MAL, JELLYFIN_SERENITY, _ago(now, 93)),
        _episode(2, KAYLEE, JELLYFIN_FIREFLY, 1, 2, _ago(now, 82)),
    ]
    server.favourites = [Favourite(KAYLEE, JELLYFIN_FIREFLY)]


def _emby(world: World, now: int) -> None:
    server = _server(world, "emby", IntegrationType.EMBY, "feedfacefeedfacefeedfacefeedface")
    shelves = Shelves(server)
    movies, shows = shelves.section(TitleKind.MOVIE, "Movies"), shelves.section(TitleKind.TV, "TV")
    serenity = shelves.add_movie(world.instances[_RADARR].movies[12], movies, native=EMBY_SERENITY)
    shelves.add_show(world.instances[_SONARR].shows[7], shows, native=EMBY_FIREFLY)
    serenity.labels = ["keep"]
    server.plays = [
        _movie(1, MAL, EMBY_SERENITY, _ago(now, 130)),
        _episode(2, KAYLEE, EMBY_FIREFLY, 1, 2, _ago(now, 81)),
    ]
    server.favourites = [Favourite(MAL, EMBY_FIREFLY, 1, 3)]


def _seerr(world: World, now: int) -> None:
    world.request_desks["seerr"] = RequestDesk(
        key="seerr",
        kind=IntegrationType.SEERR,
        name="Seerr",
        api_key=world.key_for("seerr"),
        users=[MAL, KAYLEE, WASH],
        requests=[
            Request(
                id=31,
                kind=TitleKind.MOVIE,
                tmdb_id=16320,
                person=KAYLEE,
                status=2,
                created_at=_moment(_ago(now, 650)),
                arr=_RADARR,
                arr_id=12,
            ),
            Request(
                id=32,
                kind=TitleKind.TV,
                tmdb_id=16320,
                tvdb_id=990002,
                person=WASH,
                status=3,
                media_status=1,
                created_at=_moment(_ago(now, 550)),
                seasons=(1,),
            ),
        ],
    )


def _movie(number: int, person: int, title: int, at: int) -> ViewEvent:
    return ViewEvent(number=number, person=person, title=title, season=0, episode=0, at=at, seconds=7_000)


def _episode(number: int, person: int, title: int, season: int, episode: int, at: int) -> ViewEvent:
    return ViewEvent(number=number, person=person, title=title, season=season, episode=episode, at=at, seconds=2_580)


def _ago(now: int, days: int) -> int:
    return now - days * 86_400


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
