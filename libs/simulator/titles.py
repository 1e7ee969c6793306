"""Invented titles and the words they are made of; a number gives a title, and no two numbers the same."""


def _words(text: str) -> list[str]:
    return text.split()


_ADJECTIVES = _words("""
    amber ancient bitter borrowed brittle broken burning copper crimson crooked distant drowned electric empty
    fallen final frozen gentle gilded hidden hollow iron last lonely lost midnight narrow patient quiet restless
    rusted salt scarlet second silent silver sleeping stolen sudden tender velvet violet wandering wicked winter
""")
_NOUNS = _words("""
    anchor archive arrow beacon bridge canyon carnival cartographer circus compass crown current daughter detective
    echo ember engine envoy ferryman frontier garden gambler harbor harvest hunter island journey kingdom lantern
    letter lighthouse machine meridian mirror mountain navigator oath orchard parade pilgrim prophet railway river
    satellite season shepherd signal smuggler station storm stranger summer tide tower voyage watchmaker witness
""")
_PLACES = _words("""
    Avalon Brighton Calcutta Dakar Edinburgh Fremantle Galway Havana Istanbul Jakarta Kyoto Lisbon Marrakesh Naples
    Odessa Porto Quito Riga Salzburg Tangier Utrecht Valencia Warsaw Yokohama Zagreb Aleppo Bergen Cordoba Dresden
    Esperance
""")
_SERIES = ("Files", "Division", "Nights", "Dynasty", "Chronicles", "Protocol", "Diaries", "Academy", "County")

MOVIE_TITLES = len(_ADJECTIVES) * len(_NOUNS) * (len(_PLACES) + 1)
SHOW_TITLES = len(_PLACES) * len(_NOUNS) * len(_SERIES)
GENRES = (
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "Horror",
    "Mystery", "Romance", "Science Fiction", "Thriller", "War",
)  # fmt: skip
NETWORKS = ("Channel Seven", "Northlight", "Harbor TV", "Meridian+", "Public One")
MUSIC_GENRES = ("Ambient", "Blues", "Classical", "Electronic", "Folk", "Jazz", "Pop", "Rock")
STUDIOS = ("Lantern Pictures", "Copper Mountain", "Saltwater Films", "Meridian Studios")
# Neighbouring numbers should not give neighbouring titles; a stride without a common divisor visits each title once.
_STRIDE = 7919


def movie_title(number: int) -> str:
    """The title of movie `number`, below `MOVIE_TITLES`."""
    rest, adjective = divmod(number * _STRIDE % MOVIE_TITLES, len(_ADJECTIVES))
    place, noun = divmod(rest, len(_NOUNS))
    title = f"The {_ADJECTIVES[adjective].title()} {_NOUNS[noun].title()}"
    return title if place == 0 else f"{title} of {_PLACES[place - 1]}"


def show_title(number: int) -> str:
    """The title of show `number`, below `SHOW_TITLES`."""
    rest, place = divmod(number * _STRIDE % SHOW_TITLES, len(_PLACES))
    series, noun = divmod(rest, len(_NOUNS))
    return f"{_PLACES[place]} {_NOUNS[noun].title()} {_SERIES[series]}"


def artist_name(number: int) -> str:
    """The name of artist `number`, below as many as there are adjectives and nouns."""
    adjective, noun = divmod(number, len(_NOUNS))
    return f"{_ADJECTIVES[adjective].title()} {_NOUNS[noun].title()}s"


def author_name(number: int) -> str:
    """The name of author `number`, below as many as there are places and nouns."""
    place, noun = divmod(number, len(_NOUNS))
    return f"{_PLACES[place]} {_NOUNS[noun].title()}"


def book_title(number: int) -> str:
    """The title of book `number`; no movie is called like that."""
    return f"{movie_title(number).removeprefix('The ')}, a Novel"
