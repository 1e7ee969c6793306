"""The life and health of integrations. `url` is scheme and host only: an address may carry credentials."""

from typing import ClassVar

from libs.common.events.base import Event
from libs.common.events.texts import ErrorText, Origin


class _IntegrationEvent(Event):
    family: ClassVar[str] = "integration"


class _Changed(_IntegrationEvent):
    verb: ClassVar[str]
    integration_id: int
    integration_type: str
    name: str

    @property
    def message(self) -> str:
        return f"{self.name} ({self.integration_type}) {self.verb}"


class IntegrationAdded(_Changed):
    type: ClassVar[str] = "integration_added"
    verb: ClassVar[str] = "added"


class IntegrationUpdated(_Changed):
    type: ClassVar[str] = "integration_updated"
    verb: ClassVar[str] = "updated"


class IntegrationRemoved(_Changed):
    type: ClassVar[str] = "integration_removed"
    verb: ClassVar[str] = "removed"


class IntegrationTestFailed(_IntegrationEvent):
    """Said once per outage, at the third failure in a row."""

    type: ClassVar[str] = "integration_test_failed"
    integration_type: str
    name: str
    url: Origin
    error: ErrorText

    @property
    def message(self) -> str:
        return f"{self.name} ({self.integration_type}) is down: {self.error}"


class IntegrationRecovered(_IntegrationEvent):
    type: ClassVar[str] = "integration_recovered"
    integration_id: int
    integration_type: str
    name: str
    url: Origin

    @property
    def message(self) -> str:
        return f"{self.name} ({self.integration_type}) is back"


class IntegrationRecoveryAttempt(_IntegrationEvent):
    type: ClassVar[str] = "integration_recovery_attempt"
    durable: ClassVar[bool] = False
    integration_id: int
    integration_type: str
    name: str
    attempt: int
    success: bool
    error: ErrorText | None = None
    next_retry_seconds: int | None = None

    @property
    def message(self) -> str:
        following = f", next try in {self.next_retry_seconds} s" if self.next_retry_seconds is not None else ""
        return f"{self.name} ({self.integration_type}): attempt {self.attempt}{following}"
