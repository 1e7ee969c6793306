"""What the simulated Jellyfin and Emby have in common on the wire."""
