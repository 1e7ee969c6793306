"""Which calls a Sonarr answers."""

from libs.simulator.arr.routes import SHARED
from libs.simulator.arr.server import PREFIX
from libs.simulator.calls import RouteTable
from libs.simulator.sonarr import deletes, monitoring, reads
from libs.simulator.sonarr.server import SonarrServer

ROUTES: RouteTable[SonarrServer] = RouteTable(
    [
        *SHARED,
        ("GET", f"{PREFIX}/series", reads.list_series),
        ("PUT", f"{PREFIX}/series/editor", monitoring.edit_series),
        ("DELETE", f"{PREFIX}/series/editor", deletes.remove_many_series),
        ("GET", f"{PREFIX}/series/{{id:int}}", reads.one_series),
        ("PUT", f"{PREFIX}/series/{{id:int}}", monitoring.update_series),
        ("DELETE", f"{PREFIX}/series/{{id:int}}", deletes.remove_series),
        ("POST", f"{PREFIX}/seasonpass", monitoring.season_pass),
        ("GET", f"{PREFIX}/episodefile", reads.list_files),
        ("DELETE", f"{PREFIX}/episodefile/bulk", deletes.remove_files),
        ("GET", f"{PREFIX}/episodefile/{{id:int}}", reads.one_file),
        ("DELETE", f"{PREFIX}/episodefile/{{id:int}}", deletes.remove_file),
        ("GET", f"{PREFIX}/episode", reads.list_episodes),
        ("PUT", f"{PREFIX}/episode/monitor", monitoring.monitor_episodes),
        ("GET", f"{PREFIX}/episode/{{id:int}}", reads.one_episode),
        ("GET", f"{PREFIX}/importlistexclusion", reads.list_exclusions),
        ("POST", f"{PREFIX}/importlistexclusion", deletes.add_exclusion),
        ("DELETE", f"{PREFIX}/importlistexclusion/{{id:int}}", deletes.remove_exclusion),
    ]
)
