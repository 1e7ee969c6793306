"""What is known about Jellyfin and Emby alike: both are forks of MediaBrowser."""
