"""What each process must not carry after its start: heavy libraries are imported where they are used, or not at all."""

import subprocess
import sys

import pytest

from tests.harness.processes import ROOT

COLUMNS = {"polars", "numpy", "adbc_driver_postgresql"}
SCHEMA = {"alembic", "mako"}
PICTURES = {"PIL"}
WEB = {"fastapi"}
UPSTREAM = {"httpx"}
PERSON = {"typer", "psutil"}

BUDGETS = {
    "services.api.app": COLUMNS | SCHEMA | PICTURES | UPSTREAM | PERSON,
    "services.sync.app": COLUMNS | SCHEMA | PICTURES | WEB | PERSON,
    "services.engine.app": COLUMNS | SCHEMA | PICTURES | WEB | UPSTREAM | PERSON,
    "services.deleter.app": COLUMNS | SCHEMA | PICTURES | WEB | PERSON,
    "services.notifier.app": COLUMNS | SCHEMA | PICTURES | WEB | UPSTREAM | PERSON,
    "libs.local.supervisor": COLUMNS | SCHEMA | PICTURES | WEB | UPSTREAM | {"sqlalchemy", "pydantic", "faststream"},
}


@pytest.mark.parametrize("module", sorted(BUDGETS))
def test_process_starts_without_what_it_does_not_need(module: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules, sep='\\n')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()

    assert module in loaded
    assert BUDGETS[module] & {name.partition(".")[0] for name in loaded} == set()
