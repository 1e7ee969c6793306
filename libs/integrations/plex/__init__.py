"""Everything that is known about Plex Media Server."""

from libs.integrations.plex.client import PlexClient

__all__ = ["PlexClient"]
