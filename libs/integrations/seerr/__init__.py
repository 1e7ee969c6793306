"""Everything that is known about Seerr and its relatives Overseerr and Jellyseerr (API v1)."""

from libs.integrations.seerr.client import SeerrClient

__all__ = ["SeerrClient"]
