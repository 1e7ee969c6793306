"""The connection test of a person: diagnostic only, nothing is stored and no health changes (T112)."""

import structlog

from libs.common.security.secrets import SecretBox
from services.sync.upstreams import Upstreams

log = structlog.get_logger(__name__)

TEST_DEADLINE_S = 10.0


class ConnectionTester:
    """Answers `TestConnection` within `deadline_s`."""

    def __init__(self, upstreams: Upstreams, box: SecretBox, *, deadline_s: float = TEST_DEADLINE_S) -> None:
        self._upstreams = upstreams
        self._box = box
        self._deadline_s = deadline_s
