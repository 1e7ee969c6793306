"""The values that no source has to be asked for, by the lower-cased name of their field."""

from libs.common.domain.enums import MediaType
from services.api.rule_values.wire import Choice, Closed, Combobox, Free, RuleValues


def choices(*values: str) -> list[Choice]:
    """Values that are shown as they are."""
    return [Choice(value=value, label=value) for value in values]


def _capitalised(*values: str) -> list[Choice]:
    return [Choice(value=value, label=value.capitalize()) for value in values]


_YES_OR_NO = Closed(options=[Choice(value="true", label="Yes"), Choice(value="false", label="No")])
_NAME = Free(input_type="text", placeholder="A name, or a part of it")
LANGUAGE_IN_WORDS = Free(input_type="text", placeholder="A language, for example English")
"""For a service that keeps no list of languages."""


def _number(placeholder: str, suffix: str = "") -> Free:
    return Free(input_type="number", placeholder=placeholder, suffix=suffix)


GENRES = Combobox(
    suggestions=choices(
        "Action",
        "Adventure",
        "Animation",
        "Comedy",
        "Crime",
        "Documentary",
        "Drama",
        "Fantasy",
        "Horror",
        "Mystery",
        "Romance",
        "Sci-Fi",
        "Thriller",
    )
)

FIXED: dict[str, RuleValues] = {
    "title": Free(input_type="text", placeholder="A title, or a part of it"),
    "requestedby": _NAME,
    "seriesstatus": Closed(options=_capitalised("continuing", "ended", "upcoming", "deleted")),
    "type": Closed(options=_capitalised(*(kind.value for kind in MediaType))),
    **dict.fromkeys(
        ("monitored", "requested", "incollection", "watchlist", "watchedbyreq", "haslabel"),
        _YES_OR_NO,
    ),
    "rating": _number("0 to 10"),
    "year": _number("A year"),
    "sizebytes": _number("A size", "bytes"),
    "timeinlibrary": _number("How long ago", "days"),
    "lastplayed": _number("How long ago", "days"),
    "seasoncount": _number("A number of a season"),
    "episodecount": _number("How many"),
    "playcount": _number("How many"),
    "requestcount": _number("How many"),
}
