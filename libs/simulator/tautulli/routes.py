"""Which commands a Tautulli knows. All of them live at one path."""

from collections.abc import Callable, Mapping

from libs.simulator.calls import Answer, Call, RouteTable
from libs.simulator.tautulli import history, libraries, reads, statistics
from libs.simulator.tautulli.server import PATH, TautulliServer, failure

COMMANDS: Mapping[str, Callable[[TautulliServer, Call], Answer]] = {
    "get_tautulli_info": reads.about,
    "get_server_info": reads.plex_server,
    "get_users": reads.users,
    "get_user_names": reads.user_names,
    "get_activity": reads.activity,
    "get_history": history.rows,
    "get_libraries": libraries.sections,
    "get_library_media_info": libraries.media_info,
    "get_item_watch_time_stats": statistics.watch_time,
    "get_item_user_stats": statistics.by_user,
}


def obey(here: TautulliServer, call: Call) -> Answer:
    """Carry out the command that the query names."""
    name = call.text("cmd")
    if not name:
        return failure("Parameter cmd is required. Possible commands are: " + ", ".join(COMMANDS))
    command = COMMANDS.get(name)
    return failure(f"Unknown command: {name}") if command is None else command(here, call)


ROUTES: RouteTable[TautulliServer] = RouteTable([("GET", PATH, obey)])
