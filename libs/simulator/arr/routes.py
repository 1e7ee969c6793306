"""The part of the route table that Sonarr and Radarr share."""

from libs.simulator.arr import reads, tags
from libs.simulator.arr.covers import cover
from libs.simulator.arr.server import PREFIX, ArrServer
from libs.simulator.calls import Handler

SHARED: list[tuple[str, str, Handler[ArrServer]]] = [
    ("GET", f"{PREFIX}/system/status", reads.status),
    ("GET", f"{PREFIX}/diskspace", reads.disk_space),
    ("GET", f"{PREFIX}/rootfolder", reads.root_folders),
    ("GET", f"{PREFIX}/qualityprofile", reads.quality_profiles),
    ("GET", f"{PREFIX}/language", reads.languages),
    ("GET", f"{PREFIX}/config/mediamanagement", reads.media_management),
    ("GET", f"{PREFIX}/health", reads.health),
    ("GET", f"{PREFIX}/tag", tags.list_tags),
    ("POST", f"{PREFIX}/tag", tags.add_tag),
    ("GET", f"{PREFIX}/tag/{{id:int}}", tags.one_tag),
    ("DELETE", f"{PREFIX}/tag/{{id:int}}", tags.remove_tag),
    ("GET", "/MediaCover/{id:int}/{name}", cover),
]
