"""Pages of a list: all of it in order, or an error; never a part that looks like all."""

from collections.abc import Sequence

import pytest

from libs.integrations.errors import ErrorClass, UpstreamIncompleteError
from libs.integrations.paging import Page, Pager


class Upstream:
    """Answers pages of a list by offset, at most `size` rows each, and counts the calls."""

    def __init__(self, rows: Sequence[int], *, size: int = 3, total: int | None = -1) -> None:
        self.rows = list(rows)
        self.size = size
        self.total = len(self.rows) if total == -1 else total
        self.calls = 0

    async def fetch(self, offset: int) -> Page[int]:
        self.calls += 1
        return Page(self.rows[offset : offset + self.size], self.total)

    async def read(self) -> list[int]:
        pager: Pager[int] = Pager(self.fetch, identity=lambda row: row, name="Plex")
        return [row async for page in pager.pages() for row in page]


@pytest.mark.parametrize("count", [0, 1, 3, 7, 9])
async def test_every_row_comes_once_in_order_and_no_call_is_made_behind_the_end(count: int) -> None:
    upstream = Upstream(range(count))
    assert await upstream.read() == list(range(count))
    assert upstream.calls == max(1, -(-count // 3))


async def test_a_list_that_tells_no_total_ends_with_an_empty_page() -> None:
    upstream = Upstream(range(4), total=None)
    assert await upstream.read() == [0, 1, 2, 3]
    assert upstream.calls == 3


async def test_a_server_may_hand_out_fewer_rows_than_were_asked_for() -> None:
    upstream = Upstream(range(250), size=100)
    assert len(await upstream.read()) == 250


async def test_rows_that_slide_to_the_next_page_come_once_when_the_list_grows_at_its_front() -> None:
    upstream = Upstream(range(6))

    async def fetch(offset: int) -> Page[int]:
        page = await Upstream.fetch(upstream, offset)
        upstream.rows.insert(0, -upstream.calls)
        upstream.total = len(upstream.rows)
        return page

    pager: Pager[int] = Pager(fetch, identity=lambda row: row, name="Plex")
    found = [row async for page in pager.pages() for row in page]
    assert found == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("upstream", "why"),
    [
        (Upstream(range(4), total=9), "9 rows were announced and 4 came"),
        (Upstream([], total=2), "2 rows were announced and 0 came"),
        (Upstream([1, 2, 3, 1, 2, 3], total=6), "a page came twice"),
        (Upstream([1, 2, 3, 3, 5, 6], total=6), "6 rows were announced and 5 came"),
    ],
)
async def test_a_list_that_contradicts_itself_is_incomplete(upstream: Upstream, why: str) -> None:
    with pytest.raises(UpstreamIncompleteError, match=why) as failed:
        await upstream.read()
    assert failed.value.error_class is ErrorClass.INCOMPLETE
