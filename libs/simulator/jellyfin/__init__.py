"""The simulated Jellyfin."""
