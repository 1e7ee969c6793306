"""What a Plex says about people: accounts, what they watched, what they are watching, and what is on their deck."""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import Favourite, ServerTitle, ViewEvent
from libs.simulator.calls import Answer, Call
from libs.simulator.plex.containers import PageRefusal, container, listing
from libs.simulator.plex.rows import Row, Rows
from libs.simulator.plex.server import PlexServer
from libs.simulator.plex.shelf import Leaf

_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "viewedAt>": ge,
    "viewedAt>>": gt,
    "viewedAt<": le,
    "viewedAt<<": lt,
}
"""The operator is the end of the name, so that `viewedAt>=5` is the name `viewedAt>` with the value 5."""


def accounts(here: PlexServer, call: Call) -> Answer:
    """`GET /accounts`: everybody who ever had access, behind a nameless account 0. The owner's own id is just 1."""
    here.require_owner(call)
    rows = [_account(0, "")]
    rows += [_account(here.account_of(person), here.world.people[person].name) for person in here.media.users]
    return container(call.headers, {"size": len(rows), "identifier": "com.plexapp.system.accounts", "Account": rows})


def _account(number: int, name: str) -> Row:
    return {
        "id": number,
        "key": f"/accounts/{number}",
        "name": name,
        "defaultAudioLanguage": "en",
        "autoSelectAudio": True,
        "subtitleMode": 0,
        "thumb": f"https://plex.tv/users/{name}/avatar" if name else "",
    }


def history(here: PlexServer, call: Call) -> Answer:
    """`GET /status/sessions/history/all`: everybody's for the owner. Guests see their own, or nothing at all."""
    viewer = here.viewer(call)
    if viewer != here.owner and not here.media.settings.guest_history:
        raise PageRefusal(403)
    rows = here.history if viewer == here.owner else [view for view in here.history if view.person == viewer]
    rows = _narrowed(here, call, rows)
    if call.text("sort") != "viewedAt:desc":
        rows = rows[::-1]
    return listing(call, rows, lambda view: _view_row(here, view), cap=here.media.settings.page_cap)


def _narrowed(here: PlexServer, call: Call, rows: list[ViewEvent]) -> list[ViewEvent]:
    titles = here.media.titles
    for name, compare in _COMPARISONS.items():
        if name in call.query:
            bound = _number(call, name)
            rows = [view for view in rows if compare(view.at, bound)]
    if "accountID" in call.query:
        account = _number(call, "accountID")
        rows = [view for view in rows if here.account_of(view.person) == account]
    if "librarySectionID" in call.query:
        section = _number(call, "librarySectionID")
        rows = [view for view in rows if view.title in titles and titles[view.title].section == section]
    if "metadataItemID" in call.query:
        native = _number(call, "metadataItemID")
        rows = [view for view in rows if native in _natives(here, view)]
    return rows


def _number(call: Call, name: str) -> int:
    text = call.text(name) or ""
    if not text.isdecimal():
        raise PageRefusal(400)
    return int(text)


def _natives(here: PlexServer, view: ViewEvent) -> set[int]:
    """The rating keys of a play: of the movie, or of episode, season and show."""
    leaf = _leaf(here.media.titles.get(view.title), view.season, view.episode)
    return {view.title} | ({leaf.native, leaf.season.native} if leaf else set())


def _leaf(title: ServerTitle | None, season: int, episode: int) -> Leaf | None:
    if title is None:
        return None
    found = next((each for each in title.seasons if each.number == season and 1 <= episode <= each.episodes), None)
    return None if found is None else Leaf(title, found, episode)


def _view_row(here: PlexServer, view: ViewEvent) -> Row:
    """A play. No row carries `grandparentRatingKey`; the path of the show only in some versions."""
    title = here.media.titles.get(view.title)
    row: Row = {"historyKey": f"/status/sessions/history/{view.number}"}
    if view.episode:
        row |= _episode_fields(here, view, title)
    else:
        row |= _movie_fields(here, view, title)
    return row | {"viewedAt": view.at, "accountID": here.account_of(view.person), "deviceID": 11}


def _movie_fields(here: PlexServer, view: ViewEvent, title: ServerTitle | None) -> Row:
    name = {"title": here.names.get(view.title, "Unknown"), "type": "movie"}
    if title is None:
        return name | {"originallyAvailableAt": "1999-01-01"}
    return _located(title, title.native) | name | {"originallyAvailableAt": f"{title.year}-09-20"}


def _episode_fields(here: PlexServer, view: ViewEvent, title: ServerTitle | None) -> Row:
    name: Row = {
        "title": f"Episode {view.episode}",
        "grandparentTitle": here.names.get(view.title, "Unknown"),
        "type": "episode",
    }
    leaf = _leaf(title, view.season, view.episode)
    if title is None or leaf is None:
        return name | {"index": view.episode, "parentIndex": view.season}
    row = _located(title, leaf.native) | name | {"originallyAvailableAt": f"{title.year}-12-20"}
    if here.media.settings.grandparent_keys:
        row |= {
            "parentKey": f"/library/metadata/{leaf.season.native}",
            "grandparentKey": f"/library/metadata/{title.native}",
            "parentThumb": f"/library/metadata/{leaf.season.native}/thumb/1766000000",
            "grandparentThumb": f"/library/metadata/{title.native}/thumb/1766000000",
            "index": view.episode,
            "parentIndex": view.season,
        }
    return row


def _located(title: ServerTitle, native: int) -> Row:
    return {
        "key": f"/library/metadata/{native}",
        "ratingKey": str(native),
        "librarySectionID": str(title.section),
        "thumb": f"/library/metadata/{native}/thumb/1766000000",
    }


def sessions(here: PlexServer, call: Call) -> Answer:
    """`GET /status/sessions`: what is being played now, by everybody."""
    here.require_owner(call)
    rows = [row for number, view in enumerate(here.media.playing) if (row := _session(here, view, number))]
    return container(call.headers, {"size": len(rows), "Metadata": rows})


def _session(here: PlexServer, view: ViewEvent, number: int) -> Row | None:
    row = _placed(here, Favourite(view.person, view.title, view.season, view.episode), here.owner)
    if row is None:
        return None
    account = str(here.account_of(view.person))
    return row | {
        "sessionKey": str(number + 1),
        "viewOffset": view.seconds * 1000,
        "User": {"id": account, "title": here.world.people[view.person].name},
        "Player": {"state": "playing", "machineIdentifier": f"x{number + 1}"},
        "Session": {"id": f"s{number + 1}", "bandwidth": 2000, "location": "lan"},
    }


def on_deck(here: PlexServer, call: Call) -> Answer:
    """`GET /library/onDeck`: what the viewer left half seen or would see next. Rows are movies and episodes."""
    viewer = here.viewer(call)
    wanted = [each for each in here.media.on_deck if each.person == viewer]
    rows = [row for each in wanted if (row := _placed(here, each, viewer)) is not None]
    return listing(call, rows, lambda row: row, cap=here.media.settings.page_cap)


def _placed(here: PlexServer, mark: Favourite, viewer: int) -> dict[str, Any] | None:
    """The row of the movie or episode that is marked; None when it is not there or not for the viewer."""
    title = here.media.titles.get(mark.title)
    if title is None or not here.shelf.is_open(title.section, viewer):
        return None
    rows = Rows(here, viewer)
    if title.kind is TitleKind.MOVIE:
        return rows.title(title) | {"librarySectionID": title.section}
    leaf = _leaf(title, mark.season, mark.episode)
    return None if leaf is None else rows.leaf(leaf) | {"librarySectionID": title.section}
