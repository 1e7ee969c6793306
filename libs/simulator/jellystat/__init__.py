"""A simulated Jellystat: the history of one Jellyfin or Emby."""
