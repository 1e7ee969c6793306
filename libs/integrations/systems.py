"""How the eleven upstream systems are called, and where a person finds their keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from libs.common.domain.enums import IntegrationType
from libs.integrations.errors import ErrorClass

PARALLEL = 4


@dataclass(frozen=True, slots=True)
class System:
    """One product. `statuses` says what a status means where it differs from the usual.

    `complaints` are words in the body of a failure that say more than its status. `parallel` calls are sent at once.
    `fails_in_pages`: its own failures are little web pages, so that one is no sign of somebody else.
    """

    label: str
    key_place: str
    statuses: Mapping[int, ErrorClass] = field(default_factory=dict)
    complaints: Mapping[bytes, ErrorClass] = field(default_factory=dict)
    parallel: int = PARALLEL
    fails_in_pages: bool = False


_ARR_KEY = "Settings → General → Security → API Key"
_SEERR_KEY = "Settings → General → API Key"
_WHILE_LOADING = {503: ErrorClass.STARTING}

SYSTEMS: Mapping[IntegrationType, System] = {
    IntegrationType.SONARR: System("Sonarr", _ARR_KEY),
    IntegrationType.RADARR: System("Radarr", _ARR_KEY),
    IntegrationType.LIDARR: System("Lidarr", _ARR_KEY),
    IntegrationType.READARR: System("Readarr", _ARR_KEY),
    IntegrationType.PLEX: System(
        "Plex",
        "View XML of any item, X-Plex-Token in its address (the owner's token)",
        complaints={b"Maintenance": ErrorClass.STARTING, b"maintenance": ErrorClass.STARTING},
        fails_in_pages=True,
    ),
    IntegrationType.JELLYFIN: System("Jellyfin", "Dashboard → API Keys", _WHILE_LOADING),
    IntegrationType.EMBY: System("Emby", "Settings → Advanced → API Keys", _WHILE_LOADING),
    # A single process over SQLite: more than one question at a time only makes it slower.
    IntegrationType.TAUTULLI: System(
        "Tautulli",
        "Settings → Web Interface → API",
        complaints={
            b"Invalid apikey": ErrorClass.AUTH,
            b"apikey is required": ErrorClass.AUTH,
            b"API not enabled": ErrorClass.API_DISABLED,
        },
        parallel=1,
    ),
    IntegrationType.JELLYSTAT: System(
        "Jellystat",
        "Settings → API Keys",
        {403: ErrorClass.AUTH},
        complaints={b"No API keys configured": ErrorClass.API_DISABLED},
    ),
    IntegrationType.TRACEARR: System("Tracearr", "Settings → Data & API → API", parallel=2),
    IntegrationType.SEERR: System(
        "Seerr", _SEERR_KEY, {403: ErrorClass.AUTH}, complaints={b"csrf": ErrorClass.FORBIDDEN}
    ),
}
