"""Posters on the wire: shown as they are stored, taken as base64 text only, and gone when deleted."""

import base64
import binascii
from typing import Any

from libs.simulator.calls import Answer, Call, Refusal, as_json
from libs.simulator.changes import Effect
from libs.simulator.mediabrowser.artwork import found_poster
from libs.simulator.mediabrowser.catalogue import Item
from libs.simulator.mediabrowser.listing import name_of
from libs.simulator.mediabrowser.query import Query
from libs.simulator.mediabrowser.server import MediaBrowserServer

_PRIMARY = "primary"
_FOUND_AT = "https://image.tmdb.org/t/p/original/"


def list_images(here: MediaBrowserServer, call: Call) -> Answer:
    """`GET /Items/{id}/Images`."""
    item = here.item(call.words["id"])
    picture = here.artwork.of(item.native)
    row = {
        "ImageType": "Primary",
        "ImageTag": f"tag{here.artwork.version(item.native)}",
        "Path": f"/config/metadata/library/{item.native}/poster.jpg",
        "BlurHash": "x",
        "Height": 150,
        "Width": 100,
    }
    return as_json([] if picture is None else [row | {"Size": len(picture.body)}])


def show(here: MediaBrowserServer, call: Call) -> Answer:
    """`GET /Items/{id}/Images/{kind}`: the stored bytes; 404 when there are none."""
    item = here.item(call.words["id"])
    picture = here.artwork.of(item.native) if _is_primary(call) else None
    if picture is None:
        raise Refusal(404)
    return Answer(body=picture.body, content_type=picture.content_type)


def upload(here: MediaBrowserServer, call: Call) -> Answer:
    """`POST /Items/{id}/Images/{kind}`: base64 text; raw bytes break it down, another content type is refused."""
    item = here.item(call.words["id"])
    if not call.headers.get("content-type", "image/jpeg").startswith("image/") or not _is_primary(call):
        raise Refusal(400, "Incorrect ContentType.")
    # A call that is done again from the ledger comes as JSON text.
    text = call.body.encode() if isinstance(call.body, str) else call.raw
    try:
        body = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Refusal(500, "Error processing request.") from exc
    here.artwork.replace(item.native, body)
    return _done(item, "poster_uploaded", f"{len(body)} bytes")


def remove(here: MediaBrowserServer, call: Call) -> Answer:
    """`DELETE /Items/{id}/Images/{kind}`: the item is left without a poster, not with a former one."""
    item = here.item(call.words["id"])
    if not _is_primary(call):
        raise Refusal(404)
    here.artwork.remove(item.native)
    return _done(item, "poster_removed")


def remote_images(here: MediaBrowserServer, call: Call) -> Answer:
    """`GET /Items/{id}/RemoteImages`: what the agents know."""
    item = here.item(call.words["id"])
    row: dict[str, Any] = {
        "ProviderName": "TheMovieDb",
        "Url": f"{_FOUND_AT}{item.native}.jpg",
        "Height": 3000,
        "Width": 2000,
        "CommunityRating": 5.4,
        "VoteCount": 10,
        "Language": "en",
        "Type": "Primary",
        "RatingType": "Score",
    }
    return as_json({"Images": [row], "TotalRecordCount": 1, "Providers": ["TheMovieDb"]})


def download(here: MediaBrowserServer, call: Call) -> Answer:
    """`POST /Items/{id}/RemoteImages/Download`: one of those becomes the poster."""
    query = Query(call)
    if query.text("type") != "Primary":
        raise Refusal(400)
    return _fetched(here, here.item(call.words["id"]), query.text("imageUrl"))


def set_from_url(here: MediaBrowserServer, call: Call) -> Answer:
    """`POST /Items/{id}/Images/{kind}/{index}/Url`: Emby's other way to the same."""
    if not _is_primary(call):
        raise Refusal(400)
    return _fetched(here, here.item(call.words["id"]), Query(call).text("Url"))


def refresh(here: MediaBrowserServer, call: Call) -> Answer:
    """`POST /Items/{id}/Refresh`: with everything replaced, the agent's poster comes back."""
    item, query = here.item(call.words["id"]), Query(call)
    if query.flag("replaceAllImages") is not True:
        return Answer(status=204)
    here.artwork.replace(item.native, found_poster(item.native).body)
    return _done(item, "poster_refreshed")


def _fetched(here: MediaBrowserServer, item: Item, url: str) -> Answer:
    """Only what the agents know can be fetched from here."""
    if not url.startswith(_FOUND_AT):
        raise Refusal(400)
    here.artwork.replace(item.native, found_poster(item.native).body)
    return _done(item, "poster_downloaded", url)


def _is_primary(call: Call) -> bool:
    return call.words["kind"].lower() == _PRIMARY


def _done(item: Item, kind: str, detail: str = "") -> Answer:
    return Answer(status=204, effects=[Effect(kind=kind, id=item.native, title=name_of(item), detail=detail)])
