"""What can be taken out of Seerr: a request, a title of the media table, and, fatally, the title's files."""

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.calls import Answer, Call, Refusal
from libs.simulator.changes import Effect, delete_movie, delete_show
from libs.simulator.seerr.reads import find_request
from libs.simulator.seerr.server import Media, SeerrServer


def remove_request(here: SeerrServer, call: Call) -> Answer:
    """`DELETE /request/{id}`: the title stays in the media table."""
    gone = find_request(here, call)
    here.desk.requests = [each for each in here.desk.requests if each is not gone]
    return Answer(status=204, effects=[Effect(kind="request_deleted", id=gone.id)])


def remove_media(here: SeerrServer, call: Call) -> Answer:
    """`DELETE /media/{id}`: the title's requests go along, and it can be asked for again."""
    media = _media(here, call)
    gone = [Effect(kind="request_deleted", id=each.id) for each in media.requests]
    here.forget(media)
    return Answer(status=204, effects=[Effect(kind="media_cleared", id=media.id), *gone])


def remove_files(here: SeerrServer, call: Call) -> Answer:
    """`DELETE /media/{id}/file`: Seerr has the *arr delete the title with its files, without an exclusion."""
    media = _media(here, call)
    effects: list[Effect] = []
    for key in {each.arr for each in media.requests if each.arr in here.world.instances}:
        effects += _delete_everywhere(here, key, media)
    if not effects:
        raise Refusal(404, {"message": "Media not found."})
    return Answer(status=204, effects=effects)


def _delete_everywhere(here: SeerrServer, key: str, media: Media) -> list[Effect]:
    instance = here.world.instances[key]
    ids = {each.arr_id for each in media.requests if each.arr == key}
    if instance.kind is IntegrationType.RADARR and media.key[0] is TitleKind.MOVIE:
        movies = [instance.movies[number] for number in ids if number in instance.movies]
        return [delete_movie(here.world, instance, movie, with_files=True) for movie in movies]
    shows = [instance.shows[number] for number in ids if number in instance.shows]
    return [delete_show(here.world, instance, show, with_files=True) for show in shows]


def _media(here: SeerrServer, call: Call) -> Media:
    found = next((each for each in here.media().values() if each.id == call.params["id"]), None)
    if found is None:
        raise Refusal(404, {"message": "Media not found."})
    return found
