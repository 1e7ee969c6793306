"""What only Jellyfin answers in its way: listings for a user in the query, a plain list of people."""

from libs.simulator.calls import Answer, Call, Refusal, as_json
from libs.simulator.jellyfin.server import JellyfinServer
from libs.simulator.mediabrowser import reads
from libs.simulator.mediabrowser.query import Query


def list_items(here: JellyfinServer, call: Call) -> Answer:
    """`GET /Items`: without `userId` a key sees every item and nobody's user data."""
    query = Query(call)
    user = query.text("userId")
    found = reads.list_items(here, call, here.person(user) if user else None)
    return as_json(found | {"StartIndex": query.whole("startIndex") or 0})


def list_items_the_old_way(here: JellyfinServer, call: Call) -> Answer:
    """`GET /Users/{userId}/Items`: obsolete and still there."""
    found = reads.list_items(here, call, here.person(call.words["user"]))
    return as_json(found | {"StartIndex": Query(call).whole("startIndex") or 0})


def one_item(here: JellyfinServer, call: Call) -> Answer:
    """`GET /Items/{id}`: a key belongs to no user, and without one nothing is found."""
    user = Query(call).text("userId")
    if not user:
        raise Refusal(404)
    return reads.one_item(here, call, here.person(user))


def one_item_the_old_way(here: JellyfinServer, call: Call) -> Answer:
    """`GET /Users/{userId}/Items/{id}`."""
    return reads.one_item(here, call, here.person(call.words["user"]))


def users(here: JellyfinServer, call: Call) -> Answer:
    """`GET /Users`: one plain list."""
    return as_json(reads.page_of_people(here, call)[0])
