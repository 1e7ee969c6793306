"""How collections are made and filled; the items in them do not change."""

from libs.simulator.audience import ServerCollection
from libs.simulator.calls import Answer, Call, Refusal, as_json
from libs.simulator.changes import Effect
from libs.simulator.mediabrowser.query import Query
from libs.simulator.mediabrowser.server import MediaBrowserServer

_FIRST = 20_000_001


def create(here: MediaBrowserServer, call: Call) -> Answer:
    """`POST /Collections`: answers the new collection's id."""
    query, known = Query(call), here.media.collections
    if not query.text("name"):
        raise Refusal(400)
    native = max([_FIRST, *(number + 1 for number in known)])
    members = _titles(here, query)
    known[native] = ServerCollection(native=native, name=query.text("name"), section=1, members=members)
    here.media.revision += 1
    made = Effect(kind="collection_created", id=native, title=query.text("name"), detail=str(len(members)))
    return as_json({"Id": here.id_text(native), "Name": query.text("name")}, effects=[made])


def add(here: MediaBrowserServer, call: Call) -> Answer:
    """`POST /Collections/{id}/Items`: titles that are in it already stay once."""
    collection = _collection(here, call)
    new = [native for native in _titles(here, Query(call)) if native not in collection.members]
    collection.members.extend(new)
    return _changed(here, collection, "collection_joined", new)


def remove(here: MediaBrowserServer, call: Call) -> Answer:
    """`DELETE /Collections/{id}/Items`."""
    collection = _collection(here, call)
    gone = [native for native in _titles(here, Query(call)) if native in collection.members]
    collection.members = [native for native in collection.members if native not in gone]
    return _changed(here, collection, "collection_left", gone)


def media_updated(_here: MediaBrowserServer, call: Call) -> Answer:
    """`POST /Library/Media/Updated`: looks at the named paths some time later."""
    updates = call.fields().get("Updates")
    if not isinstance(updates, list):
        raise Refusal(400)
    return Answer(status=204)


def _titles(here: MediaBrowserServer, query: Query) -> list[int]:
    return [here.title(word).native for word in query.words("ids")]


def _collection(here: MediaBrowserServer, call: Call) -> ServerCollection:
    found = here.item(call.words["id"]).collection
    if found is None:
        raise Refusal(404)
    return found


def _changed(here: MediaBrowserServer, collection: ServerCollection, kind: str, natives: list[int]) -> Answer:
    here.media.revision += 1
    effects = [Effect(kind=kind, id=native, title=collection.name) for native in natives]
    return Answer(status=204, effects=effects)
