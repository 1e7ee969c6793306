"""Everything that is known about Sonarr (API v3)."""

from libs.integrations.sonarr.client import SonarrClient

__all__ = ["SonarrClient"]
