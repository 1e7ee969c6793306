"""A simulated Tautulli: the history of one Plex server."""
