"""Sealing of stored credentials, and the keys derived from the one secret an operator gives."""

import base64
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealError(ValueError):
    """Sealed bytes that none of our keys opens: another SECRET_KEY wrote them."""


class SecretBox:
    """Seals text with the first key and opens it with any.

    `secret_key` is the setting: any passphrase, several by comma with the newest first, so that keys can be rotated.
    """

    def __init__(self, secret_key: str) -> None:
        self._fernet = MultiFernet([Fernet(_derive(part, b"seal")) for part in _parts(secret_key)])

    def seal(self, text: str) -> bytes:
        """Encrypted and authenticated bytes, different at each call."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text again. Raises `SealError` when no key fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as exc:
            raise SealError("a stored credential cannot be opened; SECRET_KEY has changed") from exc


def derive_jwt_secret(secret_key: str) -> str:
    """The session key when none is set: the same on every replica and after a restart."""
    return _derive(next(iter(_parts(secret_key))), b"jwt").decode()


def derive_webhook_keys(secret_key: str) -> tuple[bytes, ...]:
    """The keys under which webhook addresses are made, newest first: an address outlives a rotation of the secret."""
    return tuple(_derive(part, b"webhook") for part in _parts(secret_key))


def _parts(secret_key: str) -> Iterable[str]:
    parts = [part.strip() for part in secret_key.split(",") if part.strip()]
    if not parts:
        raise ValueError("SECRET_KEY is empty")
    return parts


def _derive(passphrase: str, purpose: bytes) -> bytes:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=b"capacitarr", info=purpose).derive(passphrase.encode())
    return base64.urlsafe_b64encode(derived)
