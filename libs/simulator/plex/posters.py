"""Posters of a Plex: candidates to choose from, uploads that pile up among them, and the picture that is shown."""

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle
from libs.simulator.calls import Answer, Call
from libs.simulator.changes import Effect
from libs.simulator.pictures import picture
from libs.simulator.plex.artwork import Artwork, Poster, content_type
from libs.simulator.plex.containers import Fields, PageRefusal, accepted, container, no_such_thing
from libs.simulator.plex.edits import lock
from libs.simulator.plex.guids import agent_of
from libs.simulator.plex.server import PlexServer


def candidates(here: PlexServer, call: Call) -> Answer:
    """`GET /library/metadata/{id}/posters`: an upload is missing in the first read behind it."""
    title = here.title(call.params["id"])
    artwork = artwork_of(here, title)
    rows = [_row(title, poster, is_selected=poster.key == artwork.selected) for poster in artwork.listed()]
    return container(call.headers, {"size": len(rows), "identifier": "com.plexapp.plugins.library", "Metadata": rows})


def upload(here: PlexServer, call: Call) -> Answer:
    """`POST /library/metadata/{id}/posters`: the bytes of a picture. The new poster is chosen, and locked."""
    here.require_owner(call)
    title = here.title(call.params["id"])
    if content_type(call.raw) is None:
        raise PageRefusal(400)
    artwork = artwork_of(here, title)
    poster = artwork.upload(call.raw)
    return accepted(_done("poster_uploaded", title, poster), *lock(here, title, "thumb"))


def select(here: PlexServer, call: Call) -> Answer:
    """`PUT /library/metadata/{id}/poster`: one of the candidates, which also locks the field."""
    here.require_owner(call)
    title = here.title(call.params["id"])
    artwork = artwork_of(here, title)
    poster = artwork.find(call.text("url") or "")
    if poster is None:
        raise no_such_thing()
    artwork.select(poster)
    return accepted(_done("poster_selected", title, poster), *lock(here, title, "thumb"))


def shown(here: PlexServer, call: Call) -> Answer:
    """`GET /library/metadata/{id}/thumb/{version}`: the chosen picture, whatever the version says."""
    return _bytes(artwork_of(here, here.title(call.params["id"])).current)


def candidate_bytes(here: PlexServer, call: Call) -> Answer:
    """`GET /library/metadata/{id}/file?url=…`: the picture of one candidate."""
    poster = artwork_of(here, here.title(call.params["id"])).find(call.text("url") or "")
    if poster is None:
        raise no_such_thing()
    return _bytes(poster)


def artwork_of(here: PlexServer, title: ServerTitle) -> Artwork:
    """The title's posters; what nobody touched is what the agents found."""
    if title.native not in here.artwork:
        provider = agent_of(title.kind, legacy=here.media.settings.legacy_agents)
        found = Poster(f"metadata://posters/{provider}_{title.native}", provider, picture(title.native))
        kind = "movie" if title.kind is TitleKind.MOVIE else "tv"
        remote = f"https://image.tmdb.org/t/p/original/{kind}{title.tmdb_id}.jpg"
        other = Poster(remote, "tmdb", picture(title.native + 1))
        here.artwork[title.native] = Artwork([other, found], found.key, int(title.added_at.timestamp()))
    return here.artwork[title.native]


def _row(title: ServerTitle, poster: Poster, *, is_selected: bool) -> Fields:
    is_remote = poster.key.startswith("https://")
    address = poster.key if is_remote else f"/library/metadata/{title.native}/file?url={_quoted(poster.key)}"
    return {
        "key": address,
        "provider": poster.provider,
        "ratingKey": poster.key,
        "selected": is_selected,
        "thumb": address,
    }


def _quoted(key: str) -> str:
    return key.replace(":", "%3A").replace("/", "%2F")


def _bytes(poster: Poster) -> Answer:
    return Answer(body=poster.image, content_type=content_type(poster.image) or "application/octet-stream")


def _done(kind: str, title: ServerTitle, poster: Poster) -> Effect:
    return Effect(kind=kind, id=title.native, title=title.title, detail=poster.key)
