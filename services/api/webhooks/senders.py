"""Which systems send webhooks, and who reads their events."""

from collections.abc import Callable, Mapping

from libs.common.domain.enums import IntegrationType
from services.api.webhooks.arr import parse_lidarr, parse_radarr, parse_readarr, parse_sonarr
from services.api.webhooks.emby import parse_emby
from services.api.webhooks.fields import Payload
from services.api.webhooks.hint import Hint
from services.api.webhooks.jellyfin import parse_jellyfin
from services.api.webhooks.plex import parse_plex
from services.api.webhooks.seerr import parse_seerr
from services.api.webhooks.tautulli import parse_tautulli

PARSERS: Mapping[IntegrationType, Callable[[Payload], Hint]] = {
    IntegrationType.SONARR: parse_sonarr,
    IntegrationType.RADARR: parse_radarr,
    IntegrationType.LIDARR: parse_lidarr,
    IntegrationType.READARR: parse_readarr,
    IntegrationType.PLEX: parse_plex,
    IntegrationType.JELLYFIN: parse_jellyfin,
    IntegrationType.EMBY: parse_emby,
    IntegrationType.TAUTULLI: parse_tautulli,
    IntegrationType.SEERR: parse_seerr,
}
"""Jellystat's outgoing hooks are switched off in its own code, and Tracearr has none."""
