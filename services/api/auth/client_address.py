"""Whose address counts for rate limits: a forwarding header is believed only from a trusted proxy."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from libs.common.settings import SettingsError

Network = str
Address = IPv4Address | IPv6Address
_IPV6_CLIENT_BITS = 64  # one subscriber gets a whole /64, so a single address would be no limit at all


class TrustedProxies:
    """The peers whose forwarding headers are believed. Raises `SettingsError` for an entry that is no network."""

    def __init__(self, networks: Sequence[Network]) -> None:
        try:
            self._networks = [ip_network(network, strict=False) for network in networks]
        except ValueError as exc:
            raise SettingsError(f"TRUSTED_PROXIES is wrong: {exc}") from exc

    def trusts(self, peer: str) -> bool:
        """Whether `peer` is one of the proxies."""
        address = _parse(peer)
        return address is not None and any(address in network for network in self._networks)

    def client(self, peer: str, headers: Mapping[str, str]) -> str:
        """The client behind `peer`: the last forwarded address that is no proxy of ours, else the peer itself.

        The first entry of `X-Forwarded-For` is the client's own claim; only what our proxies appended counts.
        """
        if not self.trusts(peer):
            return _bucket(peer)
        forwarded = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
        for part in reversed(forwarded):
            if not self.trusts(part):
                return _bucket(part)
        return _bucket(headers.get("x-real-ip", "").strip() or peer)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _bucket(text: str) -> str:
    address = _parse(text)
    if address is None:
        return text[:64]
    if isinstance(address, IPv6Address) and not address.is_loopback:
        return str(IPv6Network((address, _IPV6_CLIENT_BITS), strict=False))
    return str(address)
