"""The simulated Emby."""
