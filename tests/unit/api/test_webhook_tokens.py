"""The secret in a webhook's address: one for each integration, hard to guess, and kept out of every log."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from libs.common.security.redaction import redact_text
from services.api.auth.access import carries_token
from services.api.webhooks.tokens import WebhookTokens

SECRET = "a-secret-key-for-tests-only"
MADE = datetime(2026, 3, 6, 12, 0, 0, 123456, tzinfo=UTC)


def test_token_is_the_same_on_every_replica_and_in_every_zone() -> None:
    token = WebhookTokens(SECRET).token_of(7, MADE)
    elsewhere = MADE.astimezone(timezone(timedelta(hours=9)))

    assert WebhookTokens(SECRET).fits(token, 7, elsewhere)
    assert len(token) == 43


@pytest.mark.parametrize(
    ("secret", "integration_id", "made"),
    [
        pytest.param(SECRET, 8, MADE, id="another integration"),
        pytest.param(SECRET, 7, MADE + timedelta(microseconds=1), id="made anew"),
        pytest.param("another-secret-key", 7, MADE, id="another installation"),
    ],
)
def test_token_fits_nothing_else(secret: str, integration_id: int, made: datetime) -> None:
    token = WebhookTokens(SECRET).token_of(7, MADE)

    assert not WebhookTokens(secret).fits(token, integration_id, made)


@pytest.mark.parametrize("token", ["", "x", "é", "\x00", "A" * 10_000])
def test_odd_token_is_refused_without_a_fuss(token: str) -> None:
    assert not WebhookTokens(SECRET).fits(token, 7, MADE)


def test_rotated_secret_makes_new_tokens_and_takes_old_ones() -> None:
    old = WebhookTokens(SECRET).token_of(7, MADE)
    rotated = WebhookTokens(f"a-newer-secret-key, {SECRET}")

    assert rotated.token_of(7, MADE) != old
    assert rotated.fits(old, 7, MADE)
    assert rotated.fits(rotated.token_of(7, MADE), 7, MADE)


def test_address_that_slips_into_a_log_loses_its_secret() -> None:
    token = WebhookTokens(SECRET).token_of(7, MADE)

    shown = redact_text(f'POST "https://media.example.org/api/v1/webhooks/7/{token}?x=1" failed')

    assert shown == 'POST "https://media.example.org/api/v1/webhooks/7/[hidden]?x=1" failed'


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/webhooks/7/token", True),
        ("GET", "/webhooks/7/token", False),
        ("POST", "/webhooks/7/token/", False),
        ("POST", "/webhooks/7/", False),
        ("POST", "/preferences/webhooks/7/token", False),
    ],
)
def test_only_whole_addresses_of_webhooks_pass_the_gate(method: str, path: str, *, expected: bool) -> None:
    assert carries_token(method, path) is expected
