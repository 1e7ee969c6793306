"""The reads that all *arr share: status, disks, root folders, profiles, languages, configuration, health."""

from typing import Any

from libs.common.domain.enums import IntegrationType
from libs.simulator.arr.rows import profile_row
from libs.simulator.arr.server import ArrServer
from libs.simulator.calls import Answer, Call, as_json
from libs.simulator.world import LANGUAGES, PROFILES

_AUTO_UNMONITOR = {
    IntegrationType.SONARR: "autoUnmonitorPreviouslyDownloadedEpisodes",
    IntegrationType.RADARR: "autoUnmonitorPreviouslyDownloadedMovies",
    IntegrationType.LIDARR: "autoUnmonitorPreviouslyDownloadedTracks",
    IntegrationType.READARR: "autoUnmonitorPreviouslyDownloadedBooks",
}
_DEFAULTS = {
    "defaultMetadataProfileId": 1,
    "defaultQualityProfileId": 4,
    "defaultMonitorOption": "all",
    "defaultNewItemMonitorOption": "all",
    "defaultTags": [],
}
_ROOT_DETAILS: dict[IntegrationType, dict[str, Any]] = {
    IntegrationType.LIDARR: _DEFAULTS,
    IntegrationType.READARR: _DEFAULTS | {"port": 8080, "outputProfile": "default", "useSsl": False},
}


def status(here: ArrServer, _: Call) -> Answer:
    """`GET /system/status`."""
    settings = here.instance.settings
    return as_json(
        {
            "appName": settings.app_name,
            "instanceName": here.instance.name,
            "version": settings.version,
            "buildTime": "2025-06-20T12:00:00Z",
            "isDebug": False,
            "isProduction": True,
            "isAdmin": False,
            "isUserInteractive": False,
            "startupPath": f"/app/{settings.app_name.lower()}/bin",
            "appData": "/config",
            "osName": "alpine",
            "osVersion": "3.22",
            "isNetCore": True,
            "isLinux": True,
            "isOsx": False,
            "isWindows": False,
            "isDocker": True,
            "mode": "console",
            "branch": "main",
            "authentication": "forms",
            "migrationVersion": 217,
            "urlBase": here.instance.url_base,
            "runtimeVersion": "6.0.36",
            "runtimeName": ".NET",
            "startTime": here.world.born,
            "databaseVersion": "3.49.2",
            "databaseType": "sqLite",
        }
    )


def disk_space(here: ArrServer, _: Call) -> Answer:
    """`GET /diskspace`: every mount in path order; one that cannot be read is missing."""
    rows = []
    for mount in sorted(here.instance.mounts, key=lambda each: each.path):
        if mount.path in here.instance.settings.hidden_mounts:
            continue
        volume = here.world.disks.volumes[mount.volume]
        rows.append(
            {"path": mount.path, "label": mount.label, "freeSpace": volume.free_bytes, "totalSpace": volume.total_bytes}
        )
    return as_json(rows)


def root_folders(here: ArrServer, _: Call) -> Answer:
    """`GET /rootfolder`: a folder that is gone has no free space. Lidarr and Readarr tell more about theirs."""
    rows = []
    details = _ROOT_DETAILS.get(here.instance.kind)
    for root in here.instance.roots:
        row: dict[str, Any] = {"id": root.id, "path": root.path, "accessible": root.accessible}
        row |= {"unmappedFolders": []} if details is None else {"name": root.path.rpartition("/")[2], **details}
        volume = here.world.volume_at(here.instance, root.path)
        if root.accessible and volume is not None:
            row["freeSpace"] = volume.free_bytes
            if details is not None:
                row["totalSpace"] = volume.total_bytes
        if here.instance.kind is IntegrationType.READARR:
            row["isCalibreLibrary"] = bool(here.instance.settings.calibre)
        rows.append(row)
    return as_json(rows)


def quality_profiles(_here: ArrServer, _: Call) -> Answer:
    """`GET /qualityprofile`."""
    return as_json([profile_row(number) for number in PROFILES])


def languages(_here: ArrServer, _: Call) -> Answer:
    """`GET /language`."""
    return as_json([{"id": number, "name": name, "nameLower": name.lower()} for number, name in LANGUAGES.items()])


def media_management(here: ArrServer, _: Call) -> Answer:
    """`GET /config/mediamanagement`."""
    settings = here.instance.settings
    return as_json(
        {
            "id": 1,
            "recycleBin": settings.recycle_bin,
            "recycleBinCleanupDays": 7,
            _AUTO_UNMONITOR[here.instance.kind]: settings.auto_unmonitor,
            "downloadPropersAndRepacks": "preferAndUpgrade",
            "deleteEmptyFolders": True,
            "fileDate": "none",
            "rescanAfterRefresh": "always",
            "skipFreeSpaceCheckWhenImporting": False,
            "minimumFreeSpaceWhenImporting": 100,
            "copyUsingHardlinks": True,
            "importExtraFiles": False,
            "enableMediaInfo": True,
        }
    )


def health(here: ArrServer, _: Call) -> Answer:
    """`GET /health`: a root folder that is gone shows as an error."""
    gone = [root.path for root in here.instance.roots if not root.accessible]
    return as_json(
        [
            {
                "source": "RootFolderCheck",
                "type": "error",
                "message": f"Missing root folder: {path}",
                "wikiUrl": f"https://wiki.servarr.com/{here.instance.kind.value}/system#missing-root-folder",
            }
            for path in gone
        ]
    )
