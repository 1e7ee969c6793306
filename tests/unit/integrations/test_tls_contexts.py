"""TLS contexts: shared where they are alike, and never across what an owner decided."""

import ssl
from pathlib import Path

import pytest

from libs.integrations.errors import UpstreamDeniedError
from libs.integrations.tls import tls_context


def test_clients_without_a_bundle_share_the_machines_authorities() -> None:
    assert tls_context("one", verify=True, ca_bundle=None) is tls_context("other", verify=True, ca_bundle="")


@pytest.mark.parametrize("verify", [True, False])
def test_who_verifies_shares_nothing_with_who_does_not(verify: bool) -> None:
    first, again = (tls_context("any", verify=each, ca_bundle=None) for each in (not verify, verify))

    assert first is not again
    assert (again.verify_mode is ssl.CERT_REQUIRED, again.check_hostname) == (verify, verify)


def test_bundle_is_read_for_each_client(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n")

    for _ in range(2):
        with pytest.raises(UpstreamDeniedError):
            tls_context("any", verify=True, ca_bundle=str(bundle))
