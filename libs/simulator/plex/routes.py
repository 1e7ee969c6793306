"""Which calls a Plex answers."""

from libs.simulator.calls import Answer, Call, RouteTable
from libs.simulator.plex import edits, library, posters, watching
from libs.simulator.plex.containers import no_such_thing
from libs.simulator.plex.server import PlexServer


def _nothing(_here: PlexServer, _: Call) -> Answer:
    raise no_such_thing()


_SECTION = "/library/sections/{section:int}"
_ITEM = "/library/metadata/{id:int}"
_COLLECTION = "/library/collections/{id:int}"

ROUTES: RouteTable[PlexServer] = RouteTable(
    [
        ("GET", "/", library.root),
        ("GET", "/library/sections", library.sections),
        ("GET", f"{_SECTION}/all", library.section_items),
        ("PUT", f"{_SECTION}/all", edits.edit_in_section),
        ("GET", f"{_SECTION}/collections", library.section_collections),
        ("GET", f"{_SECTION}/label", library.section_labels),
        ("GET", f"{_SECTION}/refresh", library.refresh),
        ("POST", f"{_SECTION}/refresh", library.refresh),
        ("GET", f"{_ITEM}/children", library.children),
        ("GET", f"{_ITEM}/posters", posters.candidates),
        ("POST", f"{_ITEM}/posters", posters.upload),
        ("PUT", f"{_ITEM}/poster", posters.select),
        ("GET", f"{_ITEM}/thumb/{{version:int}}", posters.shown),
        ("GET", f"{_ITEM}/file", posters.candidate_bytes),
        ("GET", "/library/metadata/{ids}", library.items),
        ("PUT", "/library/metadata/{ids}", edits.edit_items),
        ("GET", _COLLECTION, library.one_collection),
        ("GET", f"{_COLLECTION}/items", library.members),
        ("GET", f"{_COLLECTION}/children", library.children_of_collection),
        ("GET", "/library/onDeck", watching.on_deck),
        ("GET", "/hubs/continueWatching", watching.on_deck),
        ("GET", "/hubs/search", library.search),
        ("GET", "/accounts", watching.accounts),
        ("GET", "/status/sessions", watching.sessions),
        ("GET", "/status/sessions/history/all", watching.history),
        *((method, "/{rest:path}", _nothing) for method in ("GET", "PUT", "POST", "DELETE")),
    ]
)
