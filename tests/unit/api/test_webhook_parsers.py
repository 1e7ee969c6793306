"""What each system's events make us read: the thing they are about, everything when they name none, or nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.enums import IntegrationType, RefreshKind
from libs.common.refresh import RefreshTarget
from services.api.webhooks.guide import GUIDES
from services.api.webhooks.hint import DISKS, EVERYTHING, NOTHING, Hint
from services.api.webhooks.senders import PARSERS
from tests.unit.api import webhook_events as events
from tests.unit.api.webhook_events import USER, Event

SONARR, RADARR, LIDARR, READARR = (
    IntegrationType.SONARR,
    IntegrationType.RADARR,
    IntegrationType.LIDARR,
    IntegrationType.READARR,
)
PLEX, JELLYFIN, EMBY = IntegrationType.PLEX, IntegrationType.JELLYFIN, IntegrationType.EMBY
TAUTULLI, SEERR = IntegrationType.TAUTULLI, IntegrationType.SEERR
ITEM_ID = "a1" * 16


def item(native_id: str) -> RefreshTarget:
    return RefreshTarget(RefreshKind.ITEM, native_id)


def activity(native_id: str, user_id: str = "") -> RefreshTarget:
    return RefreshTarget(RefreshKind.ACTIVITY, native_id, user_id)


def request(native_id: str) -> RefreshTarget:
    return RefreshTarget(RefreshKind.REQUEST, native_id)


TOLD: list[tuple[IntegrationType, Event, tuple[RefreshTarget, ...]]] = [
    (SONARR, events.sonarr("Download"), (item("7"), DISKS)),
    (SONARR, events.sonarr("SeriesDelete", deletedFiles=True), (item("7"), DISKS)),
    (SONARR, events.sonarr("EpisodeFileDelete", deleteReason="manual"), (item("7"), DISKS)),
    (SONARR, events.sonarr("EpisodeFileDelete", deleteReason="upgrade"), ()),
    (SONARR, events.sonarr("Rename"), (item("7"),)),
    (SONARR, events.sonarr("SeriesAdd"), (item("7"),)),
    (SONARR, events.sonarr("Grab", release={"size": 5}), ()),
    (SONARR, events.sonarr("Health", level="error"), ()),
    (SONARR, events.sonarr("Download", series=None), (EVERYTHING, DISKS)),
    (SONARR, {"eventType": "Download"}, (EVERYTHING, DISKS)),
    (RADARR, events.radarr("Download"), (item("12"), DISKS)),
    (RADARR, events.radarr("MovieDelete", deletedFiles=True), (item("12"), DISKS)),
    (RADARR, events.radarr("MovieFileDelete", deleteReason="missingFromDisk"), (item("12"), DISKS)),
    (RADARR, events.radarr("MovieFileDelete", deleteReason="upgrade"), ()),
    (RADARR, events.radarr("MovieAdded"), (item("12"),)),
    (RADARR, events.radarr("Download", movie="12"), (item("12"), DISKS)),
    (RADARR, events.radarr("Download", movie=0), (EVERYTHING, DISKS)),
    (RADARR, events.radarr("Download", movie=-3), (EVERYTHING, DISKS)),
    (RADARR, events.radarr("Download", movie=True), (EVERYTHING, DISKS)),
    (RADARR, events.radarr("Download", movie=2**70), (EVERYTHING, DISKS)),
    (RADARR, events.radarr("ApplicationUpdate"), ()),
    (LIDARR, events.lidarr("Download"), (item("5"), DISKS)),
    (LIDARR, events.lidarr("AlbumDelete"), (item("5"), DISKS)),
    (LIDARR, events.lidarr("Retag"), (item("5"),)),
    (LIDARR, events.lidarr("ImportFailure"), ()),
    (READARR, events.readarr("Download", 41, 42, 41), (item("41"), item("42"), DISKS)),
    (READARR, events.readarr("BookDelete", book={"id": 41}), (item("41"), DISKS)),
    (READARR, events.readarr("BookFileDelete", book={"id": 41}, deleteReason="upgrade"), ()),
    (READARR, events.readarr("AuthorDelete"), (EVERYTHING, DISKS)),
    (READARR, events.readarr("Rename"), (EVERYTHING,)),
    (READARR, events.readarr("Download", *range(1, 30)), (EVERYTHING, DISKS)),
    (PLEX, events.plex("media.scrobble"), (activity("501"),)),
    (PLEX, events.plex("media.stop", "702", "episode"), (activity("702"),)),
    (PLEX, events.plex("media.stop", "702", "track"), ()),
    (PLEX, events.plex("media.stop", ""), (EVERYTHING,)),
    (PLEX, events.plex("media.play"), ()),
    (PLEX, events.plex("library.new", "700", "show"), (EVERYTHING,)),
    (PLEX, events.plex("library.new", "9", "album"), ()),
    (PLEX, events.plex("device.new"), ()),
    (JELLYFIN, events.jellyfin("PlaybackStop"), (activity(ITEM_ID, USER),)),
    (JELLYFIN, events.jellyfin("PlaybackStop", kind="Audio"), ()),
    (JELLYFIN, events.jellyfin("PlaybackProgress"), ()),
    (JELLYFIN, events.jellyfin("UserDataSaved", kind="Series", Favorite=True), (activity(ITEM_ID, USER),)),
    (JELLYFIN, events.jellyfin("UserDataSaved", SaveReason="PlaybackProgress"), ()),
    (JELLYFIN, events.jellyfin("UserDataSaved", SaveReason="TogglePlayed"), (activity(ITEM_ID, USER),)),
    (JELLYFIN, events.jellyfin("PlaybackStop", "A1A1A1A1-A1A1-A1A1-A1A1-A1A1A1A1A1A1"), (activity(ITEM_ID, USER),)),
    (JELLYFIN, events.jellyfin("PlaybackStop", UserId=None), (EVERYTHING,)),
    (JELLYFIN, events.jellyfin("PlaybackStop", "../Users"), (EVERYTHING,)),
    (JELLYFIN, events.jellyfin("ItemAdded"), (EVERYTHING,)),
    (JELLYFIN, events.jellyfin("ItemDeleted", kind="MusicAlbum"), ()),
    (EMBY, events.emby("playback.stop"), (activity("4101", USER),)),
    (EMBY, events.emby("item.markplayed"), (activity("4101", USER),)),
    (EMBY, events.emby("item.markplayed", kind="Series"), (EVERYTHING,)),
    (EMBY, events.emby("item.rate", kind="Series"), (activity("4101", USER),)),
    (EMBY, events.emby("playback.stop", User=None), (EVERYTHING,)),
    (EMBY, events.emby("playback.start"), ()),
    (EMBY, events.emby("library.new", kind="Episode"), (EVERYTHING,)),
    (EMBY, events.emby("library.new", kind="Audio"), ()),
    (TAUTULLI, events.tautulli("watched"), (activity("501"),)),
    (TAUTULLI, events.tautulli("stop", "702", "episode"), (activity("702"),)),
    (TAUTULLI, events.tautulli("play"), ()),
    (TAUTULLI, events.tautulli("watched", kind="track"), ()),
    (TAUTULLI, events.tautulli("watched", ""), (EVERYTHING,)),
    (SEERR, events.seerr("MEDIA_APPROVED"), (request("31"),)),
    (SEERR, events.seerr("MEDIA_DECLINED", 31), (request("31"),)),
    (SEERR, events.seerr("MEDIA_AVAILABLE", None), (EVERYTHING,)),
    (SEERR, events.seerr("ISSUE_CREATED"), ()),
]

TESTS = [
    (SONARR, events.sonarr("Test")),
    (RADARR, events.radarr("Test")),
    (LIDARR, events.lidarr("Test")),
    (READARR, events.readarr("Test")),
    (EMBY, {"Event": "system.notificationtest", "Server": {"Id": "1"}}),
    (TAUTULLI, events.tautulli("test")),
    (SEERR, events.seerr("TEST_NOTIFICATION")),
]


@pytest.mark.parametrize(("kind", "event", "expected"), TOLD)
def test_event_asks_for_what_it_is_about(
    kind: IntegrationType, event: Event, expected: tuple[RefreshTarget, ...]
) -> None:
    hint = PARSERS[kind](event)

    assert hint.targets == expected
    assert not hint.is_test


@pytest.mark.parametrize(("kind", "event"), TESTS)
def test_trying_the_address_out_asks_for_nothing(kind: IntegrationType, event: Event) -> None:
    assert PARSERS[kind](event) == Hint(is_test=True)


@pytest.mark.parametrize(
    ("kind", "event", "server"),
    [
        (PLEX, events.plex(), events.PLEX_SERVER),
        (JELLYFIN, events.jellyfin(), events.JELLYFIN_SERVER),
        (EMBY, events.emby(), events.EMBY_SERVER),
    ],
)
def test_media_servers_say_which_of_them_it_was(kind: IntegrationType, event: Event, server: str) -> None:
    assert PARSERS[kind](event).server == server


@pytest.mark.parametrize("kind", PARSERS)
def test_event_of_another_system_asks_for_nothing(kind: IntegrationType) -> None:
    others = {"hello": "world", "event": 5, "eventType": ["Download"], "Event": None, "action": {}, "Metadata": []}

    assert PARSERS[kind]({}) == NOTHING
    assert PARSERS[kind](others) == NOTHING


def test_every_sender_has_its_guide() -> None:
    assert GUIDES.keys() == PARSERS.keys()
    assert all(guide.where and guide.events for guide in GUIDES.values())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=5,
)
EVENTS: dict[IntegrationType, Event] = {kind: event for kind, event, targets in TOLD if targets}


@pytest.mark.parametrize("kind", EVENTS)
@given(data=st.data())
def test_odd_values_never_break_a_parser_nor_pass_through_it(kind: IntegrationType, data: st.DataObject) -> None:
    event = dict(EVENTS[kind])
    name = data.draw(st.sampled_from(sorted(event)))
    inside = event[name]
    odd: Any = data.draw(JSON)
    if isinstance(inside, dict) and inside:
        event[name] = {**inside, data.draw(st.sampled_from(sorted(inside))): odd}
    else:
        event[name] = odd

    for target in PARSERS[kind](event).targets:
        assert target.native_id == "" or target.native_id.isalnum()
        assert target.user_id == "" or target.user_id.isalnum()
