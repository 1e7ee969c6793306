"""The catalogue: seed-fixed sentences, order of members, and every type accounted for."""

import json

from libs.common.events.catalogue import DURABLE_TYPES, EVENT_TYPES
from libs.common.events.deletion import DeletionSuccess
from libs.common.events.disk import ThresholdBreached
from libs.common.events.engine import EngineComplete, EngineStart
from libs.common.ids import uuid7

TRANSIENT = {
    "integration_recovery_attempt",
    "deletion_progress",
    "deletion_grace_period",
    "sunset_label_applied",
    "sunset_label_removed",
    "poster_overlay_applied",
    "poster_overlay_restored",
    "preview_updated",
    "analytics_updated",
    "preview_invalidated",
}


def test_the_three_sentences_of_the_seed() -> None:
    complete = EngineComplete(
        evaluated=97, flagged=12, duration_ms=1, execution_mode="auto", freed_bytes=0, completed_at_epoch=1
    )
    success = DeletionSuccess(title="Serenity", size_bytes=5_069_636_198, media_type="movie", integration_id=1)

    assert EngineStart(execution_mode="approval").message == "Engine run started in approval mode"
    assert complete.message == "Engine run completed: evaluated 97, flagged 12"
    assert success.message == "Deleted: Serenity (4.72 GB freed)"


def test_members_are_camel_case_in_the_catalogues_order_and_absent_when_unset() -> None:
    success = DeletionSuccess(title="Ä", size_bytes=1, media_type="movie", integration_id=1)

    assert success.data_json() == '{"title":"Ä","sizeBytes":1,"mediaType":"movie","integrationId":1}'


def test_whole_percentages_have_no_decimal_point() -> None:
    breached = ThresholdBreached(mount_path="/d", current_pct=90.5, threshold_pct=85, target_pct=75)

    assert json.loads(breached.data_json(), parse_float=str) == {
        "mountPath": "/d",
        "currentPct": "90.5",
        "thresholdPct": 85,
        "targetPct": 75,
    }


def test_every_type_is_known_and_only_progress_is_transient() -> None:
    assert len(EVENT_TYPES) == 75
    assert set(EVENT_TYPES) - DURABLE_TYPES == TRANSIENT


def test_uuid7_sorts_by_time_and_says_its_version() -> None:
    ids = [uuid7() for _ in range(50)]

    assert {value.version for value in ids} == {7}
    assert len(set(ids)) == 50
    assert [value.int >> 80 for value in ids] == sorted(value.int >> 80 for value in ids)
