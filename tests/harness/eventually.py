"""Waiting on conditions, never on time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(
    probe: Callable[[], Awaitable[T | None]], *, within_s: float = 10.0, every_s: float = 0.02
) -> T: ...


@overload
async def eventually(probe: Callable[[], T | None], *, within_s: float = 10.0, every_s: float = 0.02) -> T: ...


async def eventually(probe: Callable[[], Any], *, within_s: float = 10.0, every_s: float = 0.02) -> Any:
    """The probe's first truthy answer. A probe that raises `AssertionError` is asked again; the last one is shown."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        failure: AssertionError | None = None
        answer: Any = None
        try:
            asked = probe()
            answer = await asked if inspect.isawaitable(asked) else asked
        except AssertionError as exc:
            failure = exc
        if answer:
            return answer
        if loop.time() > deadline:
            raise AssertionError(f"not within {within_s} s; the last answer was {answer!r}") from failure
        await asyncio.sleep(every_s)
