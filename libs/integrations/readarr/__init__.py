"""Everything that is known about Readarr's API."""

from libs.integrations.readarr.client import ReadarrClient

__all__ = ["ReadarrClient"]
