import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from libs.integrations.addresses import AddressRefusedError, CheckedTransport, NameNotResolvedError, is_allowed
from libs.integrations.errors import ErrorClass, UpstreamDeniedError
from libs.integrations.systems import System
from libs.integrations.tls import tls_context
from libs.integrations.translation import Upstream, from_exception


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "224.0.0.1",
        "ff02::1",
        "0.0.0.0",  # noqa: S104  the very address that is to be refused
        "::",
        "255.255.255.255",
    ],
)
def test_S29_addresses_no_upstream_can_have_are_refused(address: str) -> None:
    assert not is_allowed(address, allow_loopback=True)


@pytest.mark.parametrize("address", ["192.168.1.5", "10.0.0.1", "fd12::1", "100.64.0.9", "93.184.216.34"])
def test_private_and_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address, allow_loopback=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_allowed_by_setting_only(address: str) -> None:
    assert is_allowed(address, allow_loopback=True)
    assert not is_allowed(address, allow_loopback=False)


@asynccontextmanager
async def listening(context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that answers anything with an empty JSON object; its port and what it was sent."""
    heard: list[bytes] = []
    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.read(65536))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            await writer.drain()
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(answer(reader, writer))
        answering.add(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], heard
    await asyncio.gather(*answering, return_exceptions=True)


def resolving_to(*addresses: str) -> tuple[list[str], "CheckedTransport"]:
    asked: list[str] = []

    async def resolver(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return addresses

    return asked, CheckedTransport(httpx.AsyncHTTPTransport(), allow_loopback=True, resolver=resolver)


async def test_the_checked_address_is_connected_and_the_host_header_stays() -> None:
    asked, transport = resolving_to("127.0.0.1")
    async with listening() as (port, heard), httpx.AsyncClient(transport=transport) as client:
        response = await client.get(f"http://media.test:{port}/x")

    assert response.status_code == 200
    assert asked == ["media.test"]
    assert f"Host: media.test:{port}".encode() in heard[0]


async def test_a_refused_address_among_others_is_passed_over() -> None:
    _, transport = resolving_to("169.254.169.254", "127.0.0.1")
    async with listening() as (port, heard), httpx.AsyncClient(transport=transport) as client:
        await client.get(f"http://media.test:{port}/x")

    assert len(heard) == 1


async def test_a_name_that_leads_nowhere_allowed_is_never_connected() -> None:
    _, transport = resolving_to("169.254.169.254")
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(AddressRefusedError):
            await client.get("http://media.test/latest/meta-data")


async def test_the_next_address_is_tried_when_one_does_not_listen() -> None:
    _, transport = resolving_to("::1", "127.0.0.1")
    async with listening() as (port, heard), httpx.AsyncClient(transport=transport) as client:
        await client.post(f"http://media.test:{port}/x", content=b"body")

    assert len(heard) == 1


async def test_a_name_without_address_is_a_name_problem() -> None:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    transport = CheckedTransport(httpx.AsyncHTTPTransport(), allow_loopback=True, resolver=resolver)
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(NameNotResolvedError):
            await client.get("http://media.test")


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, str]:
    """A server context that shows a self-signed certificate for `name`, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = built.public_bytes(serialization.Encoding.PEM)
    file = folder / f"{name}.pem"
    file.write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, pem.decode()


async def tls_get(port: int, client_context: ssl.SSLContext, *, scheme: str = "https") -> None:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    inner = httpx.AsyncHTTPTransport(verify=client_context)
    async with httpx.AsyncClient(transport=CheckedTransport(inner, allow_loopback=True, resolver=resolver)) as client:
        await client.get(f"{scheme}://media.test:{port}/x")


async def test_the_certificate_is_checked_against_the_name_not_the_address(tmp_path: Path) -> None:
    server, pem = certificate(tmp_path, "media.test")
    async with listening(server) as (port, heard):
        await tls_get(port, tls_context("Upstairs", verify=True, ca_bundle=pem))

    assert len(heard) == 1


@pytest.mark.parametrize("shown", ["other.test", "media.test"])
async def test_an_unknown_or_wrong_certificate_is_a_tls_problem(tmp_path: Path, shown: str) -> None:
    server, pem = certificate(tmp_path, shown)
    bundle = pem if shown == "other.test" else None
    async with listening(server) as (port, heard):
        with pytest.raises(httpx.ConnectError) as caught:
            await tls_get(port, tls_context("Upstairs", verify=True, ca_bundle=bundle))

    upstream = Upstream("Upstairs", System("Sonarr", "Settings"), f"https://media.test:{port}")
    assert from_exception(caught.value, upstream).error_class is ErrorClass.TLS
    assert heard == []


async def test_verification_can_be_switched_off(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path, "other.test")
    async with listening(server) as (port, heard):
        await tls_get(port, tls_context("Upstairs", verify=False, ca_bundle=None))

    assert len(heard) == 1


async def test_tls_spoken_to_a_plain_port_suggests_http() -> None:
    async with listening() as (port, _heard):
        with pytest.raises(httpx.ConnectError) as caught:
            await tls_get(port, tls_context("Upstairs", verify=True, ca_bundle=None))

    upstream = Upstream("Upstairs", System("Sonarr", "Settings"), f"https://media.test:{port}")
    error = from_exception(caught.value, upstream)
    assert error.error_class is ErrorClass.TLS
    assert "try http://" in str(error)


def test_a_bundle_that_cannot_be_read_is_a_tls_problem(tmp_path: Path) -> None:
    with pytest.raises(UpstreamDeniedError, match="CA bundle") as caught:
        tls_context("Upstairs", verify=True, ca_bundle=str(tmp_path / "none.pem"))

    assert caught.value.error_class is ErrorClass.TLS
