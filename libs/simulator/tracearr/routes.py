"""Which calls a Tracearr answers."""

from libs.simulator.calls import RouteTable
from libs.simulator.tracearr import first, second
from libs.simulator.tracearr.server import V1, V2, TracearrServer

ROUTES: RouteTable[TracearrServer] = RouteTable(
    [
        ("GET", f"{V1}/health", first.health),
        ("GET", f"{V1}/history", first.history),
        ("GET", f"{V1}/streams", first.streams),
        ("GET", f"{V2}/servers", second.servers),
        ("GET", f"{V2}/libraries", second.libraries),
        ("GET", f"{V2}/users", second.users),
        ("GET", f"{V2}/watched-media", second.watched_media),
        ("GET", f"{V2}/history", second.history),
        ("GET", f"{V2}/streams", second.streams),
        ("GET", "/api/{rest:path}", first.unknown),
    ]
)
