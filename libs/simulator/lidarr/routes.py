"""Which calls a Lidarr answers."""

from libs.simulator.arr.routes import shared
from libs.simulator.arr.server import V1
from libs.simulator.calls import RouteTable
from libs.simulator.lidarr import deletes, edits, reads
from libs.simulator.lidarr.server import LidarrServer

ROUTES: RouteTable[LidarrServer] = RouteTable(
    [
        *shared(V1),
        ("GET", f"{V1}/metadataprofile", reads.list_metadata_profiles),
        ("GET", f"{V1}/artist", reads.list_artists),
        ("PUT", f"{V1}/artist/editor", edits.edit_artists),
        ("DELETE", f"{V1}/artist/editor", deletes.remove_many_artists),
        ("GET", f"{V1}/artist/{{id:int}}", reads.one_artist),
        ("PUT", f"{V1}/artist/{{id:int}}", edits.update_artist),
        ("DELETE", f"{V1}/artist/{{id:int}}", deletes.remove_artist),
        ("GET", f"{V1}/album", reads.list_albums),
        ("PUT", f"{V1}/album/monitor", edits.monitor_albums),
        ("GET", f"{V1}/album/{{id:int}}", reads.one_album),
        ("DELETE", f"{V1}/album/{{id:int}}", deletes.remove_album),
        ("GET", f"{V1}/trackfile", reads.list_files),
        ("DELETE", f"{V1}/trackfile/bulk", deletes.remove_files),
        ("GET", f"{V1}/trackfile/{{id:int}}", reads.one_file),
        ("DELETE", f"{V1}/trackfile/{{id:int}}", deletes.remove_file),
        ("GET", f"{V1}/importlistexclusion", reads.list_exclusions),
        ("POST", f"{V1}/importlistexclusion", deletes.add_exclusion),
        ("DELETE", f"{V1}/importlistexclusion/{{id:int}}", deletes.remove_exclusion),
    ]
)
