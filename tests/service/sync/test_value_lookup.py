"""What rules can compare with: asked of the source once, kept for five minutes, and dropped when it may be old."""

import asyncio

import pytest
from sqlalchemy import text

from libs.common.messaging.questions import (
    FORGET_RULE_VALUES,
    RULE_VALUES,
    AskRuleValues,
    ForgetRuleValues,
    RuleValuesFound,
)
from libs.common.messaging.rpc import ask, tell_all
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from services.sync.handlers import rule_value_router
from services.sync.rule_values.lookup import KEPT_S, RuleValueLookup
from services.sync.upstreams import Upstreams
from tests.harness.bus import running_broker
from tests.harness.eventually import eventually
from tests.service.sync.rows import BOX, House

pytestmark = pytest.mark.service


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def lookup(house: House, seconds: Seconds) -> RuleValueLookup:
    """One replica's."""
    return RuleValueLookup(house.db, Upstreams(BOX, allow_loopback=True), seconds)


async def values(lookup: RuleValueLookup, integration_id: int, matter: str = "quality") -> RuleValuesFound:
    return await lookup.values(AskRuleValues.model_validate({"integrationId": integration_id, "matter": matter}))


def calls(town: SimulatorServer) -> int:
    """How often profiles were asked for."""
    told = town.do(lambda: dict(town.simulation.traffic.calls.get("radarr", {})))
    return sum(counted.total() for route, counted in told.items() if route.endswith("/qualityprofile"))


@pytest.mark.parametrize("matter", ["quality", "tag", "language"])
async def test_values_are_the_sources_own(
    house: House, lookup: RuleValueLookup, town: SimulatorServer, matter: str
) -> None:
    radarr = await house.connect(town.instance("radarr"))

    found = await values(lookup, radarr, matter)

    assert found.error == ""
    assert list(found.values) == sorted(found.values, key=str.casefold)
    assert found.values or matter == "tag"


async def test_source_is_asked_once_in_five_minutes_however_many_ask(
    house: House, lookup: RuleValueLookup, town: SimulatorServer, seconds: Seconds
) -> None:
    radarr = await house.connect(town.instance("radarr"))

    answers = await asyncio.gather(*(values(lookup, radarr) for _ in range(5)))
    seconds.now = KEPT_S - 1
    await values(lookup, radarr)
    assert calls(town) == 1

    seconds.now = KEPT_S
    await values(lookup, radarr)
    assert calls(town) == 2
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("whose", ["its own", "all"])
async def test_forgotten_values_are_asked_again(
    house: House, lookup: RuleValueLookup, town: SimulatorServer, whose: str
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await values(lookup, radarr)

    lookup.forget(radarr + 1)
    await values(lookup, radarr)
    assert calls(town) == 1
    lookup.forget(None if whose == "all" else radarr)
    await values(lookup, radarr)

    assert calls(town) == 2


async def test_saved_integration_is_asked_again(house: House, lookup: RuleValueLookup, town: SimulatorServer) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await values(lookup, radarr)

    await house.execute(text("update integrations set updated_at = updated_at + interval '1 second'"))
    await values(lookup, radarr)

    assert calls(town) == 2


async def test_answer_that_was_under_way_when_all_was_forgotten_is_not_kept(
    house: House, lookup: RuleValueLookup, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    hang = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=0.5, path_glob="*/qualityprofile"))
    asking = asyncio.create_task(values(lookup, radarr))

    async def is_asked() -> bool:
        return hang.hits > 0

    await eventually(is_asked)
    lookup.forget(None)
    assert (await asking).values
    town.heal()
    await values(lookup, radarr)

    assert calls(town) == 2


async def test_failure_is_the_answer_and_is_not_kept(
    house: House, lookup: RuleValueLookup, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    town.break_calls(FaultRule(kind=FaultKind.STATUS, status=401))

    failed = await values(lookup, radarr)
    town.heal()

    assert failed.values == ()
    assert failed.error
    assert (await values(lookup, radarr)).values


async def test_source_without_a_list_of_languages_has_none(
    house: House, lookup: RuleValueLookup, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    town.break_calls(FaultRule(kind=FaultKind.STATUS, status=404, path_glob="*/language"))

    assert await values(lookup, radarr, "language") == RuleValuesFound()


@pytest.mark.parametrize("columns", [{"enabled": False}, None], ids=["disabled", "unknown"])
async def test_what_is_not_enabled_is_not_asked(
    house: House, lookup: RuleValueLookup, town: SimulatorServer, columns: dict[str, bool] | None
) -> None:
    radarr = 999 if columns is None else await house.connect(town.instance("radarr"), **columns)

    assert "not enabled" in (await values(lookup, radarr)).error
    assert calls(town) == 0


async def test_every_replica_hears_that_values_may_be_old(house: House, nats_url: str, town: SimulatorServer) -> None:
    radarr = await house.connect(town.instance("radarr"))
    lookups = [RuleValueLookup(house.db, Upstreams(BOX, allow_loopback=True)) for _ in range(2)]
    for lookup in lookups:
        await values(lookup, radarr)
    first, second = (rule_value_router(lookup) for lookup in lookups)
    async with running_broker(nats_url, first), running_broker(nats_url, second) as broker:
        asked = AskRuleValues(integration_id=radarr, matter="quality")
        assert (await ask(broker, RULE_VALUES, asked, RuleValuesFound, timeout_s=10)).values
        assert calls(town) == 2

        await tell_all(broker, FORGET_RULE_VALUES, ForgetRuleValues(integration_id=radarr))

        async def both_asked_again() -> bool:
            for lookup in lookups:
                await values(lookup, radarr)
            return calls(town) == 4

        await eventually(both_asked_again)
