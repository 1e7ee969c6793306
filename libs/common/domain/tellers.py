"""Which systems tell what about items besides their *arr; what nobody connected tells is unknown."""

from collections.abc import Mapping

from libs.common.domain.enums import MEDIA_SERVER_TYPES, WATCH_SOURCE_TYPES, Capability, IntegrationType

TELLERS: Mapping[Capability, frozenset[IntegrationType]] = {
    Capability.TITLES: MEDIA_SERVER_TYPES,
    Capability.PLAYS: WATCH_SOURCE_TYPES,
    Capability.WISHES: MEDIA_SERVER_TYPES,
    Capability.COLLECTIONS: MEDIA_SERVER_TYPES,
    Capability.LABELS: MEDIA_SERVER_TYPES,
    Capability.REQUESTS: frozenset({IntegrationType.SEERR}),
}
"""A test holds it against what the clients really have."""
