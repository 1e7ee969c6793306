"""TLS settings of one integration: verified by default, with its own authority where the owner gives one."""

import ssl
from functools import cache
from pathlib import Path

from libs.integrations.errors import ErrorClass, UpstreamDeniedError

_PEM = "-----BEGIN"


def tls_context(name: str, *, verify: bool, ca_bundle: str | None) -> ssl.SSLContext:
    """The context for one client. Raises `UpstreamDeniedError` when the bundle cannot be used.

    Those without a bundle share theirs: reading the machine's authorities takes longer than asking for one title. The
    bundle may be a file that changes, so it is read for each client.
    """
    if not ca_bundle:
        return _usual(verify=verify)
    context = _new(verify=verify)
    _add_authorities(context, name, ca_bundle)
    return context


@cache
def _usual(*, verify: bool) -> ssl.SSLContext:
    return _new(verify=verify)


def _new(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _add_authorities(context: ssl.SSLContext, name: str, bundle: str) -> None:
    try:
        text = bundle if _PEM in bundle else Path(bundle).read_text()
        context.load_verify_locations(cadata=text)
    except (OSError, ValueError) as exc:  # ssl.SSLError is an OSError
        message = f"TLS problem: the CA bundle of {name} cannot be read. It must be PEM text or a readable PEM file."
        raise UpstreamDeniedError(ErrorClass.TLS, message) from exc
