"""What Sonarr and Radarr have in common on the wire."""
