"""Who gets in, how the first owner comes to be, and what a change of credentials ends."""

import asyncio
from collections.abc import Callable

import bcrypt
import httpx
import jwt
import pytest
from sqlalchemy import func, insert, select, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.settings import Settings
from tests.service.api.running_gateway import OWNER, RunningGateway, serving

NEW = "another-long-password"


async def events(database: Database) -> list[str]:
    async with database.connect() as conn:
        return list((await conn.execute(select(m.Outbox.type).order_by(m.Outbox.seq))).scalars())


async def test_T214_two_first_logins_at_once_make_one_owner(
    api_settings: Callable[..., Settings], database: Database
) -> None:
    async with (
        serving(api_settings(), database) as one,
        serving(api_settings(), database) as two,
        one.anybody() as first,
        two.anybody() as second,
    ):
        answers = await asyncio.gather(
            first.post("/auth/login", json={"username": "ann", "password": "a-password"}),
            second.post("/auth/login", json={"username": "bob", "password": "b-password"}),
        )

    assert sorted(answer.status_code for answer in answers) == [200, 401]
    async with database.connect() as conn:
        assert (await conn.execute(select(func.count()).select_from(m.User))).scalar_one() == 1


async def test_login_answers_token_and_both_cookies(gateway: RunningGateway) -> None:
    async with gateway.anybody() as anybody:
        login = await anybody.post("/auth/login", content=b'{"username":"admin","password":"a-long-password"}')

    assert login.json()["message"] == "success"
    jwt_cookie, flag = login.headers.get_list("set-cookie")
    assert jwt_cookie.startswith(f"jwt={login.json()['token']};")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in jwt_cookie.split(";")}
    assert flag.startswith("authenticated=true;")
    assert "HttpOnly" not in flag
    claims = jwt.decode(login.json()["token"], options={"verify_signature": False})
    assert claims["sub"] == "admin"
    assert {"uid", "jti", "iat"} <= set(claims)
    assert type(claims["exp"]) is int
    assert 86_390 < claims["exp"] - claims["iat"] <= 86_400
    assert "login" in await events(gateway.database)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"username": "admin", "password": "wrong"}, 401, id="wrong password"),
        pytest.param({"username": "nobody", "password": "a-long-password"}, 401, id="unknown user"),
        pytest.param({"username": "admin"}, 400, id="no password"),
        pytest.param({"username": "", "password": "x"}, 400, id="blank username"),
        pytest.param({"username": 5, "password": "x"}, 400, id="wrong type"),
        pytest.param({"username": "a" * 101, "password": "x"}, 400, id="name too long"),
        pytest.param({"username": "admin", "password": "x" * 1025}, 400, id="too long"),
        pytest.param({"username": "ad\x00min", "password": "x"}, 400, id="NUL"),
        pytest.param([], 400, id="array"),
    ],
)
async def test_login_refuses(gateway: RunningGateway, body: object, status: int) -> None:
    async with gateway.anybody() as anybody:
        answer = await anybody.post("/auth/login", json=body)

    assert answer.status_code == status
    assert list(answer.json()) == ["error"]


async def test_unknown_user_and_wrong_password_read_alike(gateway: RunningGateway) -> None:
    async with gateway.anybody() as anybody:
        unknown = await anybody.post("/auth/login", json={"username": "nobody", "password": "x"})
        wrong = await anybody.post("/auth/login", json={"username": "admin", "password": "x"})

    assert unknown.json() == wrong.json()


async def test_bcrypt_password_is_accepted_and_upgraded(gateway: RunningGateway) -> None:
    old = bcrypt.hashpw(b"from-the-reference", bcrypt.gensalt(4)).decode()
    async with gateway.database.begin() as tx:
        await tx.execute(insert(m.User).values(username="veteran", password_hash=old))

    async with gateway.anybody() as anybody:
        first = await anybody.post("/auth/login", json={"username": "veteran", "password": "from-the-reference"})
        again = await anybody.post("/auth/login", json={"username": "veteran", "password": "from-the-reference"})
        too_long = await anybody.post("/auth/login", json={"username": "veteran", "password": "x" * 100})

    assert (first.status_code, again.status_code, too_long.status_code) == (200, 200, 401)
    async with gateway.database.connect() as conn:
        stored = (await conn.execute(select(m.User.password_hash).where(m.User.username == "veteran"))).scalar_one()
    assert stored is not None
    assert stored.startswith("$argon2id$")


async def test_T217_new_password_ends_every_other_token(gateway: RunningGateway) -> None:
    async with gateway.anybody() as anybody:
        other = (await anybody.post("/auth/login", json=OWNER)).json()["token"]
        async with gateway.session() as session:
            changed = await session.put(
                "/auth/password", json={"currentPassword": OWNER["password"], "newPassword": NEW}
            )
            own_status = (await session.get("/auth/apikey")).status_code
        other_status = (await anybody.get("/auth/apikey", headers={"Authorization": f"Bearer {other}"})).status_code
        fresh = {"Authorization": f"Bearer {changed.json()['token']}"}
        fresh_status = (await anybody.get("/auth/apikey", headers=fresh)).status_code
        login = await anybody.post("/auth/login", json={"username": "admin", "password": NEW})

    assert changed.status_code == 200
    assert (own_status, other_status, fresh_status, login.status_code) == (200, 401, 200, 200)
    assert "password_changed" in await events(gateway.database)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"currentPassword": OWNER["password"], "newPassword": "short"}, 400, id="short"),
        pytest.param({"newPassword": NEW}, 400, id="missing"),
        pytest.param({"currentPassword": "wrong", "newPassword": NEW}, 401, id="wrong"),
    ],
)
async def test_password_change_refuses(gateway: RunningGateway, body: dict[str, str], status: int) -> None:
    async with gateway.session() as session:
        assert (await session.put("/auth/password", json=body)).status_code == status


async def test_rename_keeps_tokens_and_refuses_a_taken_name(gateway: RunningGateway) -> None:
    async with gateway.session() as session:
        password = OWNER["password"]
        own_name = await session.put("/auth/username", json={"newUsername": "admin", "currentPassword": password})
        short = await session.put("/auth/username", json={"newUsername": "ab", "currentPassword": password})
        renamed = await session.put("/auth/username", json={"newUsername": "boss", "currentPassword": password})
        still = await session.get("/auth/apikey")

    assert (own_name.status_code, short.status_code, renamed.status_code, still.status_code) == (409, 400, 200, 200)
    assert jwt.decode(renamed.json()["token"], options={"verify_signature": False})["sub"] == "boss"
    assert "username_changed" in await events(gateway.database)


async def test_a_name_is_never_so_long_that_its_session_does_not_fit_into_a_cookie(gateway: RunningGateway) -> None:
    longest = "\U0001f980" * 100
    async with gateway.session() as session:
        renamed, refused = [
            await session.put("/auth/username", json={"newUsername": name, "currentPassword": OWNER["password"]})
            for name in (longest, longest + "a")
        ]

    assert (renamed.status_code, refused.status_code) == (200, 400)
    assert len(renamed.headers["set-cookie"]) <= 4096, "what every browser keeps (RFC 6265 6.1)"
    assert refused.json()["error"].startswith("newUsername: ")


async def test_api_key_is_stored_as_hash_and_replaced_at_once(gateway: RunningGateway) -> None:
    old = gateway.key
    async with gateway.session() as session:
        new = (await session.post("/auth/apikey")).json()["api_key"]
    async with gateway.anybody() as anybody:
        by_old = await anybody.get("/auth/apikey", headers={"X-Api-Key": old})
        by_new = await anybody.get("/auth/apikey", headers={"X-Api-Key": new})

    assert new.startswith("ck_")
    assert len(new) == 67
    assert by_old.status_code == 401
    assert by_new.json() == {"has_key": True, "hint": new[-4:]}
    async with gateway.database.connect() as conn:
        stored = (await conn.execute(select(m.User.api_key))).scalar_one()
    assert stored is not None
    assert stored.startswith("sha256:")
    assert new not in stored


async def test_plain_stored_key_is_accepted_once_and_upgraded_and_a_digest_is_no_key(gateway: RunningGateway) -> None:
    async with gateway.database.begin() as tx:
        await tx.execute(update(m.User).values(api_key="legacy-key-of-old-times"))
    async with gateway.anybody() as anybody:
        accepted = await anybody.get("/auth/apikey", headers={"X-Api-Key": "legacy-key-of-old-times"})
        async with gateway.database.connect() as conn:
            stored = (await conn.execute(select(m.User.api_key))).scalar_one()
        digest = await anybody.get("/auth/apikey", headers={"X-Api-Key": str(stored)})
        again = await anybody.get("/auth/apikey", headers={"X-Api-Key": "legacy-key-of-old-times"})

    assert (accepted.status_code, digest.status_code, again.status_code) == (200, 401, 200)
    assert stored is not None
    assert stored.startswith("sha256:")


async def ask(gateway: RunningGateway, **options: object) -> int:
    async with gateway.anybody() as anybody:
        return (await anybody.get("/auth/apikey", **options)).status_code  # type: ignore[arg-type]  # passed through


async def test_every_scheme_lets_in_and_bad_ones_do_not_fall_through(gateway: RunningGateway) -> None:
    cookie = {"Cookie": f"jwt={gateway.token}"}
    assert await ask(gateway, headers={"Authorization": f"Bearer {gateway.token}"}) == 200
    assert await ask(gateway, headers={"Authorization": f"ApiKey {gateway.key}"}) == 200
    assert await ask(gateway, headers={"X-Api-Key": gateway.key}) == 200
    assert await ask(gateway, params={"apikey": gateway.key}) == 200
    assert await ask(gateway, headers=cookie) == 200

    assert await ask(gateway, headers={"X-Api-Key": "wrong", **cookie}) == 401
    assert await ask(gateway, headers={"Authorization": "Basic YWRtaW46YWRtaW4=", **cookie}) == 401
    assert await ask(gateway, headers={"Authorization": gateway.token, **cookie}) == 401
    assert await ask(gateway, headers={"Authorization": "Bearer nonsense", "X-Api-Key": gateway.key}) == 401
    assert await ask(gateway) == 401


async def test_foreign_and_unsigned_tokens_are_refused(gateway: RunningGateway) -> None:
    claims = jwt.decode(gateway.token, options={"verify_signature": False})
    foreign = jwt.encode(claims, "x" * 40, algorithm="HS256")
    unsigned = jwt.encode(claims, "", algorithm="none")

    for token in (foreign, unsigned):
        assert await ask(gateway, headers={"Authorization": f"Bearer {token}"}) == 401


async def test_token_of_a_user_that_is_gone_is_refused(gateway: RunningGateway) -> None:
    async with gateway.database.begin() as tx:
        await tx.execute(update(m.User).values(id=m.User.id + 1000))

    assert await ask(gateway, headers={"Authorization": f"Bearer {gateway.token}"}) == 401


async def test_sessions_survive_a_restart_and_hold_on_every_replica(
    gateway: RunningGateway, api_settings: Callable[..., Settings]
) -> None:
    async with serving(api_settings(), gateway.database) as other:
        other.token = gateway.token
        async with other.session() as session:
            assert (await session.get("/auth/apikey")).status_code == 200


async def test_proxy_header_counts_only_from_a_trusted_proxy(
    api_settings: Callable[..., Settings], database: Database
) -> None:
    header = {"X-Remote-User": "carol"}
    async with serving(api_settings(AUTH_HEADER="X-Remote-User"), database) as wary, wary.anybody() as anybody:
        refused = await anybody.get("/auth/apikey", headers=header)
        status = await anybody.get("/auth/status")
    trusted = api_settings(AUTH_HEADER="X-Remote-User", TRUSTED_PROXIES="127.0.0.0/8")
    async with serving(trusted, database) as gateway, gateway.anybody() as anybody:
        key = await anybody.post("/auth/apikey", headers=header)
        password_login = await anybody.post("/auth/login", json={"username": "carol", "password": "carol"})
        initialized = await anybody.get("/auth/status", headers=header)

    assert refused.status_code == 401
    assert status.json()["initialized"] is False
    assert "authHeaderWarning" in status.json()
    assert key.status_code == 200
    assert password_login.status_code == 401, "a proxy's user has no password, and ends the bootstrap window"
    assert initialized.json() == {"initialized": True}


async def test_T219_eleventh_login_is_refused_over_replicas_and_forged_headers(
    api_settings: Callable[..., Settings], database: Database
) -> None:
    settings = api_settings(LOGIN_LIMIT="10")
    answers: list[httpx.Response] = []
    async with (
        serving(settings, database) as one,
        serving(settings, database) as two,
        one.anybody() as first,
        two.anybody() as second,
    ):
        for number in range(11):
            client = (first, second)[number % 2]
            body = b"{" if number == 3 else b'{"username":"admin","password":"wrong"}'
            headers = {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.1.{number}"}
            answers.append(await client.post("/auth/login", content=body, headers=headers))

    assert 429 not in [answer.status_code for answer in answers[:10]]
    assert answers[10].status_code == 429
    assert 0 < int(answers[10].headers["Retry-After"]) <= 900
    assert list(answers[10].json()) == ["error"]
