"""What the engine is asked. Nothing here writes, and a failure of our own is answered: silence only says timeout."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog
from faststream.nats import NatsRouter
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from libs.common.db import Database
from libs.common.messaging.engine_questions import (
    CHECK_PATTERN,
    EXPLAIN_ITEM,
    RULE_IMPACT,
    AskExplanation,
    AskRuleImpact,
    CheckPattern,
    Explained,
    PatternChecked,
    RuleImpact,
)
from libs.common.messaging.rpc import Refusal
from libs.common.messaging.simulation import SIMULATE, AskSimulation, Simulated
from services.engine.explain.explanation import explain
from services.engine.preview.queries import load_wanted
from services.engine.questions import queries
from services.engine.questions.budgets import load_budgets
from services.engine.questions.evaluations import Evaluations
from services.engine.questions.impact import affected_items
from services.engine.rules.patterns import fault_of
from services.engine.simulate.settings import fault_in
from services.engine.simulate.simulation import simulate

log = structlog.get_logger(__name__)

_QUEUE = "engine"
_AT_ONCE = 4
_SIMULATIONS_AT_ONCE = 1
"""Each scores the library twice; several would only slow down each other, and the run."""

MOST_BYTES = 1_000_000
"""NATS carries 1 MiB a message by default, headers included; a longer answer would only be silence to the asker."""

Answer = TypeVar("Answer", bound=BaseModel)


def question_router(db: Database, evaluations: Evaluations) -> NatsRouter:
    """Questions about scores. One engine of the queue answers, whether it leads or not."""
    router = NatsRouter()

    @router.subscriber(EXPLAIN_ITEM, queue=_QUEUE, max_workers=_AT_ONCE)
    async def explain_item(question: AskExplanation) -> Explained | Refusal:
        return await _answered(_explanation(db, evaluations, question))

    @router.subscriber(RULE_IMPACT, queue=_QUEUE, max_workers=_AT_ONCE)
    async def rule_impact(question: AskRuleImpact) -> RuleImpact | Refusal:
        return await _answered(_rule_impact(db, evaluations, question.rule_id))

    @router.subscriber(CHECK_PATTERN, queue=_QUEUE, max_workers=_AT_ONCE)
    async def check_pattern(question: CheckPattern) -> PatternChecked | Refusal:
        return await _answered(_check_pattern(question.pattern))

    @router.subscriber(SIMULATE, queue=_QUEUE, max_workers=_SIMULATIONS_AT_ONCE)
    async def simulate_settings(question: AskSimulation) -> Simulated | Refusal:
        return await _answered(_simulation(db, evaluations, question))

    return router


async def _explanation(db: Database, evaluations: Evaluations, question: AskExplanation) -> Explained:
    evaluation = await evaluations.current()
    found = await explain(db, evaluation, question.integration_id, question.external_id)
    return Explained(explanation=found)


async def _check_pattern(pattern: str) -> PatternChecked:
    return PatternChecked(fault=await asyncio.to_thread(fault_of, pattern))


async def _simulation(db: Database, evaluations: Evaluations, question: AskSimulation) -> Simulated:
    fault = await asyncio.to_thread(fault_in, question.rules or ())
    if fault is not None:
        return Simulated(fault=fault)
    current = await evaluations.current()
    async with db.connect() as conn:
        budgets = await load_budgets(conn)
    return Simulated(simulation=await asyncio.to_thread(simulate, current, budgets, question))


async def _rule_impact(db: Database, evaluations: Evaluations, rule_id: int) -> RuleImpact:
    async with db.connect() as conn:
        rule = await queries.enabled_rule(conn, rule_id)
        has_preview = (await load_wanted(conn)).preview_id is not None
    if not has_preview:
        return RuleImpact(affected=0, total=0)
    evaluation = await evaluations.current()
    affected = 0
    if rule is not None:
        affected = await asyncio.to_thread(affected_items, evaluation.ranked, rule, evaluation.facts.now)
    return RuleImpact(affected=affected, total=evaluation.ranked.height)


async def _answered(answer: Awaitable[Answer]) -> Answer | Refusal:
    try:
        told = await answer
    except (SQLAlchemyError, OSError) as exc:
        log.warning("question not answered", reason=type(exc).__name__)
        return Refusal(refused="the database did not answer")
    except Exception:
        log.exception("question not answered")
        return Refusal(refused="it failed inside; its log says more")
    if len(told.model_dump_json().encode()) > MOST_BYTES:
        return Refusal(refused="the answer is too long for one message")
    return told
