"""1.2: health of an integration."""

from datetime import UTC, datetime, timedelta

import pytest

from services.sync.health.rules import Failure, Health, after_failure, after_success

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REFUSED = Failure("nothing listens", "refused", is_outage=True)
BAD_KEY = Failure("bad key", "auth", is_outage=True)
BUSY = Failure("too many requests", "rate_limited", is_outage=False)
STARTING = Failure("still starting", "starting", is_outage=False)


def failed(times: int, failure: Failure = REFUSED) -> tuple[Health, list[bool]]:
    health, announced = Health(), []
    for _ in range(times):
        verdict = after_failure(health, failure, NOW, well_until=NOW)
        health = verdict.health
        announced.append(verdict.went_down)
    return health, announced


def test_T111_the_third_failure_announces_the_outage_and_no_other_does() -> None:
    health, announced = failed(6)

    assert announced == [False, False, True, False, False, False]
    assert health.consecutive_failures == 6
    assert health.last_error == "nothing listens"


def test_outage_is_announced_again_only_after_a_success() -> None:
    health, _ = failed(4)
    health = after_success(health, NOW).health

    again = [after_failure(health, REFUSED, NOW, well_until=NOW)]
    for _ in range(2):
        again.append(after_failure(again[-1].health, REFUSED, NOW, well_until=NOW))

    assert [verdict.went_down for verdict in again] == [False, False, True]


def test_first_success_after_a_single_failure_is_a_recovery() -> None:
    health, _ = failed(1)

    verdict = after_success(health, NOW)

    assert verdict.recovered
    assert verdict.health == Health(last_sync=NOW, next_probe_at=NOW + timedelta(minutes=2))


def test_success_after_success_is_no_recovery() -> None:
    assert not after_success(Health(), NOW).recovered


def test_a_busy_source_is_shown_and_never_down() -> None:
    health, announced = failed(5, BUSY)

    assert announced == [False] * 5
    assert health.consecutive_failures == 0
    assert health.last_error_class == "rate_limited"
    assert not after_success(health, NOW).recovered


def test_a_busy_answer_in_an_outage_keeps_its_count() -> None:
    health, _ = failed(2)

    assert after_failure(health, BUSY, NOW, well_until=NOW).health.consecutive_failures == 2


@pytest.mark.parametrize(("failures", "wait_s"), [(1, 15), (2, 30), (4, 60), (9, 60)])
def test_pause_grows_by_fifteen_seconds_up_to_a_minute(failures: int, wait_s: int) -> None:
    health, _ = failed(failures)

    assert health.next_probe_at == NOW + timedelta(seconds=wait_s)


def test_a_refused_key_is_tried_every_ten_minutes_once_announced() -> None:
    before, _ = failed(2, BAD_KEY)
    after, _ = failed(3, BAD_KEY)

    assert before.next_probe_at == NOW + timedelta(seconds=30)
    assert after.next_probe_at == NOW + timedelta(minutes=10)


def test_a_healthy_source_is_probed_after_two_minutes_or_a_little_earlier() -> None:
    latest, earliest = (after_success(Health(), NOW, spread=spread).health.next_probe_at for spread in (0.0, 1.0))

    assert latest == NOW + timedelta(minutes=2)
    assert earliest == NOW + timedelta(seconds=108)


def test_a_source_that_starts_is_down_only_after_five_minutes_of_it() -> None:
    def counted(minutes: float, health: Health) -> int:
        now = NOW + timedelta(minutes=minutes)
        return after_failure(health, STARTING, now, well_until=NOW).health.consecutive_failures

    first = after_failure(Health(last_sync=NOW), STARTING, NOW, well_until=NOW).health

    assert first.consecutive_failures == 0
    assert first.next_probe_at == NOW + timedelta(minutes=1)
    assert counted(5, first) == 0
    assert counted(5.1, first) == 1


def test_a_source_first_seen_starting_after_a_long_silence_is_not_down() -> None:
    hours_later = NOW + timedelta(hours=9)

    assert after_failure(Health(), STARTING, hours_later, well_until=NOW).health.consecutive_failures == 0
