"""The secret in a webhook's address: made from the integration and our key whenever it is needed, stored nowhere."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from libs.common.security.secrets import derive_webhook_keys


class WebhookTokens:
    """Makes and checks tokens; the same on every replica. Older keys of a rotated `secret_key` still fit."""

    def __init__(self, secret_key: str) -> None:
        self._keys = derive_webhook_keys(secret_key)

    def token_of(self, integration_id: int, created_at: datetime) -> str:
        """43 characters. The time of its creation makes an id that is given anew another integration."""
        return _token(self._keys[0], integration_id, created_at)

    def fits(self, token: str, integration_id: int, created_at: datetime) -> bool:
        """Whether the token is this integration's; takes as long for a wrong one."""
        known = [_token(key, integration_id, created_at).encode() for key in self._keys]
        return any([hmac.compare_digest(each, token.encode()) for each in known])  # noqa: C419  every key is tried


def _token(key: bytes, integration_id: int, created_at: datetime) -> str:
    named = f"{integration_id} {created_at.astimezone(UTC).isoformat()}".encode()
    return base64.urlsafe_b64encode(hmac.new(key, named, hashlib.sha256).digest()).rstrip(b"=").decode()
