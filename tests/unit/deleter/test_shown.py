"""What is different from what was shown when a deletion was decided on (S-26)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from libs.common.deletions.fingerprint import Instance, fingerprint_of
from libs.common.deletions.job import Job
from libs.common.domain.enums import IntegrationType, Trigger
from services.deleter.shown import departure
from services.deleter.standing import Standing
from tests.unit.deleter.facts import NOW, claimed, job

HERE = Instance(1, IntegrationType.RADARR, "http://127.0.0.1:9", NOW)
ITEM: dict[str, Any] = {
    "title": "Movie",
    "path": "/data/media/movies/Movie (2015)",
    "size_bytes": 10,
    "file_fingerprint": "f1",
    "seen_at": NOW,
    "play_count": 2,
    "last_played": NOW - timedelta(days=90),
    "watch_evidence_at": NOW,
}
AS_SHOWN = Standing(
    is_known=True,
    is_scored=True,
    is_protected=False,
    snoozed_at=None,
    last_played=ITEM["last_played"],
    play_count=2,
)


def decided(trigger: Trigger, **changes: Any) -> Job:
    return job(trigger=trigger, fingerprint=fingerprint_of(ITEM | changes, HERE))


@pytest.mark.parametrize("trigger", list(Trigger))
def test_S26_nothing_speaks_against_what_is_as_it_was_shown(trigger: Trigger) -> None:
    assert departure(decided(trigger), claimed().source, AS_SHOWN) is None


@pytest.mark.parametrize("trigger", list(Trigger))
@pytest.mark.parametrize("other", [{"url": "http://127.0.0.1:10"}, {"type": IntegrationType.SONARR}])
def test_S26_another_installation_is_noticed_whoever_decided(trigger: Trigger, other: dict[str, Any]) -> None:
    shown = fingerprint_of(ITEM, replace(HERE, **other))

    found = departure(job(trigger=trigger, fingerprint=shown), claimed().source, AS_SHOWN)

    assert found is not None
    assert "another installation" in found


def test_S26_item_read_before_its_integration_was_saved_is_from_nobody_knows_where() -> None:
    found = departure(decided(Trigger.APPROVAL, seen_at=NOW - timedelta(seconds=1)), claimed().source, AS_SHOWN)

    assert found is not None
    assert "was saved" in found


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"play_count": 3}, "played 3 times"),
        ({"last_played": NOW}, "last 2025-03-01T12:00:00Z"),
        ({"play_count": None, "last_played": None}, "of unknown plays"),
    ],
)
def test_S26_plays_that_were_not_shown_send_an_approval_back(now: dict[str, Any], words: str) -> None:
    standing = replace(AS_SHOWN, **now)

    found = departure(decided(Trigger.APPROVAL), claimed().source, standing)

    assert found is not None
    assert "it was shown as played 2 times (last 2024-12-01T12:00:00Z)" in found
    assert words in found
    assert departure(decided(Trigger.ENGINE), claimed().source, standing) is None


def test_S26_approval_without_an_installation_is_not_carried_out() -> None:
    assert departure(job(trigger=Trigger.APPROVAL), claimed().source, AS_SHOWN) is not None
    assert departure(job(trigger=Trigger.USER), claimed().source, AS_SHOWN) is None
