"""Installs what an audience uses beside a library: media servers with full shelves, histories, a request desk."""

from collections.abc import Iterable, Sequence

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import History, MediaServer, Person, RequestDesk
from libs.simulator.shelving import Shelves
from libs.simulator.world import World

_NAMES = (
    "mal", "kaylee", "wash", "zoe", "inara", "jayne", "simon", "river", "book", "badger",
    "niska", "saffron", "patience", "monty", "nandi", "harrow", "fanty", "mingo", "bester", "tracey",
)  # fmt: skip
_KINDS = {IntegrationType.RADARR: TitleKind.MOVIE, IntegrationType.SONARR: TitleKind.TV}


def person(number: int) -> Person:
    """Somebody; the first twenty have names, the others numbers."""
    name = _NAMES[number] if number < len(_NAMES) else f"viewer{number}"
    return Person(
        number=number,
        name=name,
        display_name=name.title(),
        email=f"{name}@example.org",
        plex_id=4_000 + 21 * number,
        media_id=f"{0x1111_0000 + number:032x}",
    )


def add_media_server(world: World, key: str, kind: IntegrationType, users: Iterable[int]) -> MediaServer:
    """A media server with empty shelves. `users` are numbers of people; the first of them owns it."""
    server = MediaServer(
        key=key,
        kind=kind,
        name=f"homebox-{key}",
        api_key=world.key_for(key),
        machine_id=world.key_for(f"{key}:machine"),
        users=[*users],
    )
    world.media_servers[key] = server
    return server


def stock(world: World, server: MediaServer, keys: Sequence[str]) -> None:
    """Put everything that these instances have files of onto the server's shelves, a library each."""
    shelves = Shelves(server)
    for key in keys:
        instance = world.instances[key]
        kind = _KINDS.get(instance.kind)
        if kind is not None:
            section = shelves.section(kind, key.replace("radarr", "Movies").replace("sonarr", "TV"))
            for _ in shelves.take_in(instance, section):
                pass


def add_history(world: World, key: str, kind: IntegrationType, servers: Sequence[str], *, since: int) -> None:
    """A history that has recorded these servers since an epoch second."""
    world.histories[key] = History(
        key=key, kind=kind, name=key.title(), api_key=world.key_for(key), servers=[*servers], since=since
    )


def add_request_desk(world: World) -> RequestDesk:
    """A Seerr in which everybody has an account."""
    desk = RequestDesk(
        key="seerr",
        kind=IntegrationType.SEERR,
        name="Seerr",
        api_key=world.key_for("seerr"),
        users=[each.number for each in world.people],
    )
    world.request_desks[desk.key] = desk
    return desk
