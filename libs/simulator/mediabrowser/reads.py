"""The reads both servers answer alike: listings, one item, people, sessions, who is there."""

from typing import Any

from libs.simulator.audience import ViewEvent
from libs.simulator.calls import Answer, Call, Refusal, as_json
from libs.simulator.mediabrowser.catalogue import Item
from libs.simulator.mediabrowser.query import Query
from libs.simulator.mediabrowser.question import question
from libs.simulator.mediabrowser.rows import ticks
from libs.simulator.mediabrowser.server import MediaBrowserServer
from libs.simulator.pages import page_of


def list_items(here: MediaBrowserServer, call: Call, person: int | None) -> dict[str, Any]:
    """One page of a listing, as `person` sees it; without one, as the key does, and without anybody's user data."""
    query = Query(call)
    natives = here.listing.answer(question(query, person, here.grouping, here.native_of))
    wanted = frozenset(query.words("fields"))
    with_user_data = person is not None and query.flag("enableUserData") is not False
    size = here.capped(query.whole("limit"), natives)
    page, total = page_of(natives, call, start=query.whole("startIndex") or 0, size=size)
    items = [item for native in page if (item := here.catalogue.find(native)) is not None]
    rows = [here.row(item, person, wanted, with_user_data=with_user_data) for item in items]
    return {"Items": rows, "TotalRecordCount": total}


def one_item(here: MediaBrowserServer, call: Call, person: int) -> Answer:
    """A single item with everything about it."""
    return as_json(here.full_row(here.item(call.words["id"], person), person))


def page_of_people(here: MediaBrowserServer, call: Call) -> tuple[list[dict[str, Any]], int]:
    """User rows; `isDisabled` leaves one kind."""
    query = Query(call)
    wanted = query.flag("isDisabled")
    users = [number for number in here.media.users if wanted is None or (number in here.media.disabled) is wanted]
    size = here.capped(query.whole("limit"), users)
    page, total = page_of(users, call, start=query.whole("startIndex") or 0, size=size)
    return [here.user_row(number) for number in page], total


def full_info(here: MediaBrowserServer, _: Call) -> Answer:
    """`GET /System/Info`."""
    more = {
        "HasPendingRestart": False,
        "IsShuttingDown": False,
        "SupportsLibraryMonitor": True,
        "WebSocketPortNumber": 8096,
        "CanSelfRestart": True,
        "HasUpdateAvailable": False,
    }
    return as_json(here.public_info() | more)


def sessions(here: MediaBrowserServer, _: Call) -> Answer:
    """`GET /Sessions`: who is watching now, and somebody who only looks around."""
    idle = _session(here, 0, here.media.users[0], None)
    return as_json([idle, *(_watching(here, number, view) for number, view in enumerate(here.media.playing, start=1))])


def _watching(here: MediaBrowserServer, number: int, view: ViewEvent) -> dict[str, Any]:
    item = _item_of(here, view)
    playing = here.row(item, None, frozenset(), with_user_data=False)
    state = {"PositionTicks": ticks(view.seconds), "IsPaused": False}
    return _session(here, number, view.person, playing) | {"PlayState": state}


def _session(here: MediaBrowserServer, number: int, person: int, playing: dict[str, Any] | None) -> dict[str, Any]:
    somebody = here.world.people[person]
    row: dict[str, Any] = {
        "Id": f"sess{number}",
        "UserId": somebody.media_id,
        "UserName": somebody.name,
        "Client": "Web",
        "DeviceName": "Firefox",
        "DeviceId": f"d{number}",
        "PlayState": {"IsPaused": False},
    }
    return row if playing is None else row | {"NowPlayingItem": playing}


def _item_of(here: MediaBrowserServer, view: ViewEvent) -> Item:
    title = here.media.titles[view.title]
    season = next((each for each in title.seasons if each.number == view.season), None)
    native = season.first + view.episode - 1 if season is not None and view.episode else title.native
    item = here.catalogue.find(native)
    if item is None:
        raise Refusal(500)
    return item
