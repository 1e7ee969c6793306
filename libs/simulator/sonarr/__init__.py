"""A Sonarr v4 that answers its v3 API."""
