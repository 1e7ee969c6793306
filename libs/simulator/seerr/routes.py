"""Which calls a Seerr answers."""

from libs.simulator.calls import RouteTable
from libs.simulator.seerr import deletes, reads
from libs.simulator.seerr.server import PREFIX, SeerrServer

ROUTES: RouteTable[SeerrServer] = RouteTable(
    [
        ("GET", f"{PREFIX}/auth/me", reads.me),
        ("GET", f"{PREFIX}/request", reads.list_requests),
        ("GET", f"{PREFIX}/request/{{id:int}}", reads.one_request),
        ("DELETE", f"{PREFIX}/request/{{id:int}}", deletes.remove_request),
        ("GET", f"{PREFIX}/user", reads.list_users),
        ("GET", f"{PREFIX}/user/{{id:int}}/watchlist", reads.watchlist),
        ("GET", f"{PREFIX}/media", reads.list_media),
        ("DELETE", f"{PREFIX}/media/{{id:int}}", deletes.remove_media),
        ("DELETE", f"{PREFIX}/media/{{id:int}}/file", deletes.remove_files),
        ("GET", "/api/{rest:path}", reads.unknown),
    ]
)
