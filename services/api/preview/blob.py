"""Hands out the whole preview as bytes: keeps the current ones compressed, and unpacks them only on their way out."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from libs.common.db import Database
from libs.common.preview.encodings import GZIP, IDENTITY
from libs.common.preview.parts import whole_text
from services.api.errors import UnavailableError
from services.api.preview import queries
from services.api.preview.queries import BodyKey
from services.api.preview.truth import Ready

REPLACED = "the preview was rendered again while it was read, try again"
"""Only after two renderings within one read: the one before the current one is still there."""

_PIECE_BYTES = 256 * 1024


class PreparedPreview:
    """Keeps the bytes of the current rendering only, and no plain text, so its memory is bounded.

    A client that is slow keeps its own rendering alive until it has all of it.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: dict[str, tuple[BodyKey, Sequence[bytes]]] = {}
        self._loading = asyncio.Lock()

    async def pieces(self, ready: Ready, key: BodyKey) -> Iterable[bytes]:
        """The body in pieces of bounded size; plain text is unpacked as it is taken.

        Raises `UnavailableError` when the body is gone.
        """
        if key.encoding == IDENTITY:
            return whole_text(await self._packed(ready.bodies[GZIP]))
        return await self._packed(key)

    async def _packed(self, key: BodyKey) -> Sequence[bytes]:
        async with self._loading:  # a crowd after a change reads once
            kept = self._kept.get(key.encoding)
            if kept is not None and kept[0] == key:
                return kept[1]
            async with self._db.connect() as conn:
                parts = await queries.parts(conn, key)
            if not parts:
                raise UnavailableError(REPLACED)
            pieces = list(_joined(parts))
            self._keep(key, pieces)
            return pieces

    def _keep(self, key: BodyKey, pieces: Sequence[bytes]) -> None:
        of_now = {
            encoding: (kept, bodies)
            for encoding, (kept, bodies) in self._kept.items()
            if (kept.preview_id, kept.revision) == (key.preview_id, key.revision)
        }
        self._kept = of_now | {key.encoding: (key, pieces)}


def _joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Fewer and larger pieces: each costs a turn of the loop for each client."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
