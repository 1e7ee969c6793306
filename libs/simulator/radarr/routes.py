"""Which calls a Radarr answers."""

from libs.simulator.arr.routes import shared
from libs.simulator.arr.server import V3
from libs.simulator.calls import RouteTable
from libs.simulator.radarr import deletes, edits, reads
from libs.simulator.radarr.server import RadarrServer

ROUTES: RouteTable[RadarrServer] = RouteTable(
    [
        *shared(V3),
        ("GET", f"{V3}/movie", reads.list_movies),
        ("PUT", f"{V3}/movie/editor", edits.edit_movies),
        ("DELETE", f"{V3}/movie/editor", deletes.remove_many_movies),
        ("GET", f"{V3}/movie/{{id:int}}", reads.one_movie),
        ("PUT", f"{V3}/movie/{{id:int}}", edits.update_movie),
        ("DELETE", f"{V3}/movie/{{id:int}}", deletes.remove_movie),
        ("GET", f"{V3}/moviefile", reads.list_files),
        ("DELETE", f"{V3}/moviefile/bulk", deletes.remove_files),
        ("GET", f"{V3}/moviefile/{{id:int}}", reads.one_file),
        ("DELETE", f"{V3}/moviefile/{{id:int}}", deletes.remove_file),
        ("GET", f"{V3}/collection", reads.list_collections),
        ("GET", f"{V3}/collection/{{id:int}}", reads.one_collection),
        ("PUT", f"{V3}/collection/{{id:int}}", edits.update_collection),
        ("GET", f"{V3}/exclusions", reads.list_exclusions),
        ("POST", f"{V3}/exclusions", deletes.add_exclusion),
        ("DELETE", f"{V3}/exclusions/{{id:int}}", deletes.remove_exclusion),
    ]
)
