"""What an error of the database tells: enough to find the statement, and nothing of what somebody sent."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from libs.common.db import Database
from libs.common.db import models as m


async def test_error_of_the_database_does_not_repeat_the_parameters(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(text("alter table users rename to gone"))
    key = "ck_0123456789abcdef0123456789abcdef"

    with pytest.raises(DBAPIError) as caught:
        async with database.connect() as conn:
            await conn.execute(select(m.User.id).where(m.User.api_key == key))

    assert "users" in str(caught.value)
    assert key not in str(caught.value)
