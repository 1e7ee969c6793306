"""Writes down who is who and which server is meant, as the rules of `people` and `links` have it."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType
from services.sync.enrichment.links import MEDIA_SERVERS, House, Mention, link
from services.sync.enrichment.matching import shared_titles
from services.sync.enrichment.people import Account, persons


async def name_people(tx: AsyncConnection) -> None:
    """Write the name of the person behind every account."""
    user, integration = m.SourceUser, m.Integration
    rows = await tx.execute(
        select(user.integration_id, user.user_id, integration.type, user.names, user.ids, user.person)
        .join(integration, integration.id == user.integration_id)
        .where(integration.enabled, integration.removed_at.is_(None))
    )
    known = {}
    accounts = []
    for row in rows:
        accounts.append(Account(row.integration_id, row.user_id, IntegrationType(row.type), row.names, row.ids))
        known[row.integration_id, row.user_id] = row.person
    changed = [
        {"source": source, "account": account, "name": person}
        for (source, account), person in persons(accounts).items()
        if known[source, account] != person
    ]
    if changed:
        its_own = (user.integration_id == bindparam("source"), user.user_id == bindparam("account"))
        await tx.execute(update(user).where(*its_own).values(person=bindparam("name")), changed)


async def link_servers(tx: AsyncConnection) -> None:
    """Write which of our integrations every server is that a source names."""
    server, integration = m.SourceServer, m.Integration
    active = (integration.enabled, integration.removed_at.is_(None))
    places = select(integration.id, integration.type, integration.name, integration.server_identity)
    houses = [
        House(row.id, IntegrationType(row.type), row.name, row.server_identity)
        for row in await tx.execute(places.where(integration.type.in_(MEDIA_SERVERS), *active).order_by(integration.id))
    ]
    rows = list(
        await tx.execute(
            select(server.__table__).join(integration, integration.id == server.integration_id).where(*active)
        )
    )
    mentions = [Mention(row.integration_id, row.server, row.identity, _type_of(row.type), row.name) for row in rows]
    shared = await shared_titles(tx, sorted({row.integration_id for row in rows}))
    found = link(mentions, houses, shared)
    for row in rows:
        house = found[row.integration_id, row.server]
        linked = None if house is None else house.integration_id
        if linked != row.linked_id:
            mine = update(server).where(server.integration_id == row.integration_id, server.server == row.server)
            await tx.execute(mine.values(linked_id=linked))


def _type_of(word: str | None) -> IntegrationType | None:
    return None if word is None else IntegrationType(word)
