"""Hands out the preview as bytes: waits until they tell the truth, keeps the current ones, and never opens them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import Database
from services.api.errors import UnavailableError
from services.api.preview import queries
from services.api.preview.encodings import IDENTITY, choose
from services.api.preview.queries import BodyKey

FIRST_RUN_WAIT_S = 30.0
RESCORE_WAIT_S = 10.0
_LOOK_AGAIN_S = 0.1
EMPTY = b"[]"


@dataclass(frozen=True, slots=True)
class Served:
    """A body with its headers' values. `etag` blank: nothing was rendered, the list is empty."""

    body: bytes
    etag: str = ""
    encoding: str = IDENTITY


class PreparedPreview:
    """Keeps the bytes of the current preview only, one piece per encoding, so its memory is bounded."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: dict[str, tuple[BodyKey, bytes]] = {}

    async def serve(self, accept_encoding: str | None) -> Served:
        """The current body. Waits for a first run up to 30 s, for a rescoring up to 10 s.

        Raises `UnavailableError` when a rescoring takes longer. Without integrations, or without any run, it is `[]`.
        """
        async with self._db.connect() as conn:
            if not await queries.any_enabled_integration(conn):
                return Served(EMPTY)
        state = await self._until(lambda state: state.preview_id is not None, FIRST_RUN_WAIT_S)
        if state.preview_id is None:
            return Served(EMPTY)
        state = await self._until(_tells_the_truth, RESCORE_WAIT_S)
        if not _tells_the_truth(state) or state.preview_id is None:
            raise UnavailableError("the preview is being scored again, try again in a moment")
        return await self._body(state.preview_id, accept_encoding)

    async def _until(self, enough: Callable[[queries.State], bool], within_s: float) -> queries.State:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while True:
            state = await self._read(queries.state)
            if enough(state) or loop.time() >= deadline:
                return state
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _body(self, preview_id: int, accept_encoding: str | None) -> Served:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + RESCORE_WAIT_S
        while loop.time() < deadline:
            served = await self._newest(preview_id, accept_encoding)
            if served is not None:
                return served
            await asyncio.sleep(_LOOK_AGAIN_S)
            preview_id = (await self._read(queries.state)).preview_id or preview_id
        raise UnavailableError("the preview is being rendered, try again in a moment")

    async def _newest(self, preview_id: int, accept_encoding: str | None) -> Served | None:
        async with self._db.connect() as conn:
            bodies = await queries.newest_bodies(conn, preview_id)
            if not bodies:
                return None
            key = bodies.get(choose(accept_encoding, bodies))
            if key is None:
                return None
            kept = self._kept.get(key.encoding)
            if kept is not None and kept[0] == key:
                return Served(kept[1], key.etag, key.encoding)
            body = await queries.body_bytes(conn, key)
        if body is None:
            return None
        self._keep(key, body)
        return Served(body, key.etag, key.encoding)

    def _keep(self, key: BodyKey, body: bytes) -> None:
        stale = [
            encoding
            for encoding, (kept, _) in self._kept.items()
            if (kept.preview_id, kept.revision) != (key.preview_id, key.revision)
        ]
        for encoding in stale:
            del self._kept[encoding]
        self._kept[key.encoding] = (key, body)

    async def _read(self, read: Callable[[AsyncConnection], Awaitable[queries.State]]) -> queries.State:
        async with self._db.connect() as conn:
            return await read(conn)


def _tells_the_truth(state: queries.State) -> bool:
    return state.wanted_scoring <= state.scored_scoring
