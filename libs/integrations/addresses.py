"""Which network addresses an upstream may live at, and a transport that connects to none but a checked one."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to numeric addresses, best first."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_REFUSED = (
    ipaddress.ip_network("0.0.0.0/8"),
    ipaddress.ip_network("169.254.0.0/16"),
    ipaddress.ip_network("255.255.255.255/32"),
    ipaddress.ip_network("fe80::/10"),
    # The metadata service of a large cloud sits in the private IPv6 range, away from the link-local one.
    ipaddress.ip_network("fd00:ec2::254/128"),
)
_RESOLVE_TIMEOUT_S = 5.0


class NameNotResolvedError(httpx.ConnectError):
    """The host name means nothing here."""


class AddressRefusedError(httpx.ConnectError):
    """The host name leads only to addresses no upstream may have."""


def is_allowed(address: str, *, allow_loopback: bool) -> bool:
    """False for link-local (cloud metadata included), multicast, unspecified and broadcast; loopback as configured."""
    found = _unwrap(ipaddress.ip_address(address.partition("%")[0]))
    if found.is_multicast or found.is_unspecified or any(found in network for network in _REFUSED):
        return False
    return allow_loopback or not found.is_loopback


def _unwrap(address: Address) -> Address:
    """The IPv4 address that an IPv6 one really leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver. Raises `socket.gaierror`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedTransport(httpx.AsyncBaseTransport):
    """Resolves once, checks the address and connects to exactly that one, so that no second answer can slip in.

    Host header and TLS server name stay the original ones. Further addresses are tried when one cannot be connected.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, allow_loopback: bool, resolver: Resolve = resolve) -> None:
        self._inner = inner
        self._allow_loopback = allow_loopback
        self._resolve = resolver

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        addresses = await self._checked(request)
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_pinned(request, addresses[-1]))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _checked(self, request: httpx.Request) -> list[str]:
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            async with asyncio.timeout(_RESOLVE_TIMEOUT_S):
                found = await self._resolve(host, port)
        except TimeoutError as exc:
            raise NameNotResolvedError(f"resolving {host} took too long", request=request) from exc
        except (OSError, UnicodeError) as exc:
            raise NameNotResolvedError(f"cannot resolve {host}", request=request) from exc
        allowed = [address for address in found if is_allowed(address, allow_loopback=self._allow_loopback)]
        if not found:
            raise NameNotResolvedError(f"cannot resolve {host}", request=request)
        if not allowed:
            raise AddressRefusedError(f"{host} leads to an address that is not allowed", request=request)
        return allowed


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    extensions = {**request.extensions, "sni_hostname": request.url.host}
    # `Host` was set from the original address when the request was built and travels on unchanged.
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )
