"""How each system wants to see the key: in which header, or, where it takes nothing else, in the query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from urllib.parse import quote, quote_plus

from libs.common.domain.enums import IntegrationType
from libs.common.security.redaction import HIDDEN

_PRODUCT = "Capacitarr"
_DEVICE = "capacitarr-server"
"""Plex and Jellyfin list every device they have seen; a name that never changes stays one entry."""


@dataclass(frozen=True, slots=True)
class Access:
    """What goes along with every call to one upstream."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    key: str = field(default="", repr=False)

    @property
    def is_sendable(self) -> bool:
        """False when the key has characters that no header takes."""
        return all(value.isascii() and value.isprintable() for value in [*self.headers.values(), *self.params.values()])

    def hide_key(self, told: str) -> str:
        """The text without the key, plain or as in an address: upstreams repeat what they were sent."""
        if not self.key:
            return told
        for form in {self.key, quote(self.key, safe=""), quote(self.key), quote_plus(self.key)}:
            told = told.replace(form, HIDDEN)
        return told


def access_for(kind: IntegrationType, api_key: str) -> Access:
    """The key, and who we are where the system asks."""
    key = api_key.strip()
    return replace(_ACCESS[kind](key), key=key)


def _arr(key: str) -> Access:
    return Access({"X-Api-Key": key})


def _plex(key: str) -> Access:
    return Access(
        {
            "X-Plex-Token": key,
            "X-Plex-Client-Identifier": _DEVICE,
            "X-Plex-Product": _PRODUCT,
            "X-Plex-Version": version("capacitarr"),
            "X-Plex-Device-Name": _PRODUCT,
        }
    )


def _jellyfin(key: str) -> Access:
    about = f'Client="{_PRODUCT}", Device="server", DeviceId="{_DEVICE}", Version="{version("capacitarr")}"'
    return Access({"Authorization": f'MediaBrowser Token="{key}", {about}'})


_ACCESS: Mapping[IntegrationType, Callable[[str], Access]] = {
    IntegrationType.SONARR: _arr,
    IntegrationType.RADARR: _arr,
    IntegrationType.LIDARR: _arr,
    IntegrationType.READARR: _arr,
    IntegrationType.PLEX: _plex,
    IntegrationType.JELLYFIN: _jellyfin,
    IntegrationType.EMBY: lambda key: Access({"X-Emby-Token": key}),
    IntegrationType.TAUTULLI: lambda key: Access(params={"apikey": key}),
    IntegrationType.JELLYSTAT: lambda key: Access({"x-api-token": key}),
    IntegrationType.TRACEARR: lambda key: Access({"Authorization": f"Bearer {key}"}),
    IntegrationType.SEERR: _arr,
}
