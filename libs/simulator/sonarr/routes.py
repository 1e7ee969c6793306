"""Which calls a Sonarr answers."""

from libs.simulator.arr.routes import shared
from libs.simulator.arr.server import V3
from libs.simulator.calls import RouteTable
from libs.simulator.sonarr import deletes, monitoring, reads
from libs.simulator.sonarr.server import SonarrServer

ROUTES: RouteTable[SonarrServer] = RouteTable(
    [
        *shared(V3),
        ("GET", f"{V3}/series", reads.list_series),
        ("PUT", f"{V3}/series/editor", monitoring.edit_series),
        ("DELETE", f"{V3}/series/editor", deletes.remove_many_series),
        ("GET", f"{V3}/series/{{id:int}}", reads.one_series),
        ("PUT", f"{V3}/series/{{id:int}}", monitoring.update_series),
        ("DELETE", f"{V3}/series/{{id:int}}", deletes.remove_series),
        ("POST", f"{V3}/seasonpass", monitoring.season_pass),
        ("GET", f"{V3}/episodefile", reads.list_files),
        ("DELETE", f"{V3}/episodefile/bulk", deletes.remove_files),
        ("GET", f"{V3}/episodefile/{{id:int}}", reads.one_file),
        ("DELETE", f"{V3}/episodefile/{{id:int}}", deletes.remove_file),
        ("GET", f"{V3}/episode", reads.list_episodes),
        ("PUT", f"{V3}/episode/monitor", monitoring.monitor_episodes),
        ("GET", f"{V3}/episode/{{id:int}}", reads.one_episode),
        ("GET", f"{V3}/importlistexclusion", reads.list_exclusions),
        ("POST", f"{V3}/importlistexclusion", deletes.add_exclusion),
        ("DELETE", f"{V3}/importlistexclusion/{{id:int}}", deletes.remove_exclusion),
    ]
)
