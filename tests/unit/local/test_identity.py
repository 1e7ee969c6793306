"""A server runs as the owner of its folder, or not at all."""

from pathlib import Path

import pytest

from libs.local.children import StartError
from libs.local.identity import require_owner


def test_database_of_another_user_is_refused_with_both_ways_out() -> None:
    with pytest.raises(StartError, match="/data/postgres belongs to the user 54321; start Capacitarr as that user, or"):
        require_owner(Path("/data/postgres"), 54321, {0, 65534})


@pytest.mark.parametrize("owner", [0, 65534], ids=["our own", "the one root steps down to"])
def test_welcome_owner_is_let_through(owner: int) -> None:
    require_owner(Path("/data/postgres"), owner, {0, 65534})
