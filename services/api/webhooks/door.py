"""What the gateway needs to let webhooks in: the tokens of their addresses, and a count of what came."""

from prometheus_client import CollectorRegistry, Counter

from services.api.webhooks.tokens import WebhookTokens


class WebhookDoor:
    """Built once per process."""

    def __init__(self, secret_key: str, registry: CollectorRegistry) -> None:
        self.tokens = WebhookTokens(secret_key)
        self._received = Counter(
            "capacitarr_webhooks_total",
            "Webhooks, by integration type and outcome",
            ["type", "outcome"],
            registry=registry,
        )

    def count(self, kind: str, outcome: str) -> None:
        """One more. `kind` is an integration type, or `unknown` for a caller who named none."""
        self._received.labels(kind, outcome).inc()
