"""What Sonarr, Radarr, Lidarr and Readarr have in common on the wire."""
