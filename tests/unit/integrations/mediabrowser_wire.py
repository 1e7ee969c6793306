"""A Jellyfin or Emby made of a few rows, for what no simulated server does: answers to listings by their filter."""

from typing import Any

import httpx
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.config import IntegrationConfig
from libs.integrations.mediabrowser.client import MediaBrowserClient
from tests.unit.integrations.mediabrowser_upstream import client_over
from tests.unit.integrations.wire import HOST, KEY, Wire, says

ADMIN, OTHER = "99999999888877776666555555555555", "11111111222233334444555555555555"
NO_LIMITS = {"IsAdministrator": True, "IsDisabled": False, "EnableAllFolders": True}


def user(user_id: str = ADMIN, name: str = "mal", **policy: Any) -> dict[str, Any]:
    """An administrator who sees everything, unless the policy says otherwise."""
    return {"Id": user_id, "Name": name, "Policy": NO_LIMITS | policy}


def item(native: str, kind: str = "Movie", user_data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A row of a listing."""
    row = {"Id": native, "Name": f"Item {native}", "Type": kind, **more}
    return row if user_data is None else row | {"UserData": user_data}


class Shelf:
    """Answers listings with `rows`, or with those of a filter; `total` overrides what is announced."""

    def __init__(self, kind: IntegrationType, users: list[dict[str, Any]] | None = None) -> None:
        self.kind = kind
        self.wire = Wire()
        self.rows: list[dict[str, Any]] = []
        self.filtered: dict[str, list[dict[str, Any]]] = {}
        self.total: int | None = None
        people = [user()] if users is None else users
        self.wire.on("GET /Users", says(people))
        self.wire.on("GET /Users/Query", says({"Items": people, "TotalRecordCount": len(people)}))
        for person in people:
            self.wire.on(f"GET /Users/{person['Id']}/Items", self._answer)
        self.wire.on("GET /Items", self._answer)

    def client(self) -> MediaBrowserClient:
        """A client whose network is this."""
        config = IntegrationConfig(1, self.kind, "Upstairs", f"http://{HOST}", SecretStr(KEY))
        return client_over(httpx.AsyncClient(transport=httpx.MockTransport(self.wire)), config)

    @property
    def listings(self) -> list[dict[str, str]]:
        """The query of every listing that was asked for, with names in lower case."""
        return [_query(request) for request in self.wire.sent if request.url.path.endswith("/Items")]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        query = _query(request)
        start, limit = int(query["startindex"]), int(query["limit"])
        rows = self.filtered.get(query["filters"], []) if "filters" in query else self.rows
        total = len(rows) if self.total is None else self.total
        return httpx.Response(200, json={"Items": rows[start : start + limit], "TotalRecordCount": total})


def _query(request: httpx.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.url.params.items()}
