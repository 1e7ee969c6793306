"""Which calls a Radarr answers."""

from libs.simulator.arr.routes import SHARED
from libs.simulator.arr.server import PREFIX
from libs.simulator.calls import RouteTable
from libs.simulator.radarr import deletes, edits, reads
from libs.simulator.radarr.server import RadarrServer

ROUTES: RouteTable[RadarrServer] = RouteTable(
    [
        *SHARED,
        ("GET", f"{PREFIX}/movie", reads.list_movies),
        ("PUT", f"{PREFIX}/movie/editor", edits.edit_movies),
        ("DELETE", f"{PREFIX}/movie/editor", deletes.remove_many_movies),
        ("GET", f"{PREFIX}/movie/{{id:int}}", reads.one_movie),
        ("PUT", f"{PREFIX}/movie/{{id:int}}", edits.update_movie),
        ("DELETE", f"{PREFIX}/movie/{{id:int}}", deletes.remove_movie),
        ("GET", f"{PREFIX}/moviefile", reads.list_files),
        ("DELETE", f"{PREFIX}/moviefile/bulk", deletes.remove_files),
        ("GET", f"{PREFIX}/moviefile/{{id:int}}", reads.one_file),
        ("DELETE", f"{PREFIX}/moviefile/{{id:int}}", deletes.remove_file),
        ("GET", f"{PREFIX}/collection", reads.list_collections),
        ("GET", f"{PREFIX}/collection/{{id:int}}", reads.one_collection),
        ("PUT", f"{PREFIX}/collection/{{id:int}}", edits.update_collection),
        ("GET", f"{PREFIX}/exclusions", reads.list_exclusions),
        ("POST", f"{PREFIX}/exclusions", deletes.add_exclusion),
        ("DELETE", f"{PREFIX}/exclusions/{{id:int}}", deletes.remove_exclusion),
    ]
)
