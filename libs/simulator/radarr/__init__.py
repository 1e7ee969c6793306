"""A Radarr v5 that answers its v3 API."""
