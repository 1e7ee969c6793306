"""Which fields are offered to somebody who writes a rule: those that can have values with what is connected."""

from collections.abc import Collection, Iterator

from libs.common.domain.enums import MEDIA_SOURCE_TYPES, WATCH_SOURCE_TYPES, IntegrationType
from libs.common.domain.rules.fields import FIELDS, Needs, RuleField

_MEDIA_SERVERS = frozenset({IntegrationType.PLEX, IntegrationType.JELLYFIN, IntegrationType.EMBY})


def offered_fields(enabled: Collection[IntegrationType], service_type: str = "") -> list[RuleField]:
    """In their order. `service_type` is the type of the integration the rule is for; blank offers for all."""
    met = set(_met(set(enabled), service_type.strip().lower()))
    return [field for field in FIELDS.values() if field.needs in met]


def _met(enabled: set[IntegrationType], service_type: str) -> Iterator[Needs]:
    """A rule for something that holds no items is offered only what every item has."""
    yield Needs.NOTHING
    if service_type == IntegrationType.SONARR or (not service_type and IntegrationType.SONARR in enabled):
        yield Needs.SHOWS
    if service_type and service_type not in MEDIA_SOURCE_TYPES:
        return
    has_requests, has_plays = IntegrationType.SEERR in enabled, bool(enabled & WATCH_SOURCE_TYPES)
    if has_plays:
        yield Needs.PLAYS
    if has_requests:
        yield Needs.REQUESTS
    if has_plays and has_requests:
        yield Needs.PLAYS_AND_REQUESTS
    if enabled & _MEDIA_SERVERS:
        yield Needs.MEDIA_SERVER
    if enabled & _MEDIA_SERVERS or _radarr_tells(enabled, service_type):
        yield Needs.COLLECTIONS


def _radarr_tells(enabled: set[IntegrationType], service_type: str) -> bool:
    """Radarr knows the collections of its own movies, and of nothing else."""
    return IntegrationType.RADARR in enabled and service_type in {"", IntegrationType.RADARR}
