"""Which calls an Emby answers, each with and without its prefix."""

from libs.simulator.calls import Handler, RouteTable
from libs.simulator.emby import reads, tags
from libs.simulator.emby.server import PREFIX, EmbyServer
from libs.simulator.mediabrowser import boxsets, pictures
from libs.simulator.mediabrowser.routes import SHARED

_CALLS: list[tuple[str, str, Handler[EmbyServer]]] = [
    *SHARED,
    ("GET", "/Users/Query", reads.query_users),
    ("GET", "/Users", reads.users),
    ("GET", "/Users/{user}/Items", reads.list_items),
    ("GET", "/Users/{user}/Items/{id}", reads.one_item),
    ("POST", "/Items/{id}/Tags/Add", tags.add),
    ("POST", "/Items/{id}/Tags/Delete", tags.remove),
    ("POST", "/Items/{id}/Images/{kind}/Delete", pictures.remove),
    ("POST", "/Items/{id}/Images/{kind}/{index}/Url", pictures.set_from_url),
    ("POST", "/Collections/{id}/Items/Delete", boxsets.remove),
]

ROUTES: RouteTable[EmbyServer] = RouteTable(
    [(method, f"{prefix}{path}", handler) for prefix in ("", PREFIX) for method, path, handler in _CALLS]
)
