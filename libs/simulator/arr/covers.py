"""Local covers: a small picture per item, so that addresses in library rows lead somewhere."""

from libs.simulator.arr.server import ArrServer
from libs.simulator.calls import Answer, Call, not_found
from libs.simulator.pictures import picture


def cover(here: ArrServer, call: Call) -> Answer:
    """`GET /MediaCover/{id}/…`, of books `/MediaCover/Books/{id}/…`: the item's own colour."""
    number, instance = call.params["id"], here.instance
    if not any(number in known for known in (instance.movies, instance.shows, instance.artists, instance.books)):
        raise not_found()
    return Answer(body=picture(number), content_type="image/png")
