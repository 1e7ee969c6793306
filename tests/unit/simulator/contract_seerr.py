"""What clients read from Seerr: per call the query names it takes and the fields a row must have, with their types.

Distilled by hand from the published description; the names of `Fields` are explained in contract_fields.py.
"""

from tests.unit.simulator.contract_fields import Fields

TEXT_OR_NULL = (str, type(None))
NUMBER_OR_NULL = (int, type(None))
LIST = {"pageInfo.pages": int, "pageInfo.pageSize": int, "pageInfo.results": int, "pageInfo.page": int}
_USER: Fields = {
    "id": int,
    "email": str,
    "username": str,
    "displayName": str,
    "plexUsername": TEXT_OR_NULL,
    "jellyfinUsername": TEXT_OR_NULL,
    "plexId": NUMBER_OR_NULL,
    "jellyfinUserId": TEXT_OR_NULL,
    "userType": int,
    "permissions": int,
    "avatar": str,
    "createdAt": str,
    "updatedAt": str,
    "requestCount": int,
}
_MEDIA: Fields = {
    "id": int,
    "mediaType": str,
    "tmdbId": int,
    "tvdbId": NUMBER_OR_NULL,
    "imdbId": TEXT_OR_NULL,
    "status": int,
    "status4k": int,
    "serviceId": NUMBER_OR_NULL,
    "externalServiceId": NUMBER_OR_NULL,
    "externalServiceId4k": NUMBER_OR_NULL,
    "externalServiceSlug": TEXT_OR_NULL,
    "ratingKey": TEXT_OR_NULL,
    "jellyfinMediaId": TEXT_OR_NULL,
    "createdAt": str,
    "updatedAt": str,
}
_REQUEST: Fields = {
    "id": int,
    "status": int,
    "type": str,
    "createdAt": str,
    "updatedAt": str,
    "is4k": bool,
    "serverId": NUMBER_OR_NULL,
    "profileId": NUMBER_OR_NULL,
    "rootFolder": TEXT_OR_NULL,
    "isAutoRequest": bool,
    "seasons": list,
    "seasonCount": int,
    "modifiedBy": type(None),
}


def _below(step: str, fields: Fields) -> Fields:
    return {f"{step}.{name}": kind for name, kind in fields.items()}


SEERR: dict[str, Fields] = {
    "/status": {
        "version": str,
        "commitTag": str,
        "updateAvailable": bool,
        "commitsBehind": int,
        "restartRequired": bool,
    },
    "/auth/me": _USER,
    "/user": LIST | _below("results[]", _USER),
    "/request": LIST
    | _below("results[]", _REQUEST)
    | _below("results[].media", _MEDIA)
    | _below("results[].requestedBy", _USER)
    | {"serviceErrors.radarr": list, "serviceErrors.sonarr": list},
    "/request/31": _REQUEST | _below("media", _MEDIA) | _below("requestedBy", _USER),
    "/media": LIST | _below("results[]", _MEDIA),
    "/user/2/watchlist?page=1": {
        "page": int,
        "totalPages": int,
        "totalResults": int,
        "results[].ratingKey": str,
        "results[].title": str,
        "results[].mediaType": str,
        "results[].tmdbId": int,
    },
}

QUERY_NAMES: dict[str, dict[str, str]] = {
    "/request": {
        "take": "20",
        "skip": "0",
        "filter": "completed",
        "sort": "modified",
        "sortDirection": "asc",
        "requestedBy": "1",
        "mediaType": "tv",
    },
    "/user": {"take": "20", "skip": "0", "sort": "displayname", "q": "mal"},
    "/media": {"take": "20", "skip": "0", "filter": "allavailable", "sort": "mediaAdded"},
    "/user/2/watchlist": {"page": "1"},
}
