"""The part of the route table that all *arr share, below each one's prefix."""

from libs.simulator.arr import reads, tags
from libs.simulator.arr.covers import cover
from libs.simulator.arr.server import ArrServer
from libs.simulator.calls import Handler


def shared(prefix: str) -> list[tuple[str, str, Handler[ArrServer]]]:
    """The calls below `prefix`."""
    return [*((method, f"{prefix}{path}", handler) for method, path, handler in _SHARED), *_COVERS]


_SHARED: list[tuple[str, str, Handler[ArrServer]]] = [
    ("GET", "/system/status", reads.status),
    ("GET", "/diskspace", reads.disk_space),
    ("GET", "/rootfolder", reads.root_folders),
    ("GET", "/qualityprofile", reads.quality_profiles),
    ("GET", "/language", reads.languages),
    ("GET", "/config/mediamanagement", reads.media_management),
    ("GET", "/health", reads.health),
    ("GET", "/tag", tags.list_tags),
    ("POST", "/tag", tags.add_tag),
    ("GET", "/tag/{id:int}", tags.one_tag),
    ("DELETE", "/tag/{id:int}", tags.remove_tag),
]
_COVERS: list[tuple[str, str, Handler[ArrServer]]] = [
    ("GET", "/MediaCover/{id:int}/{name}", cover),
    ("GET", "/MediaCover/Books/{id:int}/{name}", cover),
]
