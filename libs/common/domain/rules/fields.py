"""The fields a rule may speak of: names, labels, kinds, operators, and what must be connected (domain.md 3.1)."""

from dataclasses import dataclass
from enum import StrEnum

from libs.common.domain.rules.operators import BOOLEAN, DAYS, NUMBER, SINCE_PLAYED, TEXT, Operator

_EQUAL = (Operator.EQUALS, Operator.NOT_EQUALS)
_CONTAIN = (Operator.CONTAINS, Operator.NOT_CONTAINS)
_COMPARE = (*_EQUAL, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)
_SIZE = (Operator.GT, Operator.LT, Operator.GTE, Operator.LTE, Operator.EQUALS)  # the seed's order
_SINCE = (Operator.IN_LAST, Operator.OVER_AGO)


class FieldKind(StrEnum):
    """How values of a field are compared. `DAYS` are counted from a date."""

    TEXT = "text"
    LIST = "list"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DAYS = "days"


class Needs(StrEnum):
    """What must be connected for a field to have values."""

    NOTHING = "nothing"
    SHOWS = "shows"
    PLAYS = "plays"
    REQUESTS = "requests"
    PLAYS_AND_REQUESTS = "plays and requests"
    MEDIA_SERVER = "media server"
    COLLECTIONS = "collections"


@dataclass(frozen=True, slots=True)
class RuleField:
    """One field. `name` is its advertised spelling; names are matched case-insensitively.

    `offered` are the operators that lists show, `accepted` those that also make sense for it.
    """

    name: str
    label: str
    kind: FieldKind
    offered: tuple[Operator, ...]
    needs: Needs = Needs.NOTHING

    @property
    def key(self) -> str:
        """The spelling by which it is looked up."""
        return self.name.lower()

    @property
    def is_date(self) -> bool:
        """Whether it speaks of something that may never have happened."""
        return Operator.NEVER in self.offered

    @property
    def accepted(self) -> tuple[Operator, ...]:
        """Every operator that fits the kind, in the order in which a person is told them."""
        match self.kind:
            case FieldKind.TEXT | FieldKind.LIST:
                return TEXT
            case FieldKind.NUMBER:
                return NUMBER
            case FieldKind.BOOLEAN:
                return BOOLEAN
            case FieldKind.DAYS:
                return SINCE_PLAYED if self.is_date else DAYS


_K = FieldKind
_ALL = (
    RuleField("title", "Title", _K.TEXT, (*_CONTAIN, *_EQUAL, Operator.REGEX)),
    RuleField("quality", "Quality Profile", _K.TEXT, _EQUAL),
    RuleField("tag", "Tag", _K.LIST, _CONTAIN),
    RuleField("genre", "Genre", _K.TEXT, (*_EQUAL, *_CONTAIN)),
    RuleField("rating", "Rating", _K.NUMBER, _COMPARE),
    RuleField("sizeBytes", "Size (bytes)", _K.NUMBER, _SIZE),
    RuleField("timeinlibrary", "Time in Library (days)", _K.DAYS, DAYS),
    RuleField("monitored", "Monitored", _K.BOOLEAN, (Operator.EQUALS,)),
    RuleField("year", "Year", _K.NUMBER, _COMPARE),
    RuleField("language", "Language", _K.TEXT, _EQUAL),
    RuleField("seriesstatus", "Show Status", _K.TEXT, _EQUAL, Needs.SHOWS),
    # named by the reference, which compares the number of the season all the same
    RuleField("seasoncount", "Season Number", _K.NUMBER, _COMPARE, Needs.SHOWS),
    RuleField("episodecount", "Episode Count", _K.NUMBER, _COMPARE, Needs.SHOWS),
    RuleField("playcount", "Play Count", _K.NUMBER, _COMPARE, Needs.PLAYS),
    RuleField("lastplayed", "Last Played (days ago)", _K.DAYS, (*_SINCE, Operator.NEVER), Needs.PLAYS),
    RuleField("requested", "Requested", _K.BOOLEAN, (Operator.EQUALS,), Needs.REQUESTS),
    RuleField("requestcount", "Request Count", _K.NUMBER, _COMPARE, Needs.REQUESTS),
    RuleField("requestedby", "Requested By", _K.TEXT, (*_EQUAL, *_CONTAIN), Needs.REQUESTS),
    RuleField("incollection", "In a Collection", _K.BOOLEAN, (Operator.EQUALS,), Needs.COLLECTIONS),
    RuleField("watchlist", "On a Watchlist", _K.BOOLEAN, (Operator.EQUALS,), Needs.MEDIA_SERVER),
    RuleField("collection", "Collection", _K.LIST, (*_EQUAL, *_CONTAIN), Needs.COLLECTIONS),
    RuleField("haslabel", "Has a Label", _K.BOOLEAN, (Operator.EQUALS,), Needs.MEDIA_SERVER),
    RuleField("label", "Label", _K.LIST, (*_EQUAL, *_CONTAIN), Needs.MEDIA_SERVER),
    RuleField("watchedbyreq", "Watched by its Requester", _K.BOOLEAN, (Operator.EQUALS,), Needs.PLAYS_AND_REQUESTS),
    RuleField("type", "Media Type", _K.TEXT, _EQUAL),
)

FIELDS: dict[str, RuleField] = {field.key: field for field in _ALL}
"""By key, in the order in which they are listed."""
