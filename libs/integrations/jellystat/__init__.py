"""Everything that is known about Jellystat (1.1)."""

from libs.integrations.jellystat.client import JellystatClient

__all__ = ["JellystatClient"]
