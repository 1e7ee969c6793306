"""Waiting on conditions, never on time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(probe: Callable[[], T | Awaitable[T]], *, within_s: float = 10.0, every_s: float = 0.02) -> T:
    """The probe's first truthy answer. A probe that raises `AssertionError` is asked again; the last one is shown."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        failure: AssertionError | None = None
        answer: T | None = None
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
