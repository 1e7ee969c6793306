"""Small random worlds in which ids, names and folders collide as they do in real ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from libs.common.db import models as m
from libs.common.domain.enums import Capability, IntegrationType, TitleKind
from libs.integrations.audience import CollectionMember, Play, ServerRef, SourceTitle, SourceUser, TitleLabel, Wish
from libs.integrations.models import SourceItem
from services.sync.enrichment.links import MEDIA_SERVERS
from services.sync.enrichment.merge import merge
from tests.service.sync.oracle import Oracle
from tests.service.sync.oracle_world import Item, Source
from tests.service.sync.rows import House
from tests.service.sync.told import MOVIE, TV, Says, asked, matters_of, movie, noted, own, season, show, tell

NOW = datetime.fromisoformat("2026-01-10T12:00:00+00:00")
_HISTORIES = (IntegrationType.TAUTULLI, IntegrationType.JELLYSTAT, IntegrationType.TRACEARR)
_NATIVE = ("n1", "n2", "n3", "n4", "n5", "n6")
_USERS = ("u1", "u2", "u3")
_MOSTLY = st.sampled_from([True, True, True, False])
_PATHS = ("/a", "/b", "/c", "/d", "/e", "/f")


@dataclass(frozen=True)
class Speaker:
    """A source that is not numbered yet. What it says about itself is in its `says`."""

    name: str
    type: IntegrationType
    says: Says
    enabled: bool = True


@dataclass(frozen=True)
class World:
    """Everything that is told, and what the owner chose. `owners` are the items of each *arr."""

    owners: Mapping[str, Sequence[SourceItem]]
    speakers: Sequence[Speaker]
    counts_earlier: bool = False
    inherits: bool = True


def _ago(*days: float) -> st.SearchStrategy[datetime]:
    return st.sampled_from(days).map(lambda day: NOW - timedelta(days=day))


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly known."""
    return st.one_of(values, values, values, st.none())


_NAMES = st.sampled_from(["Alpha", "Beta", "The Alpha", "Gamma"])
_YEARS = st.sampled_from([2000, 2001, 2003])
_NUMBERS = st.integers(1, 4)
_FILES = _maybe(_ago(10, 100, 200, 400))
_PLAYED = _maybe(_ago(-1, 5, 50, 150, 300, 500, 500))


@st.composite
def _movies(draw: st.DrawFn, owner: str) -> list[SourceItem]:
    return [
        movie(
            f"{owner}{place}",
            draw(_FILES),
            draw(_NAMES),
            year=draw(_maybe(_YEARS)),
            tmdb_id=draw(_maybe(_NUMBERS)),
            imdb_id=draw(_maybe(_NUMBERS.map(lambda number: f"tt{number}"))),
            path=draw(st.sampled_from(_PATHS)),
            collection_name=draw(_maybe(st.just("Trilogy"))),
        )
        for place in range(draw(st.integers(1, 4)))
    ]


@st.composite
def _shows(draw: st.DrawFn, owner: str) -> list[SourceItem]:
    found: list[SourceItem] = []
    for place in range(draw(st.integers(1, 3))):
        key, dates = f"{owner}{place}", [draw(_FILES) for _ in range(draw(st.integers(0, 2)))]
        ids = {"tvdb_id": draw(_maybe(_NUMBERS)), "tmdb_id": draw(_maybe(_NUMBERS)), "year": draw(_maybe(_YEARS))}
        known = [at for at in dates if at is not None]
        oldest = min(known) if dates and len(known) == len(dates) else None
        found.append(show(key, oldest, draw(_NAMES), path=draw(st.sampled_from(_PATHS)), **ids))
        found += [season(key, number, at) for number, at in enumerate(dates, start=1)]
    return found


@st.composite
def _titles(draw: st.DrawFn, server: str = "") -> list[SourceTitle]:
    natives = draw(st.lists(st.sampled_from(_NATIVE), unique=True, min_size=3))
    return [draw(_title(native, server)) for native in natives]


@st.composite
def _title(draw: st.DrawFn, native: str, server: str) -> SourceTitle:
    kind = draw(st.sampled_from([MOVIE, TV]))
    return SourceTitle(
        native,
        kind,
        draw(_NAMES),
        draw(_maybe(_YEARS)),
        server,
        tmdb_id=draw(_maybe(_NUMBERS)),
        tvdb_id=draw(_maybe(_NUMBERS)) if kind is TV else None,
        imdb_id=draw(_maybe(_NUMBERS.map(lambda number: f"tt{number}"))) if kind is MOVIE else None,
        guids=tuple(draw(st.lists(st.sampled_from(["g1", "g2"]), unique=True, max_size=1))),
        folders=tuple(draw(st.lists(st.sampled_from(_PATHS), unique=True, max_size=2))),
        added_at=draw(_FILES),
    )


@st.composite
def _plays(draw: st.DrawFn, servers: Sequence[str]) -> list[Play]:
    return [
        Play(
            f"p{place}",
            draw(st.sampled_from(_NATIVE)),
            draw(st.sampled_from((*_USERS, ""))),
            draw(_PLAYED),
            draw(st.integers(0, 3)),
            draw(st.sampled_from(servers)),
            draw(st.sampled_from([None, 0, 1, 1, 2])),
            is_count=draw(st.booleans()),
        )
        for place in range(draw(st.integers(4, 16)))
    ]


@st.composite
def _people(draw: st.DrawFn) -> list[SourceUser]:
    spaces = st.sampled_from(["plex:1", "plex:2", "jellyfin:1"])
    names = st.sampled_from(["mal", "Mal", "zoe", "wash", "1"])
    return [
        SourceUser(user, tuple(draw(st.lists(names, max_size=2))), frozenset(draw(st.lists(spaces, max_size=1))))
        for user in _USERS
        if draw(st.booleans())
    ]


def _broken(kind: IntegrationType) -> st.SearchStrategy[frozenset[Capability]]:
    nothing: frozenset[Capability] = frozenset()
    return st.sampled_from([*[nothing] * 12, *(frozenset({each}) for each in matters_of(kind))])


@st.composite
def media_servers(draw: st.DrawFn, name: str, identity: str) -> Speaker:
    """A media server with a library and everything else one tells."""
    kind = draw(st.sampled_from(MEDIA_SERVERS[:2]))
    natives = st.sampled_from(_NATIVE)
    says = Says(
        titles=draw(_titles()),
        plays=draw(_plays([""])),
        wishes=[Wish(native, "u1") for native in draw(st.lists(natives, unique=True, max_size=2))],
        collections=[
            CollectionMember(place, draw(st.sampled_from(["Best", "Trilogy"])), draw(natives))
            for place in draw(st.sets(st.sampled_from("xy")))
        ],
        labels=[TitleLabel(draw(natives), label) for label in draw(st.sets(st.sampled_from(["keep", "Keep", "z"])))],
        users=draw(_people()),
        identity=identity,
        notes=noted(
            *draw(_titles()), tells_seasons=draw(st.booleans()), is_partial=draw(st.sampled_from(["", "", "half"]))
        ),
        broken=draw(_broken(kind)),
    )
    return Speaker(name, kind, says, draw(_MOSTLY))


@st.composite
def histories(draw: st.DrawFn, name: str, identities: Sequence[str | None]) -> Speaker:
    """A history of one server or of two; what it says of them may fit one of the media servers or none."""
    kind = draw(st.sampled_from(_HISTORIES))
    servers = draw(st.sampled_from([("",), ("s", "t")]))
    types = _maybe(st.sampled_from(MEDIA_SERVERS[:2]))
    refs = [ServerRef(key, draw(st.sampled_from(identities)), draw(types), key) for key in servers]
    titles = [title for key in servers for title in draw(_titles(key))]
    says = Says(
        plays=draw(_plays(servers)),
        users=draw(_people()),
        servers=refs,
        notes=noted(*titles, tells_seasons=draw(st.booleans()), is_partial=draw(st.sampled_from(["", "", "half"]))),
        broken=draw(_broken(kind)),
    )
    return Speaker(name, kind, says, draw(_MOSTLY))


@st.composite
def desks(draw: st.DrawFn, name: str) -> Speaker:
    """A Seerr with a few requests."""
    requests = [
        asked(
            str(place),
            by=draw(st.sampled_from(_USERS)),
            name=draw(st.sampled_from(["", "mal", "zoe"])),
            at=draw(_maybe(_ago(1, 2, 3))),
            kind=(kind := draw(st.sampled_from([MOVIE, TV]))),
            counts=draw(st.booleans()),
            tmdb_id=draw(_maybe(_NUMBERS)),
            tvdb_id=draw(_maybe(_NUMBERS)) if kind is TitleKind.TV else None,
            seasons=frozenset(draw(st.sets(st.integers(1, 2)))) if kind is TitleKind.TV else frozenset(),
        )
        for place in range(draw(st.integers(0, 4)))
    ]
    says = Says(requests=requests, users=draw(_people()), broken=draw(_broken(IntegrationType.SEERR)))
    return Speaker(name, IntegrationType.SEERR, says)


@st.composite
def worlds(
    draw: st.DrawFn,
    identities: Sequence[str] = ("m1", "m1", "m2"),
    meant: Sequence[str | None] = ("m1", "m1", "m2", "elsewhere", None),
) -> World:
    """Up to three media servers, two histories that mean some of them, and two desks, about a handful of items."""
    owners: dict[str, Sequence[SourceItem]] = {"radarr a": draw(_movies("a")), "sonarr s": draw(_shows("s"))}
    if draw(st.booleans()):
        owners |= {"radarr b": draw(_movies("b"))}
    speakers: list[Speaker] = [
        draw(media_servers(f"server {place}", identity)) for place, identity in enumerate(identities) if draw(_MOSTLY)
    ]
    speakers += [draw(histories(f"history {place}", meant)) for place in range(draw(st.integers(0, 2)))]
    speakers += [draw(desks(f"desk {place}")) for place in range(draw(st.integers(0, 2)))]
    return World(owners, speakers, draw(st.booleans()), draw(st.booleans()))


@dataclass(frozen=True)
class Told:
    """A world as it stands in the database: the numbers its integrations got."""

    world: World
    ids: Mapping[str, int]

    def oracle(self) -> Oracle:
        """What must come of it."""
        items: list[Item] = []
        for name, facts in self.world.owners.items():
            homes = {each.external_id: Item(self.ids[name], each) for each in facts if each.season_number is None}
            items += homes.values()
            items += [
                Item(self.ids[name], each, homes[str(each.parent_external_id)])
                for each in facts
                if each.season_number is not None
            ]
        sources = [
            Source(self.ids[each.name], each.type, each.name, each.says) for each in self.world.speakers if each.enabled
        ]
        return Oracle(
            items,
            sorted(sources, key=lambda source: source.id),
            counts_earlier=self.world.counts_earlier,
            inherits=self.world.inherits,
        )


async def told(house: House, world: World) -> Told:
    """Make this the only world of the database: owners and sources in their order, each read once."""
    house.now = NOW
    await house.execute(delete(m.Integration))
    choice = update(m.Preferences).values(
        count_earlier_plays=world.counts_earlier, season_inherits_show_activity=world.inherits
    )
    await house.execute(choice)
    ids = {}
    for name, items in world.owners.items():
        ids[name] = await house.integration(IntegrationType(name.split()[0]), name=name)
        await own(house, ids[name], *items)
    for each in world.speakers:
        ids[each.name] = await house.integration(each.type, name=each.name)
        await tell(house, ids[each.name], each.says)
        if not each.enabled:
            await house.execute(update(m.Integration).where(m.Integration.id == ids[each.name]).values(enabled=False))
    return Told(world, ids)


async def catalogue(house: House) -> dict[tuple[int, str], Any]:
    """Merge, and answer every item by owner and external id."""
    async with house.db.begin() as tx:
        await merge(tx)
    item = m.MediaItem
    rows = await house.rows(select(*item.__table__.columns))
    return {(row.integration_id, row.external_id): row for row in rows}


def shuffled(world: World, chance: Any) -> World:
    """The same world in another order of owners, sources and rows."""

    def mixed(values: Sequence[Any]) -> list[Any]:
        found = list(values)
        chance.shuffle(found)
        return found

    def remixed(says: Says) -> Says:
        rows: dict[str, Any] = {
            name: mixed(getattr(says, name)) for name in ("titles", "plays", "wishes", "labels", "requests", "users")
        }
        return replace(says, **rows)

    speakers = [replace(each, says=remixed(each.says)) for each in mixed(world.speakers)]
    owners = mixed(list(world.owners.items()))
    return replace(world, owners=dict(owners), speakers=speakers)
