"""What is kept of the facts behind a deletion: who told them, when, and nothing that nobody told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.common.deletions.evidence.build import MOST_RULES, MOST_TEXT, Ground, Teller, decided_on, evidence_of
from libs.common.domain.enums import Capability, IntegrationType

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
READ = NOW - timedelta(hours=1)
LONG_AGO = NOW - timedelta(hours=49)
PLEX = Teller(3, "Plex", IntegrationType.PLEX, dict.fromkeys(Capability, READ))
SEERR = Teller(5, "Seerr", IntegrationType.SEERR, {Capability.REQUESTS: READ})

ROW: dict[str, Any] = {
    "integration_id": 1,
    "integration_name": "Radarr",
    "integration_type": "radarr",
    "disk_group_id": 2,
    "mount_path": "/data",
    "mode": "auto",
    "threshold_pct": 85.0,
    "target_pct": 75.0,
    "sunset_pct": None,
    "used_bytes": 900,
    "total_bytes": 1000,
    "read_at": READ,
    "seen_at": READ,
    "size_bytes": 10,
    "rating": 7.5,
    "added_at": LONG_AGO,
    "file_added_at": LONG_AGO,
    "series_status": None,
    "monitored": True,
    "play_count": 0,
    "last_played": None,
    "watch_evidence_at": READ,
    "watch_evidence": {"3": "never"},
    "requested": True,
    "requested_by": "kaylee",
    "request_count": 1,
    "watched_by_requestor": False,
    "request_evidence_at": READ,
    "on_watchlist": False,
    "labels": ["keep"],
    "collections": [],
}


def told(*tellers: Teller, details: str = "[]", **changes: Any) -> dict[str, Any]:
    return evidence_of({**ROW, **changes}, details, Ground(NOW, timedelta(hours=48), tellers))


def fact(evidence: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in evidence["facts"] if one["fact"] == name)
    return found


def test_a_fact_stands_with_its_source_and_its_time() -> None:
    evidence = told(PLEX, SEERR)

    plays = fact(evidence, "playCount")
    assert plays == {
        "fact": "playCount",
        "value": 0,
        "source": "Plex",
        "at": "2026-03-06T11:00:00Z",
        "state": "fresh",
        "told": {"Plex": "never"},
    }
    assert (fact(evidence, "lastPlayed")["value"], fact(evidence, "sizeBytes")["source"]) == ("never", "Radarr")
    assert (fact(evidence, "requestedBy")["source"], fact(evidence, "onWatchlist")["at"]) == ("Seerr", plays["at"])


def test_the_group_is_kept_as_it_was_at_that_time() -> None:
    assert told()["diskGroup"] == {
        "id": 2,
        "mountPath": "/data",
        "mode": "auto",
        "thresholdPct": 85.0,
        "targetPct": 75.0,
        "sunsetPct": None,
        "usedBytes": 900,
        "totalBytes": 1000,
        "readAt": "2026-03-06T11:00:00Z",
    }
    assert told(disk_group_id=None)["diskGroup"] is None


def test_whole_numbers_have_no_decimal_point() -> None:
    assert ".0" not in json.dumps(told(PLEX, rating=8.0))


def test_old_facts_are_stale_and_those_nobody_told_are_unknown() -> None:
    assert fact(told(PLEX, watch_evidence_at=LONG_AGO), "playCount")["state"] == "stale"
    assert fact(told(PLEX, watch_evidence_at=None), "playCount")["state"] == "unknown"
    assert fact(told(SEERR, requested=None), "requested")["state"] == "unknown"
    never_read = Teller(4, "Jellyfin", IntegrationType.JELLYFIN, {})
    assert fact(told(PLEX, never_read), "labels") == {
        "fact": "labels",
        "value": "keep",
        "source": "Plex, Jellyfin",
        "at": None,
        "state": "unknown",
    }


def test_what_nobody_is_there_to_tell_is_no_fact() -> None:
    evidence = told(play_count=None, watch_evidence={}, watch_evidence_at=None)

    names = {one["fact"] for one in evidence["facts"]}
    assert names == {"sizeBytes", "rating", "addedAt", "newestFileAt", "seriesStatus", "monitored"}


def test_an_item_the_catalogue_does_not_have_has_no_facts() -> None:
    assert told(PLEX, seen_at=None)["facts"] == []


def test_rules_are_named_by_id_and_text() -> None:
    details = [
        {"factor": "rating", "type": "weight"},
        {"ruleId": 7, "name": "lean_keep: title contains x", "matchedValue": "x"},
    ]

    rules = told(details=json.dumps(details))["rules"]

    assert rules == [{"id": 7, "text": "lean_keep: title contains x", "had": "x"}]


@given(st.text())
@example('"ruleId"')
@example('{"ruleId":1}')
@example('[{"ruleId":true},{"ruleId":"1"},"ruleId",null]')
@example('[{"ruleId":1,"name":"\\u0000\\ud800"}]')
@example("[" * 5_000 + '"ruleId"')
def test_details_that_are_none_name_no_rule_and_break_nothing(details: str) -> None:
    for rule in told(details=details)["rules"]:
        rule["text"].encode()
        assert "\x00" not in rule["text"]


def test_evidence_is_bounded_whatever_an_item_carries() -> None:
    details = json.dumps([{"ruleId": number, "name": "r" * 9999} for number in range(1, 999)])

    evidence = told(PLEX, SEERR, details=details, labels=["l" * 99] * 999, requested_by="k" * 9999)

    assert len(evidence["rules"]) == MOST_RULES
    assert max(len(str(one["value"])) for one in evidence["facts"]) == MOST_TEXT
    assert len(json.dumps(evidence)) < 40_000


@pytest.mark.parametrize("name", ["play_count", "watch_evidence_at", "requested", "on_watchlist", "size_bytes"])
def test_what_the_decider_saw_is_all_that_a_later_read_may_change(name: str) -> None:
    assert name in decided_on(ROW)
