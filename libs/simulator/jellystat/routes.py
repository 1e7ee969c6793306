"""Which calls a Jellystat answers. `getItemsWithStats`, which an older client asks for, is none of them."""

from libs.simulator.calls import Answer, Call, Refusal, RouteTable
from libs.simulator.jellystat import activity, grouped, items, reads
from libs.simulator.jellystat.server import JellystatServer


def unknown(_here: JellystatServer, _call: Call) -> Answer:
    """What no route has, also when only the method is wrong."""
    raise Refusal(404, {"error": "Not Found"})


ROUTES: RouteTable[JellystatServer] = RouteTable(
    [
        ("GET", "/api/getLibraries", reads.libraries),
        ("GET", "/api/getconfig", reads.config),
        ("GET", "/stats/getAllUserActivity", reads.users),
        ("GET", "/stats/getPlaybackActivity", activity.everything),
        ("POST", "/api/getUserHistory", activity.of_user),
        ("POST", "/api/getItemHistory", activity.of_item),
        ("GET", "/api/getHistory", grouped.history),
        ("POST", "/api/getLibraryItems", items.library_items),
        ("POST", "/stats/getLibraryItemsWithStats", items.items_with_stats),
        ("GET", "/{rest:path}", unknown),
        ("POST", "/{rest:path}", unknown),
    ]
)
