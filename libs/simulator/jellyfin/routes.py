"""Which calls a Jellyfin answers."""

from libs.simulator.calls import RouteTable
from libs.simulator.jellyfin import reads, updates
from libs.simulator.jellyfin.server import JellyfinServer
from libs.simulator.mediabrowser.routes import SHARED

ROUTES: RouteTable[JellyfinServer] = RouteTable(
    [
        *SHARED,
        ("GET", "/Users", reads.users),
        ("GET", "/Items", reads.list_items),
        ("GET", "/Items/{id}", reads.one_item),
        ("POST", "/Items/{id}", updates.update_item),
        ("GET", "/Users/{user}/Items", reads.list_items_the_old_way),
        ("GET", "/Users/{user}/Items/{id}", reads.one_item_the_old_way),
    ]
)
