"""What a person has to do in each system so that it tells us what changes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from libs.common.domain.enums import IntegrationType

_TAUTULLI_FIELDS = {
    "source": "tautulli",
    "action": "{action}",
    "server": "{server_machine_id}",
    "user": "{username}",
    "user_id": "{user_id}",
    "media_type": "{media_type}",
    "rating_key": "{rating_key}",
    "parent_rating_key": "{parent_rating_key}",
    "grandparent_rating_key": "{grandparent_rating_key}",
    "title": "{title}",
    "show": "{show_name}",
    "season": "{season_num}",
    "episode": "{episode_num}",
    "year": "{year}",
    "tmdb": "{themoviedb_id}",
    "tvdb": "{thetvdb_id}",
    "imdb": "{imdb_id}",
    "percent": "{progress_percent}",
    "time": "{unixtime}",
}


@dataclass(frozen=True, slots=True)
class Guide:
    """Where the address is to be pasted, which events to tick, and the body to send where the system asks for one."""

    where: str
    events: tuple[str, ...]
    content_type: str | None = None
    body: str | None = None


_CONNECT = "Settings → Connect → + → Webhook"
_JSON = "application/json"

GUIDES: Mapping[IntegrationType, Guide] = {
    IntegrationType.SONARR: Guide(
        _CONNECT,
        (
            "On File Import",
            "On File Upgrade",
            "On Import Complete",
            "On Rename",
            "On Series Add",
            "On Series Delete",
            "On Episode File Delete",
        ),
    ),
    IntegrationType.RADARR: Guide(
        _CONNECT,
        (
            "On File Import",
            "On File Upgrade",
            "On Rename",
            "On Movie Added",
            "On Movie Delete",
            "On Movie File Delete",
        ),
    ),
    IntegrationType.LIDARR: Guide(
        _CONNECT,
        (
            "On Release Import",
            "On Upgrade",
            "On Rename",
            "On Track Retag",
            "On Artist Add",
            "On Artist Delete",
            "On Album Delete",
        ),
    ),
    IntegrationType.READARR: Guide(
        _CONNECT,
        (
            "On Release Import",
            "On Upgrade",
            "On Rename",
            "On Author Added",
            "On Author Delete",
            "On Book Delete",
            "On Book File Delete",
        ),
    ),
    IntegrationType.PLEX: Guide(
        "Plex Web → Account settings of the owner → Webhooks → Add webhook (needs Plex Pass)",
        ("all are sent; media.stop, media.scrobble and library.new are used",),
    ),
    IntegrationType.JELLYFIN: Guide(
        "Dashboard → Plugins → Webhook → Add Generic Destination; tick Send All Properties",
        ("Item Added", "Item Deleted", "Playback Stop", "User Data Saved"),
    ),
    IntegrationType.EMBY: Guide(
        "Settings → Notifications → Add Webhooks (needs Emby Premiere)",
        ("Playback: Stop", "Users: Mark Played, Mark Unplayed, Rate", "Library: New Media Added, Media Removed"),
        _JSON,
    ),
    IntegrationType.TAUTULLI: Guide(
        "Settings → Notification Agents → Add → Webhook; method POST, the body below for each trigger",
        ("Playback Stop", "Watched"),
        _JSON,
        json.dumps(_TAUTULLI_FIELDS, separators=(",", ":")),
    ),
    IntegrationType.SEERR: Guide(
        "Settings → Notifications → Webhook; the default JSON payload, no authorization header",
        (
            "Request Pending Approval",
            "Request Automatically Approved",
            "Request Approved",
            "Request Declined",
            "Request Available",
            "Request Processing Failed",
        ),
    ),
}
"""One for each system that sends webhooks."""
