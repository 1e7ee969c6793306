"""Waiting on conditions, never on time.

Probes come faster at first: most answers are there soon, and one that takes a second would otherwise be asked for fifty
times, by questions to the very database and processors that work on it.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")

_SLOWER_BY, _SLOWEST = 1.25, 5


@overload
async def eventually(
    probe: Callable[[], Awaitable[T | None]], *, within_s: float = 10.0, every_s: float = 0.02
) -> T: ...


@overload
async def eventually(probe: Callable[[], T | None], *, within_s: float = 10.0, every_s: float = 0.02) -> T: ...


async def eventually(probe: Callable[[], Any], *, within_s: float = 10.0, every_s: float = 0.02) -> Any:
    """The probe's first truthy answer. A probe that raises `AssertionError` is asked again; the last one is shown.

    The pauses grow from `every_s` to five times as much.
    """
    pause_s = every_s
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
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * _SLOWER_BY, every_s * _SLOWEST)
