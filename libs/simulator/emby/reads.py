"""What only Emby answers in its way: listings below a user, people in pages."""

from libs.simulator.calls import Answer, Call, as_json
from libs.simulator.emby.server import EmbyServer
from libs.simulator.mediabrowser import reads


def list_items(here: EmbyServer, call: Call) -> Answer:
    """`GET /Users/{user}/Items`."""
    return as_json(reads.list_items(here, call, here.person(call.words["user"])))


def one_item(here: EmbyServer, call: Call) -> Answer:
    """`GET /Users/{user}/Items/{id}`; below no user there is no such path."""
    return reads.one_item(here, call, here.person(call.words["user"]))


def query_users(here: EmbyServer, call: Call) -> Answer:
    """`GET /Users/Query`."""
    rows, total = reads.page_of_people(here, call)
    return as_json({"Items": rows, "TotalRecordCount": total})


def users(here: EmbyServer, call: Call) -> Answer:
    """`GET /Users`: undocumented, one plain list."""
    return as_json(reads.page_of_people(here, call)[0])
