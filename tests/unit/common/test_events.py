"""The catalogue: seed-fixed sentences, order of members, and every type accounted for."""

import json
from datetime import UTC, datetime

from libs.common.events.catalogue import DURABLE_TYPES, EVENT_TYPES
from libs.common.events.deletion import DeletionSuccess
from libs.common.events.disk import ThresholdBreached
from libs.common.events.engine import EngineComplete, EngineError, EngineStart
from libs.common.events.envelope import Envelope
from libs.common.events.integration import IntegrationTestFailed
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


def test_every_type_stands_in_the_family_of_its_module() -> None:
    for name, event in EVENT_TYPES.items():
        assert event.family == event.__module__.rpartition(".")[2], name


def test_address_of_an_integration_is_reduced_and_its_error_holds_no_credential() -> None:
    failed = IntegrationTestFailed(
        integration_type="radarr",
        name="Films",
        url="http://user:pw@nas:7878/radarr?apikey=abc",
        error="GET http://nas:7878/api?apikey=0123456789 refused",
    )

    assert failed.url == "http://nas:7878"
    assert "0123456789" not in failed.data_json() + failed.message


def test_endless_error_text_is_cut() -> None:
    assert len(EngineError(error="x" * 100_000).error) == 1000


def test_envelope_renders_the_seeds_line_and_keeps_run_and_batch_to_itself() -> None:
    event = EngineStart(execution_mode="approval")
    at = datetime(2025, 3, 5, 17, 10, 20, tzinfo=UTC)

    envelope = Envelope.of_event(event, source="engine", at=at, run_id=7)

    assert envelope.sse_data() == '{"message":"Engine run started in approval mode","executionMode":"approval"}'
    assert envelope.metadata() == '{"executionMode":"approval"}'
    assert Envelope.model_validate_json(envelope.wire()) == envelope
    assert json.loads(envelope.wire())["occurredAt"] == "2025-03-05T17:10:20Z"
