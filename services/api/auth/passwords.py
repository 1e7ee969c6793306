"""Password hashes: argon2id for new ones, bcrypt accepted; computed off the event loop, a few at a time."""

import asyncio
import secrets
from typing import NamedTuple

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

MAX_BYTES = 1024
MIN_LENGTH = 8
_PARALLEL = 2  # a hash takes 64 MiB; more at once would let logins fill a small host


class Verdict(NamedTuple):
    """Whether the password fits, and the hash to store instead of the old one, if any."""

    fits: bool
    upgraded: str | None


class Passwords:
    """Hashes and checks passwords. An unknown user costs as much time as a wrong password."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(), BcryptHasher()))
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """A fresh argon2id hash."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def check(self, password: str, stored: str | None) -> Verdict:
        """Compare with a stored hash. None (nobody, or a proxy's user) never fits and takes as long."""
        async with self._slots:
            return await asyncio.to_thread(self._check, password, stored)

    def _check(self, password: str, stored: str | None) -> Verdict:
        if stored is None:
            self._hasher.verify(password, self._hash_of_nobody())
            return Verdict(fits=False, upgraded=None)
        try:
            fits, upgraded = self._hasher.verify_and_update(password, stored)
        except (UnknownHashError, ValueError):  # a broken stored hash; or bcrypt, which refuses over 72 bytes
            return Verdict(fits=False, upgraded=None)
        return Verdict(fits, upgraded)

    def _hash_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_hex(16))
        return self._nobody
