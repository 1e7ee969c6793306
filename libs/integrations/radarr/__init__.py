"""Everything that is known about Radarr (API v3)."""

from libs.integrations.radarr.client import RadarrClient

__all__ = ["RadarrClient"]
