"""How many items a rule touches: asked over the bus, of an engine that leads and of one that stands by."""

from typing import Any

import pytest
from faststream.nats import NatsBroker
from sqlalchemy import insert, update

from libs.common.db import models as m
from libs.common.domain.enums import RuleEffect
from libs.common.messaging.engine_questions import RULE_IMPACT, AskRuleImpact, RuleImpact
from libs.common.messaging.transient import Transient
from libs.common.preview import mark_scores_outdated
from services.engine.preview.refresh import PreviewRefresh
from tests.service.engine.asking import Asking
from tests.service.engine.rows import Library

pytestmark = pytest.mark.service


async def rule(library: Library, integration_id: int, **values: Any) -> int:
    """A stored rule about titles."""
    columns = {
        "integration_id": integration_id,
        "field": "title",
        "operator": "contains",
        "value": "movie",
        "effect": RuleEffect.LEAN_KEEP,
        "created_at": library.now,
        "updated_at": library.now,
        **values,
    }
    return int(await library.scalar(insert(m.CustomRule).values(columns).returning(m.CustomRule.id)))


async def impact(asking: Asking, rule_id: int) -> tuple[int, int]:
    found = await asking.ask(RULE_IMPACT, AskRuleImpact(rule_id=rule_id), RuleImpact)
    return found.affected, found.total


async def test_rule_counts_items_of_its_own_integration_among_all(library: Library, asking: Asking) -> None:
    one, other = await library.integration(name="one"), await library.integration(name="other")
    for number in (1, 2, 3):
        await library.item(one, None, number)
    await library.item(other, None, 4)
    wanted = await rule(library, one, value="movie")
    narrow = await rule(library, one, value="movie 2", effect=RuleEffect.ALWAYS_KEEP)
    await asking.refresh.score(None)

    assert await impact(asking, wanted) == (3, 4)
    assert await impact(asking, narrow) == (1, 4)


async def test_rule_is_counted_alone_whatever_others_protect(library: Library, asking: Asking) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    await rule(library, radarr, effect=RuleEffect.ALWAYS_KEEP)
    second = await rule(library, radarr, effect=RuleEffect.LEAN_REMOVE)
    await asking.refresh.score(None)

    assert await impact(asking, second) == (1, 1)


async def test_disabled_rule_and_gone_rule_touch_nothing(library: Library, asking: Asking) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    off = await rule(library, radarr, enabled=False)
    await asking.refresh.score(None)

    assert await impact(asking, off) == (0, 1)
    assert await impact(asking, 999) == (0, 1)


async def test_before_the_first_preview_there_is_nothing_to_count(library: Library, asking: Asking) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)

    assert await impact(asking, await rule(library, radarr)) == (0, 0)


async def test_standby_answers_from_what_is_stored_and_notices_a_newer_preview(
    library: Library, broker: NatsBroker, asking: Asking
) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    wanted = await rule(library, radarr)
    leader = PreviewRefresh(library.db, library.clock, Transient(broker, "engine"))
    await leader.score(None)

    assert asking.refresh.current is None
    assert await impact(asking, wanted) == (1, 1)
    await library.item(radarr, None, 2)
    assert await impact(asking, wanted) == (1, 1)  # the preview's items, not the catalogue's
    await leader.score(None)
    assert await impact(asking, wanted) == (2, 2)


async def test_changed_settings_are_not_answered_from_old_scores(library: Library, asking: Asking) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    wanted = await rule(library, radarr)
    await asking.refresh.score(None)
    await library.item(radarr, None, 2)
    async with library.db.begin() as tx:
        await mark_scores_outdated(tx)

    assert await impact(asking, wanted) == (2, 2)


async def test_rule_that_cannot_be_matched_counts_as_it_acts(library: Library, asking: Asking) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    broken = await rule(library, radarr, field="no such field", effect=RuleEffect.ALWAYS_KEEP)
    ignored = await rule(library, radarr, field="no such field")
    await library.execute(update(m.CustomRule).values(operator="equals"))
    await asking.refresh.score(None)

    assert await impact(asking, broken) == (1, 1)
    assert await impact(asking, ignored) == (0, 1)
