import pytest

from libs.integrations.urls import (
    BaseUrlError,
    browser_path_hint,
    is_same_origin,
    join,
    normalise_base_url,
    origin_of,
    site_of,
)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("  http://nas:8989/ ", "http://nas:8989"),
        ("http://nas:8080//sonarr///", "http://nas:8080/sonarr"),
        ("HTTPS://Nas.Example/radarr?apikey=1#top", "https://nas.example/radarr"),
        ("http://[fd00::1]:7878/x", "http://[fd00::1]:7878/x"),
    ],
)
def test_an_address_is_stored_with_its_sub_path_and_nothing_else(given: str, stored: str) -> None:
    assert normalise_base_url(given) == stored
    assert normalise_base_url(stored) == stored


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", "empty"),
        ("nas:8989", "Add http:// or https://"),
        ("localhost", "Add http:// or https://"),
        ("ftp://nas/sonarr", "not ftp"),
        ("file:///etc/passwd", "not file"),
        ("http://user:secret@nas", "user name and password"),
        ("http://", "host name"),
        ("http://:8989", "host name"),
        ("http://nas:port", "host name and port"),
        ("http://nas:99999", "host name and port"),
        ("http://na s", "host name"),
        ("http://nas\\evil", "host name"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_the_reason(given: str, problem: str) -> None:
    with pytest.raises(BaseUrlError, match=problem) as caught:
        normalise_base_url(given)

    assert "secret" not in str(caught.value)


def test_joining_keeps_the_sub_path() -> None:
    assert join("http://nas/sonarr", "/api/v3/series") == "http://nas/sonarr/api/v3/series"


def test_a_pasted_browser_path_is_hinted_at_and_left_alone() -> None:
    assert "/web/index.html" in str(browser_path_hint("http://nas/web/index.html"))
    assert browser_path_hint("http://nas/sonarr") is None


def test_the_origin_knows_default_ports_and_ignores_case_and_path() -> None:
    assert origin_of("http://NAS/sonarr") == "http://nas:80"
    assert is_same_origin("https://nas", "https://NAS:443/radarr")
    assert not is_same_origin("http://nas:8989", "http://nas:7878")
    assert not is_same_origin("http://nas", "https://nas")
    assert site_of("http://nas:8989/sonarr") == "http://nas:8989"
