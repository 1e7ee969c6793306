"""A webhook's address on the wire, and what a person has to do with it."""

from services.api.wire import Answer


class WebhookAddress(Answer):
    """Where an upstream is to send its events. `body` is a template to paste, where the sender has none of its own."""

    url: str
    path: str
    method: str = "POST"
    where: str
    events: list[str]
    content_type: str | None = None
    body: str | None = None
