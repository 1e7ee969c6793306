"""What the person provides, and what the runtime makes up."""

from pathlib import Path

import pytest

from libs.local.options import Options, given_settings


@pytest.mark.parametrize(
    ("environment", "given"),
    [
        ({}, set()),
        ({"DATABASE_URL": "", "NATS_URL_FILE": ""}, set()),
        ({"DATABASE_URL": "postgres://x", "PORT": "1"}, {"DATABASE_URL"}),
        ({"NATS_URL": "nats://x", "SECRET_KEY_FILE": "/run/key"}, {"NATS_URL", "SECRET_KEY"}),
    ],
    ids=["nothing", "empty is nothing", "a value", "a file"],
)
def test_a_setting_is_given_as_a_value_or_a_file(environment: dict[str, str], given: set[str]) -> None:
    assert given_settings(environment) == given


def test_admin_ports_follow_the_gateway_in_a_fixed_order() -> None:
    options = Options(port=2187, data_dir=Path())

    ports = {name: options.admin_port(name) for name in ("api", "sync", "engine", "deleter", "notifier")}
    assert ports == {"api": 2188, "sync": 2189, "engine": 2190, "deleter": 2191, "notifier": 2192}
