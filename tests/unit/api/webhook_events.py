"""Events as the nine systems send them, with ids of a test's own."""

from typing import Any

USER = "11111111222233334444555555555555"
JELLYFIN_SERVER, EMBY_SERVER, PLEX_SERVER = "0badc0de" * 4, "feedface" * 4, "f00dcafe00112233445566778899aabbccddeeff"
Event = dict[str, Any]


def sonarr(event: str = "Download", series: Any = 7, **more: Any) -> Event:
    """Sonarr always names its instance; everything about the show hangs on `series`."""
    about = {"id": series, "title": "Firefly", "path": "/data/media/tv/Firefly", "tvdbId": 78874, "tags": ["keep"]}
    return {"eventType": event, "instanceName": "Sonarr", "applicationUrl": "", "series": about, **more}


def radarr(event: str = "Download", movie: Any = 12, **more: Any) -> Event:
    """Radarr's movie."""
    about = {"id": movie, "title": "Serenity", "year": 2005, "tmdbId": 16320, "tags": []}
    return {"eventType": event, "instanceName": "Radarr", "applicationUrl": "", "movie": about, **more}


def lidarr(event: str = "Download", artist: Any = 5, **more: Any) -> Event:
    """Lidarr's artist, with the album that came."""
    about = {"id": artist, "name": "The Browncoats", "mbId": "0d3b5a52", "type": "Group"}
    return {"eventType": event, "instanceName": "Lidarr", "artist": about, "album": {"id": 9}, **more}


def readarr(event: str = "Download", *books: Any, **more: Any) -> Event:
    """Readarr's author, and the books where the event is about some."""
    named = {"books": [{"id": book, "title": "A book"} for book in books]} if books else {}
    return {"eventType": event, "instanceName": "Readarr", "author": {"id": 6, "name": "Jayne C"}, **named, **more}


def plex(event: str = "media.scrobble", key: Any = "501", kind: str = "movie", server: str = PLEX_SERVER) -> Event:
    """Plex's payload, the JSON part of its form."""
    return {
        "event": event,
        "user": True,
        "owner": True,
        "Account": {"id": 4021, "title": "kaylee"},
        "Server": {"title": "homebox", "uuid": server},
        "Player": {"local": True, "title": "Roku", "uuid": "p1"},
        "Metadata": {"librarySectionType": kind, "ratingKey": key, "type": kind, "title": "Serenity"},
    }


def jellyfin(event: str = "PlaybackStop", item: str = "a1" * 16, kind: str = "Movie", **more: Any) -> Event:
    """Jellyfin's plugin sends everything side by side."""
    return {
        "ServerId": JELLYFIN_SERVER,
        "ServerName": "homebox",
        "NotificationType": event,
        "ItemId": item,
        "ItemType": kind,
        "UserId": USER,
        "NotificationUsername": "kaylee",
        **more,
    }


def emby(event: str = "playback.stop", item: str = "4101", kind: str = "Movie", **more: Any) -> Event:
    """Emby nests user, item and server."""
    return {
        "Title": "kaylee has finished playing",
        "Event": event,
        "User": {"Name": "kaylee", "Id": USER},
        "Item": {"Name": "Serenity", "Id": item, "Type": kind, "ServerId": EMBY_SERVER},
        "Server": {"Name": "embybox", "Id": EMBY_SERVER},
        **more,
    }


def tautulli(action: str = "watched", key: str = "501", kind: str = "movie") -> Event:
    """The body that people paste; every value is a text."""
    return {"source": "tautulli", "action": action, "media_type": kind, "rating_key": key, "user_id": "4021"}


def seerr(event: str = "MEDIA_APPROVED", request: Any = "31") -> Event:
    """The default template of Seerr, whose numbers are texts."""
    return {
        "notification_type": event,
        "subject": "Serenity (2005)",
        "media": {"media_type": "movie", "tmdbId": "16320", "status": "PENDING"},
        "request": {"request_id": request, "requestedBy_username": "kaylee"},
        "issue": None,
        "extra": [],
    }
