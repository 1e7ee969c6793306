"""Health and version need nothing and nobody."""

from tests.service.api.running_gateway import RunningGateway


async def test_health_answers_a_stranger(gateway: RunningGateway) -> None:
    async with gateway.anybody() as anybody:
        health = await anybody.get("/health")
        version = await anybody.get("/version")

    assert health.json() == {"status": "ok", "eventsDropped": 0}
    assert version.json() == {"version": "dev", "commit": "unknown", "buildDate": "unknown"}
