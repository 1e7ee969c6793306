"""Which credential decides, and whose address counts."""

import pytest

from libs.common.settings import SettingsError
from services.api.auth import apikeys
from services.api.auth.client_address import TrustedProxies
from services.api.auth.credentials import Credential, Kind, UnusableAuthorizationError, deciding

COOKIE = {"jwt": "cookie-token"}


def decide(headers: dict[str, str], query: dict[str, str] | None = None, proxy_user: str = "") -> Credential | None:
    return deciding(headers, query or {}, COOKIE, proxy_user)


def test_order_of_the_schemes() -> None:
    everything = {"authorization": "Bearer t", "x-api-key": "k"}

    assert decide(everything, {"apikey": "q"}, "carol") == Credential(Kind.PROXY_USER, "carol")
    assert decide(everything, {"apikey": "q"}) == Credential(Kind.TOKEN, "t")
    assert decide({"authorization": "ApiKey k"}) == Credential(Kind.API_KEY, "k")
    assert decide({"x-api-key": "k"}, {"apikey": "q"}) == Credential(Kind.API_KEY, "k")
    assert decide({}, {"apikey": "q"}) == Credential(Kind.API_KEY, "q")
    assert decide({}) == Credential(Kind.TOKEN, "cookie-token")
    assert deciding({}, {}, {}, "") is None


@pytest.mark.parametrize("value", ["Basic abc", "token-alone", "Bearer ", "Bearer", "Digest x y"])
def test_unusable_authorization_is_decisive(value: str) -> None:
    with pytest.raises(UnusableAuthorizationError):
        decide({"authorization": value, "x-api-key": "good"})


def test_credential_does_not_show_itself() -> None:
    assert "secret" not in repr(Credential(Kind.TOKEN, "secret"))


def test_digest_is_never_a_key() -> None:
    key = apikeys.generate()

    assert apikeys.digest(key.text) == key.digest
    assert not apikeys.may_be_stored_plain(key.digest)
    assert apikeys.may_be_stored_plain("an-old-plain-key")


PROXIES = TrustedProxies(("10.0.0.0/8", "::1"))


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        pytest.param("192.0.2.1", {"x-forwarded-for": "198.51.100.7"}, "192.0.2.1", id="stranger's claim"),
        pytest.param("10.0.0.1", {"x-forwarded-for": "198.51.100.7"}, "198.51.100.7", id="behind a proxy"),
        pytest.param("10.0.0.1", {"x-forwarded-for": "1.1.1.1, 198.51.100.7"}, "198.51.100.7", id="forged first entry"),
        pytest.param("10.0.0.1", {"x-forwarded-for": "198.51.100.7, 10.2.3.4"}, "198.51.100.7", id="two proxies"),
        pytest.param("10.0.0.1", {"x-real-ip": "198.51.100.7"}, "198.51.100.7", id="real ip"),
        pytest.param("10.0.0.1", {}, "10.0.0.1", id="proxy itself"),
        pytest.param("::ffff:10.0.0.1", {"x-real-ip": "198.51.100.7"}, "198.51.100.7", id="mapped address"),
        pytest.param("2001:db8::1", {}, "2001:db8::/64", id="a whole IPv6 network"),
        pytest.param("", {"x-forwarded-for": "198.51.100.7"}, "", id="unix socket"),
    ],
)
def test_client_address(peer: str, headers: dict[str, str], client: str) -> None:
    assert PROXIES.client(peer, headers) == client


def test_proxy_that_is_no_network_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        TrustedProxies(("nas.local",))
