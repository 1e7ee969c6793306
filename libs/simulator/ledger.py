"""The append-only record of every mutating call: what was asked, what was answered, what really happened."""

import fcntl
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from libs.simulator.changes import Effect


class Entry(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One mutating call. `effects` holds all it did, `effect` the first; `status` 0 means no answer was made.

    `auth` is how the key came (a header's name, bearer, query, none), never the key. `control`: the test's own calls.
    `raw` is a body that is no text, such as a picture.
    """

    seq: int
    at: datetime
    instance: str
    method: str
    path: str
    query: dict[str, list[str]] = {}
    body: Any = None
    raw: bytes = b""
    status: int = 0
    effect: Effect | None = None
    effects: list[Effect] = []
    fault: str | None = None
    auth: str = "none"
    control: bool = False
    deferred: bool = False


class Ledger:
    """Entries in order. With a file, an entry is on disk before `append` returns, so it survives `kill -9`."""

    def __init__(self, path: Path | None = None) -> None:
        self._entries: list[Entry] = []
        self._path = path
        self._file: int | None = None
        self._encode = msgspec.json.Encoder().encode

    def load(self) -> list[Entry]:
        """Read the file of a former life, drop a line that was cut by a kill, and go on behind it.

        Raises `BlockingIOError` while another process has the file.
        """
        if self._path is None:
            return []
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        raw = self._path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        self._entries = [msgspec.json.decode(line, type=Entry) for line in whole.splitlines()]
        os.ftruncate(self._file, len(whole))
        os.lseek(self._file, 0, os.SEEK_END)
        return [*self._entries]

    def append(self, entry: Entry) -> Entry:
        """Give the entry its number and keep it."""
        numbered = msgspec.structs.replace(entry, seq=len(self._entries) + 1)
        if self._file is not None:
            os.write(self._file, self._encode(numbered) + b"\n")
            os.fsync(self._file)
        self._entries.append(numbered)
        return numbered

    def since(self, seq: int = 0) -> list[Entry]:
        """The upstream calls behind `seq`; the control API's own are left out."""
        return [entry for entry in self._entries[max(0, seq) :] if not entry.control]

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
