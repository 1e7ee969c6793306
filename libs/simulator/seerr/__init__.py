"""Seerr and its relatives Overseerr and Jellyseerr on the wire (API v1)."""
