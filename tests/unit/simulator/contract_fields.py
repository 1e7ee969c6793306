"""What clients read from Sonarr and Radarr: per call the fields a row must have, with their types.

Distilled by hand from the systems' published descriptions; a dotted name reaches into objects, `[]` into lists.
"""

from typing import Any

Fields = dict[str, type | tuple[type, ...]]
NUMBER = (int, float)

SHARED: dict[str, Fields] = {
    "/system/status": {"appName": str, "instanceName": str, "version": str, "urlBase": str, "isDocker": bool},
    "/diskspace": {"[].path": str, "[].label": str, "[].freeSpace": int, "[].totalSpace": int},
    "/rootfolder": {"[].id": int, "[].path": str, "[].accessible": bool, "[].freeSpace": int},
    "/qualityprofile": {"[].id": int, "[].name": str, "[].upgradeAllowed": bool, "[].cutoff": int, "[].items": list},
    "/tag": {"[].id": int, "[].label": str},
    "/language": {"[].id": int, "[].name": str, "[].nameLower": str},
    "/config/mediamanagement": {"id": int, "recycleBin": str, "recycleBinCleanupDays": int},
}

SONARR: dict[str, Fields] = SHARED | {
    "/config/mediamanagement": {"recycleBin": str, "autoUnmonitorPreviouslyDownloadedEpisodes": bool},
    "/series": {
        "[].id": int,
        "[].title": str,
        "[].sortTitle": str,
        "[].status": str,
        "[].ended": bool,
        "[].overview": str,
        "[].images[].coverType": str,
        "[].images[].url": str,
        "[].images[].remoteUrl": str,
        "[].originalLanguage.name": str,
        "[].seasons[].seasonNumber": int,
        "[].seasons[].monitored": bool,
        "[].seasons[].statistics.episodeFileCount": int,
        "[].seasons[].statistics.episodeCount": int,
        "[].seasons[].statistics.totalEpisodeCount": int,
        "[].seasons[].statistics.sizeOnDisk": int,
        "[].seasons[].statistics.percentOfEpisodes": NUMBER,
        "[].year": int,
        "[].path": str,
        "[].qualityProfileId": int,
        "[].monitored": bool,
        "[].monitorNewItems": str,
        "[].tvdbId": int,
        "[].tmdbId": int,
        "[].imdbId": str,
        "[].titleSlug": str,
        "[].rootFolderPath": str,
        "[].genres": list,
        "[].tags": list,
        "[].added": str,
        "[].ratings.value": NUMBER,
        "[].ratings.votes": int,
        "[].statistics.seasonCount": int,
        "[].statistics.episodeFileCount": int,
        "[].statistics.sizeOnDisk": int,
    },
    "/episodefile?seriesId=7": {
        "[].id": int,
        "[].seriesId": int,
        "[].seasonNumber": int,
        "[].relativePath": str,
        "[].path": str,
        "[].size": int,
        "[].dateAdded": str,
        "[].languages[].name": str,
        "[].quality.quality.name": str,
        "[].quality.revision.version": int,
        "[].releaseType": str,
    },
    "/episode?seriesId=7": {
        "[].id": int,
        "[].seriesId": int,
        "[].episodeFileId": int,
        "[].seasonNumber": int,
        "[].episodeNumber": int,
        "[].hasFile": bool,
        "[].monitored": bool,
        "[].airDateUtc": str,
    },
}

RADARR: dict[str, Fields] = SHARED | {
    "/config/mediamanagement": {"recycleBin": str, "autoUnmonitorPreviouslyDownloadedMovies": bool},
    "/movie": {
        "[].id": int,
        "[].title": str,
        "[].originalTitle": str,
        "[].originalLanguage.name": str,
        "[].sizeOnDisk": int,
        "[].status": str,
        "[].images[].coverType": str,
        "[].images[].url": str,
        "[].images[].remoteUrl": str,
        "[].year": int,
        "[].path": str,
        "[].qualityProfileId": int,
        "[].hasFile": bool,
        "[].movieFileId": int,
        "[].monitored": bool,
        "[].minimumAvailability": str,
        "[].imdbId": str,
        "[].tmdbId": int,
        "[].rootFolderPath": str,
        "[].genres": list,
        "[].tags": list,
        "[].added": str,
        "[].ratings.imdb.value": NUMBER,
        "[].ratings.tmdb.value": NUMBER,
        "[].movieFile.id": int,
        "[].movieFile.movieId": int,
        "[].movieFile.size": int,
        "[].movieFile.dateAdded": str,
        "[].movieFile.relativePath": str,
        "[].movieFile.quality.quality.name": str,
        "[].statistics.movieFileCount": int,
        "[].statistics.sizeOnDisk": int,
    },
    "/collection": {
        "[].id": int,
        "[].title": str,
        "[].tmdbId": int,
        "[].monitored": bool,
        "[].movies[].tmdbId": int,
        "[].movies[].title": str,
        "[].movies[].isExisting": bool,
        "[].movies[].isExcluded": bool,
        "[].missingMovies": int,
    },
}


def missing_fields(payload: Any, fields: Fields) -> list[str]:
    """The fields that are absent, of another type, or below a list that is empty."""
    return [name for name, kind in fields.items() if not _holds(payload, name, kind)]


def _holds(value: Any, name: str, kind: type | tuple[type, ...]) -> bool:
    if not name:
        return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if name.startswith("[]"):
        rest = name[2:].removeprefix(".")
        return isinstance(value, list) and len(value) > 0 and all(_holds(each, rest, kind) for each in value)
    step, _, rest = name.replace("[]", ".[]", 1).partition(".") if _before_list(name) else name.partition(".")
    return isinstance(value, dict) and step in value and _holds(value[step], rest, kind)


def _before_list(name: str) -> bool:
    return "[]" in name.partition(".")[0]
