"""Trying a connection: which key may be sent where, and the question to sync."""

import base64

from libs.common.domain.enums import IntegrationType
from libs.common.domain.urls import is_same_origin
from libs.common.messaging import questions
from libs.common.messaging.rpc import tell_all
from libs.common.security.masking import is_masked
from services.api.bus import ask_sync
from services.api.errors import BadInputError
from services.api.gateway import Gateway
from services.api.integrations import queries
from services.api.integrations.edit import checked_url
from services.api.integrations.wire import ConnectionTest, TestResult

_MASKED = "The key is masked; enter the key itself"


async def try_connection(gateway: Gateway, body: ConnectionTest) -> TestResult:
    """Ask sync to try it. Nothing is saved. Raises `UnavailableError` when sync does not answer."""
    for member, value in (("type", body.type), ("url", body.url), ("apiKey", body.api_key)):
        if not value.strip():
            raise BadInputError(f"{member}: is required")
    url = checked_url(body.url)
    async with gateway.db.connect() as conn:
        stored = await queries.integration(conn, body.integration_id) if body.integration_id else None
    if is_masked(body.api_key.strip()):
        if stored is None:
            return TestResult(success=False, error=_MASKED)
        if not is_same_origin(url, stored.url):
            raise BadInputError("apiKey: the stored key belongs to another address; enter the key for this one")
        sealed = stored.api_key
    else:
        sealed = gateway.box.seal(body.api_key.strip())
    if body.type.strip() not in set(IntegrationType):
        return TestResult(success=False, error=f"Unknown integration type {body.type.strip()!r}")
    verify_tls = body.verify_tls if body.verify_tls is not None else (stored is None or stored.verify_tls)
    ca_bundle = body.ca_bundle if "ca_bundle" in body.model_fields_set or stored is None else stored.ca_bundle
    question = questions.TestConnection(
        type=IntegrationType(body.type.strip()),
        url=url,
        sealed_key=base64.b64encode(sealed),
        verify_tls=verify_tls,
        ca_bundle=ca_bundle,
    )
    tested = await ask_sync(
        gateway.broker, questions.TEST_CONNECTION, question, questions.ConnectionTested, questions.TEST_TIMEOUT_S
    )
    if tested.success:
        if stored is not None:
            await tell_all(
                gateway.broker, questions.FORGET_RULE_VALUES, questions.ForgetRuleValues(integration_id=stored.id)
            )
        return TestResult(success=True, message=tested.message or "Connected")
    return TestResult(success=False, error=tested.error or "The connection failed")
