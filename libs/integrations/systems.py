"""How the eleven upstream systems are called, and where a person finds their keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from libs.common.domain.enums import IntegrationType
from libs.integrations.errors import ErrorClass


@dataclass(frozen=True, slots=True)
class System:
    """One product. `statuses` says what a status means where it differs from the usual."""

    label: str
    key_place: str
    statuses: Mapping[int, ErrorClass] = field(default_factory=dict)


_ARR_KEY = "Settings → General → Security → API Key"
_SEERR_KEY = "Settings → General → API Key"

SYSTEMS: Mapping[IntegrationType, System] = {
    IntegrationType.SONARR: System("Sonarr", _ARR_KEY),
    IntegrationType.RADARR: System("Radarr", _ARR_KEY),
    IntegrationType.LIDARR: System("Lidarr", _ARR_KEY),
    IntegrationType.READARR: System("Readarr", _ARR_KEY),
    IntegrationType.PLEX: System("Plex", "View XML of any item, X-Plex-Token in its address (the owner's token)"),
    IntegrationType.JELLYFIN: System("Jellyfin", "Dashboard → API Keys"),
    IntegrationType.EMBY: System("Emby", "Settings → Advanced → API Keys"),
    IntegrationType.TAUTULLI: System("Tautulli", "Settings → Web Interface → API"),
    IntegrationType.JELLYSTAT: System("Jellystat", "Settings → API Keys", {403: ErrorClass.AUTH}),
    IntegrationType.TRACEARR: System("Tracearr", "Settings → Data & API → API"),
    IntegrationType.SEERR: System("Seerr", _SEERR_KEY, {403: ErrorClass.AUTH}),
}
