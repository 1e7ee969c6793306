"""An item's explanation: the engine's word on its fate, and the audit log's on its past."""

from pydantic import TypeAdapter

from libs.common.messaging import engine_questions as questions
from services.api.bus import ask_engine
from services.api.errors import MissingError
from services.api.gateway import Gateway
from services.api.items import queries
from services.api.items.wire import Explanation
from services.api.preview.wire import MediaItem, ScoreFactor
from services.api.records.queries import item_history
from services.api.records.wire import AuditEntry

MOST_HISTORY = 20
_FACTORS = TypeAdapter(list[ScoreFactor])
_ENTRIES = TypeAdapter(list[AuditEntry])


async def explain(gateway: Gateway, integration_id: int, external_id: str) -> Explanation:
    """Ask the engine. Raises `MissingError` for what is no item, `UnavailableError` when the engine is silent."""
    async with gateway.db.connect() as conn:
        if not await queries.has_item(conn, integration_id, external_id):
            raise MissingError(f"integration {integration_id} has no item {external_id!r}")
        history = await item_history(conn, integration_id, external_id, MOST_HISTORY)
    question = questions.AskExplanation(integration_id=integration_id, external_id=external_id)
    answer = await ask_engine(
        gateway.broker, questions.EXPLAIN_ITEM, question, questions.Explained, questions.EXPLAIN_TIMEOUT_S
    )
    if answer.explanation is None:
        raise MissingError(f"item {external_id!r} of integration {integration_id} has not been scored yet")
    return _shown(answer.explanation, history)


def _shown(told: questions.Explanation, history: str) -> Explanation:
    said = told.model_dump(exclude={"item", "score_details", "rules"})
    rules = [{**rule.model_dump(exclude={"had"}), "matched_value": rule.had} for rule in told.rules]
    return Explanation.model_validate(
        said
        | {
            "item": MediaItem.model_validate_json(told.item),
            "score": round(min(told.arithmetic.final, 1.0) * 100, 4),
            "score_details": _FACTORS.validate_json(told.score_details),
            "rules": rules,
            "history": _ENTRIES.validate_json(history),
        }
    )
