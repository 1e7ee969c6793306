"""Everything that is known about Jellyfin alone (10.9 and newer)."""

from libs.integrations.jellyfin.client import JellyfinClient

__all__ = ["JellyfinClient"]
