"""A Lidarr v2 that answers its v1 API."""
