"""API keys: how they look, and the only form in which they are stored."""

import hashlib
import secrets
from dataclasses import dataclass

_STORED_PREFIX = "sha256:"
_HINT_LENGTH = 4


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment when its text exists."""

    text: str
    digest: str
    hint: str


def generate() -> NewKey:
    """A new key: `ck_` and 32 random bytes in hex."""
    text = f"ck_{secrets.token_hex(32)}"
    return NewKey(text, digest(text), text[-_HINT_LENGTH:])


def digest(text: str) -> str:
    """What is stored for a key. Any text may be a key: imported ones have no prefix."""
    return _STORED_PREFIX + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def may_be_stored_plain(text: str) -> bool:
    """Whether `text` may equal a stored value of the reference's time. A digest is never accepted as a key."""
    return not text.startswith(_STORED_PREFIX) and "\x00" not in text and text.isprintable()
