"""Settings: missing is safe, wrong is said by name, and no value leaks."""

from pathlib import Path

import pytest

from libs.common.domain.enums import LogLevel
from libs.common.settings import Settings, SettingsError, load_settings

GIVEN = {
    "DATABASE_URL": "postgresql+asyncpg://u@/d?host=/s",
    "NATS_URL": "nats://127.0.0.1:4222",
    "SECRET_KEY": "0123456789abcdef",
}


def load(**more: str) -> Settings:
    return load_settings(GIVEN | more)


def test_defaults_are_the_safe_ones() -> None:
    settings = load()

    assert (settings.port, settings.base_url, settings.host) == (2187, "/", "127.0.0.1")
    assert settings.secure_cookies is False
    assert settings.public_metrics is False
    assert settings.trusted_proxies == ()
    assert (settings.login_limit, settings.login_window_s) == (10, 900)


def test_every_missing_setting_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({})

    assert all(name in str(caught.value) for name in ("DATABASE_URL", "NATS_URL", "SECRET_KEY"))


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "1.5"])
def test_wrong_port_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="PORT is wrong"):
        load(PORT=value)


def test_wrong_secret_is_never_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        load(SECRET_KEY="hunter2")

    assert "hunter2" not in str(caught.value)
    assert "SECRET_KEY" in str(caught.value)


def test_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file-long-enough\n")
    given = {name: value for name, value in GIVEN.items() if name != "SECRET_KEY"}

    settings = load_settings(given | {"SECRET_KEY_FILE": str(tmp_path / "key")})

    assert settings.secret_key.get_secret_value() == "from-a-file-long-enough"


def test_unreadable_secret_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="JWT_SECRET_FILE cannot be read"):
        load(JWT_SECRET_FILE=str(tmp_path / "absent"))


@pytest.mark.parametrize(("text", "value"), [("true", True), ("TRUE", True), ("1", False), ("yes", False), ("", False)])
def test_flag_is_true_for_the_word_true_only(text: str, value: bool) -> None:
    assert load(SECURE_COOKIES=text).secure_cookies is value


@pytest.mark.parametrize(("given", "prefix"), [("/", "/"), ("cap", "/cap/"), ("/cap", "/cap/"), ("/a/b/", "/a/b/")])
def test_base_url_starts_and_ends_with_a_slash(given: str, prefix: str) -> None:
    assert load(BASE_URL=given).base_url == prefix


def test_debug_only_raises_the_level_and_an_explicit_level_wins() -> None:
    assert load().pinned_log_level is None
    assert load(DEBUG="true").pinned_log_level is LogLevel.DEBUG
    assert load(DEBUG="true", LOG_LEVEL="error").pinned_log_level is LogLevel.ERROR


def test_comma_lists_lose_their_blanks() -> None:
    assert load(TRUSTED_PROXIES="10.0.0.1, 10.0.0.0/8,").trusted_proxies == ("10.0.0.1", "10.0.0.0/8")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_usual_forms_of_a_database_address_mean_the_same(scheme: str) -> None:
    url = load(DATABASE_URL=f"{scheme}://u:p@db/capacitarr").database_url.get_secret_value()

    assert url == "postgresql+asyncpg://u:p@db/capacitarr"


def test_level_may_be_written_in_capitals() -> None:
    assert load(LOG_LEVEL="WARN").pinned_log_level is LogLevel.WARN


def test_unreadable_file_is_the_only_complaint_about_its_setting(tmp_path: Path) -> None:
    given = {name: value for name, value in GIVEN.items() if name != "DATABASE_URL"}

    with pytest.raises(SettingsError) as caught:
        load_settings(given | {"DATABASE_URL_FILE": str(tmp_path / "absent")})

    assert len(str(caught.value).splitlines()) == 1
