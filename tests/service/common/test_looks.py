"""What a look at the database is, beside a transaction."""

from sqlalchemy import text

from libs.common.db import Database


async def test_each_read_of_a_look_stands_for_itself(database: Database) -> None:
    moment = text("select now()")  # of the transaction's beginning

    async with database.look() as conn:
        first, second = [(await conn.execute(moment)).scalar_one() for _ in range(2)]
    async with database.begin() as tx:
        began, still = [(await tx.execute(moment)).scalar_one() for _ in range(2)]

    assert first < second
    assert began == still
