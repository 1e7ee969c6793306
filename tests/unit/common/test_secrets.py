"""Credentials are sealed, masked, and kept out of the logs (S-29)."""

import json

import pytest

from libs.common.security.masking import is_masked, is_masked_url, mask, mask_url, origin_of
from libs.common.security.redaction import redact, redact_text
from libs.common.security.secrets import SealError, SecretBox, derive_jwt_secret

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


def test_sealed_text_opens_again_and_hides_the_text() -> None:
    box = SecretBox("a passphrase")

    assert KEY.encode() not in box.seal(KEY)
    assert box.open(box.seal(KEY)) == KEY


def test_rotated_key_opens_what_the_old_one_sealed() -> None:
    sealed = SecretBox("old").seal(KEY)

    assert SecretBox("new,old").open(sealed) == KEY
    with pytest.raises(SealError, match="SECRET_KEY has changed"):
        SecretBox("new").open(sealed)


def test_session_key_is_stable_and_not_the_sealing_key() -> None:
    assert derive_jwt_secret("a") == derive_jwt_secret("a") != derive_jwt_secret("b")


@pytest.mark.parametrize(
    ("key", "shown"),
    [("", "••••"), ("abc", "••••"), ("abcd", "••••"), ("abcde", "•bcde"), (KEY, "•" * 28 + "e1f0")],
)
def test_mask_shows_the_last_four_only(key: str, shown: str) -> None:
    assert mask(key) == shown
    assert is_masked(shown)


def test_both_styles_of_mask_mean_unchanged_and_a_real_key_does_not() -> None:
    assert is_masked("abc123...")
    assert not is_masked(KEY)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://apprise:8000", "http://apprise:8000"),
        ("https://discord.com/api/webhooks/1/abcdefghijkl", "https://discord.com/…/••••ijkl"),
        ("http://host/short", "http://host/…/••••"),
        ("http://user:pw@host", "http://host/…/••••"),
        ("http://host?token=x", "http://host/…/••••"),
    ],
)
def test_webhook_address_is_shown_without_its_secret(url: str, shown: str) -> None:
    assert mask_url(url) == shown


def test_masked_address_is_recognised_and_dots_are_not_a_mask() -> None:
    assert is_masked_url(mask_url("https://discord.com/api/webhooks/1/abcdefghijkl"))
    assert not is_masked_url("https://discord.com/api/webhooks/...")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pw@nas:8989/sonarr?apikey=x", "http://nas:8989"),
        ("https://[::1]:8989/", "https://[::1]:8989"),
        ("nas:8989", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_origin_is_all_that_is_shown_of_an_upstream(url: str, shown: str) -> None:
    assert origin_of(url) == shown


@pytest.mark.parametrize(
    "text",
    [
        f"GET /series?apikey={KEY}&x=1",
        f"Authorization: Bearer {KEY}",
        f"http://admin:{KEY}@nas:8989/",
        f"X-Plex-Token={KEY}",
        f"X-Api-Key: {KEY}",
        f"X-Emby-Token: {KEY}",
        f"{{'X-Plex-Token': '{KEY}'}}",
        f"key ck_{KEY}{KEY}",
    ],
)
def test_credentials_are_cut_out_of_text(text: str) -> None:
    assert KEY not in redact_text(text)


def test_values_under_telling_names_go_whole_at_any_depth() -> None:
    event = {"body": {"apiKey": KEY, "list": [{"password": KEY}], "title": "Firefly"}, "token": KEY}

    shown = json.dumps(redact(event))

    assert KEY not in shown
    assert "Firefly" in shown
