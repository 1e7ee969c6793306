"""What a Plex says about its library: sections, their titles and collections, single items, and a search."""

from collections.abc import Callable
from typing import Any

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import Section, ServerCollection, ServerTitle
from libs.simulator.calls import Answer, Call
from libs.simulator.plex.containers import PageRefusal, container, listing, no_such_thing
from libs.simulator.plex.guids import guid_of
from libs.simulator.plex.rows import Row, Rows, collection_row, section_row, spelled
from libs.simulator.plex.server import PlexServer
from libs.simulator.plex.shelf import Episodes, Leaf

_MEMBERS_CAP = 100
_MOVIE, _SHOW, _SEASON, _EPISODE, _COLLECTION = "1", "2", "3", "4", "18"
_KINDS = {_MOVIE: TitleKind.MOVIE, _SHOW: TitleKind.TV}


def root(here: PlexServer, call: Call) -> Answer:
    """`GET /`: the server itself."""
    owner = here.world.people[here.owner]
    return container(
        call.headers,
        {
            "size": 0,
            "friendlyName": here.media.name,
            "machineIdentifier": here.media.machine_id,
            "myPlexUsername": owner.name,
            "platform": "Linux",
            "version": here.version,
        },
    )


def sections(here: PlexServer, call: Call) -> Answer:
    """`GET /library/sections`: never in windows."""
    rows = [section_row(here, section) for section in here.shelf.sections(here.viewer(call))]
    return container(call.headers, {"size": len(rows), "allowSync": False, "title1": "Plex Library", "Directory": rows})


def section_items(here: PlexServer, call: Call) -> Answer:
    """`GET /library/sections/{id}/all`: titles, seasons, episodes or collections; also by `guid` or `label`."""
    section = _section(here, call)
    kind = call.text("type") or (_MOVIE if section.kind is TitleKind.MOVIE else _SHOW)
    if kind == _COLLECTION:
        return section_collections(here, call)
    rows = _rows(here, call)
    if kind in _KINDS:
        titles = _filtered(here, call, here.shelf.titles(section.number, _KINDS[kind], here.viewer(call)))
        return _listed(here, call, section, titles, rows.title)
    shows = here.shelf.titles(section.number, TitleKind.TV, here.viewer(call))
    if kind == _EPISODE:
        return _listed(here, call, section, Episodes(shows), rows.leaf)
    if kind == _SEASON:
        return _listed(here, call, section, [Leaf(show, each) for show in shows for each in show.seasons], rows.leaf)
    raise PageRefusal(400)


def section_collections(here: PlexServer, call: Call) -> Answer:
    """`GET /library/sections/{id}/collections`."""
    section = _section(here, call)
    found = [each for each in here.media.collections.values() if each.section == section.number]
    return _listed(here, call, section, found, lambda each: collection_row(here, each))


def section_labels(here: PlexServer, call: Call) -> Answer:
    """`GET /library/sections/{id}/label`: the labels that titles of this type have."""
    section = _section(here, call)
    kind = _KINDS.get(call.text("type") or "", section.kind)
    titles = here.shelf.titles(section.number, kind, here.viewer(call))
    labels = {spelled(label): here.label_key(label) for title in titles for label in title.labels}
    rows = [
        {"fastKey": f"/library/sections/{section.number}/all?label={key}", "key": str(key), "title": label}
        for label, key in sorted(labels.items())
    ]
    return container(call.headers, {"size": len(rows), "title1": section.name, "Directory": rows})


def members(here: PlexServer, call: Call) -> Answer:
    """`GET /library/collections/{id}/items`: at most a hundred at once. Older servers do not have it."""
    if not here.media.settings.collection_items:
        raise no_such_thing()
    return children_of_collection(here, call)


def children_of_collection(here: PlexServer, call: Call) -> Answer:
    """`GET /library/collections/{id}/children`: the same under its older name."""
    collection = _collection(here, call)
    viewer = here.viewer(call)
    found = [here.media.titles[native] for native in collection.members if native in here.media.titles]
    seen = [title for title in found if here.shelf.is_open(title.section, viewer)]
    return listing(call, seen, _rows(here, call).title, cap=_MEMBERS_CAP)


def one_collection(here: PlexServer, call: Call) -> Answer:
    """`GET /library/collections/{id}`."""
    return container(call.headers, {"size": 1, "Metadata": [collection_row(here, _collection(here, call))]})


def items(here: PlexServer, call: Call) -> Answer:
    """`GET /library/metadata/{id,id,…}`: complete rows. Ids that are gone are left out; when all are, 404."""
    rows = Rows(here, here.viewer(call), guids=call.text("includeGuids") == "1", is_full=True)
    found = [row for native in wanted_ids(call) if (row := _item(here, native, rows)) is not None]
    if not found:
        raise no_such_thing()
    return container(call.headers, {"size": len(found), "Metadata": found})


def wanted_ids(call: Call) -> list[int]:
    """The rating keys in a path; anything but numbers is refused."""
    words = call.words["ids"].split(",")
    if not all(word.isdecimal() for word in words):
        raise no_such_thing()
    return [int(word) for word in words]


def children(here: PlexServer, call: Call) -> Answer:
    """`GET /library/metadata/{id}/children`: the seasons of a show, or the episodes of a season."""
    rows = _rows(here, call)
    title = here.media.titles.get(call.params["id"])
    if title is not None:
        return listing(call, [Leaf(title, season) for season in title.seasons], rows.leaf)
    leaf = here.shelf.leaf(call.params["id"])
    if leaf is None or leaf.number:
        raise no_such_thing()
    return listing(call, [leaf._replace(number=number + 1) for number in range(leaf.season.episodes)], rows.leaf)


def search(here: PlexServer, call: Call) -> Answer:
    """`GET /hubs/search`: titles with all the words somewhere, in a hub for each type."""
    words = (call.text("query") or "").lower().split()
    limit = int(call.text("limit") or 3)
    rows, hubs = _rows(here, call), []
    for name, kind, title in (("movie", TitleKind.MOVIE, "Movies"), ("show", TitleKind.TV, "Shows")):
        found = [
            each
            for section in here.shelf.sections(here.viewer(call))
            for each in here.shelf.titles(section.number, kind, here.viewer(call))
            if words and all(word in each.title.lower() for word in words)
        ]
        hub: dict[str, Any] = {"title": title, "type": name, "hubIdentifier": name, "size": len(found[:limit])}
        hub |= {"more": len(found) > limit}
        if found:
            hub["Metadata"] = [rows.title(each) | {"librarySectionID": each.section} for each in found[:limit]]
        hubs.append(hub)
    return container(call.headers, {"size": len(hubs), "Hub": hubs})


def refresh(here: PlexServer, call: Call) -> Answer:
    """`POST /library/sections/{id}/refresh`: a scan finds nothing new, as nothing on the shelves has changed."""
    here.require_owner(call)
    _section(here, call)
    return Answer(content_type="text/html")


def _section(here: PlexServer, call: Call) -> Section:
    section = here.media.sections.get(call.params["section"])
    if section is None or not here.shelf.is_open(section.number, here.viewer(call)):
        raise no_such_thing()
    return section


def _collection(here: PlexServer, call: Call) -> ServerCollection:
    found = here.media.collections.get(call.params["id"])
    if found is None or not here.shelf.is_open(found.section, here.viewer(call)):
        raise no_such_thing()
    return found


def _item(here: PlexServer, native: int, rows: Rows) -> Row | None:
    title = here.media.titles.get(native)
    if title is not None:
        return rows.title(title) if here.shelf.is_open(title.section, rows.viewer) else None
    leaf = here.shelf.leaf(native)
    if leaf is None or not here.shelf.is_open(leaf.title.section, rows.viewer):
        return None
    return rows.leaf(leaf) | {"librarySectionID": leaf.title.section}


def _filtered(here: PlexServer, call: Call, titles: list[ServerTitle]) -> list[ServerTitle]:
    guid, label = call.text("guid"), call.text("label")
    if guid is not None:
        legacy = here.media.settings.legacy_agents
        titles = [title for title in titles if guid_of(title, legacy=legacy) == guid]
    if label is not None:
        keys = set(label.split(","))
        titles = [title for title in titles if any(str(here.label_key(name)) in keys for name in title.labels)]
    return titles


def _rows(here: PlexServer, call: Call) -> Rows:
    return Rows(here, here.viewer(call), guids=call.text("includeGuids") == "1")


def _listed(here: PlexServer, call: Call, section: Section, rows: Any, build: Callable[[Any], Row]) -> Answer:
    return listing(
        call,
        rows,
        build,
        cap=here.media.settings.page_cap,
        librarySectionID=section.number,
        librarySectionTitle=section.name,
    )
