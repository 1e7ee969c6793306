"""What somebody asked for, from Seerr's rows."""

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import TitleRequest
from libs.integrations.loose import claim, imdb_id, moment, positive, several, size, text, whole
from libs.integrations.seerr.people import names_of
from libs.integrations.seerr.rows import MediaRow, RequestRow

_PENDING, _DECLINED, _FAILED = 1, 3, 4
_KINDS = {"movie": TitleKind.MOVIE, "tv": TitleKind.TV}


def request_of(row: RequestRow) -> TitleRequest | None:
    """The request; None when the row names no title, as damaged ones do.

    A status that nobody knows yet counts: a request protects its title.
    """
    media, request_id = row.media, positive(row.id)
    if media is None or request_id is None:
        return None
    kind = _KINDS.get((text(row.type) or text(media.media_type)).lower())
    status, is_4k, by = whole(row.status), claim(row.is_4k) is True, row.requested_by
    tmdb, tvdb, imdb = positive(media.tmdb_id), positive(media.tvdb_id), imdb_id(media.imdb_id)
    arr_id = _arr_id(media, is_4k=is_4k)
    if kind is None or not (tmdb or tvdb or imdb or arr_id):
        return None
    names = () if by is None else names_of(by)
    return TitleRequest(
        request_id=str(request_id),
        kind=kind,
        counts=status not in {_DECLINED, _FAILED},
        is_pending=status == _PENDING,
        user_id="" if by is None else str(positive(by.id) or ""),
        requested_by=names[0] if names else "",
        requested_at=moment(row.created_at),
        tmdb_id=tmdb,
        tvdb_id=tvdb,
        imdb_id=imdb,
        arr_id=arr_id,
        seasons=_seasons(row),
        is_4k=is_4k,
    )


def _arr_id(media: MediaRow, *, is_4k: bool) -> str:
    """The item's own id in the *arr that got the request; HD and 4K go to different ones."""
    return str(positive(media.external_service_id_4k if is_4k else media.external_service_id) or "")


def _seasons(row: RequestRow) -> frozenset[int]:
    """The seasons that are asked for; empty, so the whole show, also when one of them cannot be read."""
    numbers = [size(season.season_number) for season in several(row.seasons)]
    return frozenset() if None in numbers else frozenset(number for number in numbers if number is not None)
