"""Everything that is known about Lidarr's API."""

from libs.integrations.lidarr.client import LidarrClient

__all__ = ["LidarrClient"]
