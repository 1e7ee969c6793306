"""The small answers: about itself, its Plex server, its users, and who is watching now."""

from typing import Any

from libs.simulator.audience import Person
from libs.simulator.calls import Answer, Call
from libs.simulator.tautulli.rows import session_row
from libs.simulator.tautulli.server import TautulliServer, success

_VERSION = "v2.15.2"
_PLEX_VERSION = "1.41.3.9314-a0bfb8370"


def about(here: TautulliServer, _: Call) -> Answer:
    """`get_tautulli_info`."""
    return success(
        {
            "tautulli_install_type": "docker",
            "tautulli_version": here.history.settings.version or _VERSION,
            "tautulli_branch": "master",
            "tautulli_commit": "abcdef0",
            "tautulli_platform": "Linux",
            "tautulli_platform_release": "6.1",
            "tautulli_platform_version": "#1 SMP",
            "tautulli_platform_linux_distro": "Debian",
            "tautulli_platform_device_name": "box",
            "tautulli_python_version": "3.11.2",
        }
    )


def plex_server(here: TautulliServer, _: Call) -> Answer:
    """`get_server_info`: which Plex it watches."""
    return success(
        {
            "pms_identifier": here.plex.machine_id,
            "pms_ip": "10.0.0.4",
            "pms_is_remote": 0,
            "pms_name": here.plex.name,
            "pms_platform": "Linux",
            "pms_plexpass": 1,
            "pms_port": 32400,
            "pms_ssl": 0,
            "pms_url": "http://10.0.0.4:32400",
            "pms_url_manual": 0,
            "pms_version": here.plex.settings.version or _PLEX_VERSION,
        }
    )


def users(here: TautulliServer, _: Call) -> Answer:
    """`get_users`. A database that cannot be read looks like one without users."""
    if here.history.settings.database_fails:
        return success([])
    people = [here.world.people[number] for number in here.plex.users]
    return success([_LOCAL, *(_user_row(here, person) for person in people)])


def user_names(here: TautulliServer, _: Call) -> Answer:
    """`get_user_names`."""
    if here.history.settings.database_fails:
        return success([])
    people = [here.world.people[number] for number in here.plex.users]
    return success([{"friendly_name": person.display_name, "user_id": person.plex_id} for person in people])


def activity(here: TautulliServer, _: Call) -> Answer:
    """`get_activity`: the sessions under way; counts are texts."""
    found = []
    for view in here.plex.playing:
        title = here.recording.title(view.title)
        if title is not None:
            found.append(session_row(here.plex, view, title, here.world.people[view.person]))
    count = len(found)
    return success(
        {
            "stream_count": str(count),
            "stream_count_direct_play": count,
            "stream_count_direct_stream": 0,
            "stream_count_transcode": 0,
            "total_bandwidth": 2000 * count,
            "lan_bandwidth": 2000 * count,
            "wan_bandwidth": 0,
            "sessions": found,
        }
    )


def _user_row(here: TautulliServer, person: Person) -> dict[str, Any]:
    """One user. The owner goes by the number at plex.tv too, not by Plex's own 1."""
    keeps = person.number not in here.history.users_without_history
    return _LOCAL | {
        "row_id": person.number + 2,
        "user_id": person.plex_id,
        "username": person.name,
        "friendly_name": person.display_name,
        "email": person.email,
        "is_admin": int(person.number == 0),
        "keep_history": int(keeps),
        "shared_libraries": [str(number) for number in here.plex.sections],
    }


_LOCAL: dict[str, Any] = {
    "row_id": 1,
    "user_id": 0,
    "username": "Local",
    "friendly_name": "Local",
    "email": "",
    "thumb": "",
    "is_active": 1,
    "is_admin": 0,
    "is_home_user": 0,
    "is_allow_sync": 0,
    "is_restricted": 0,
    "do_notify": 1,
    "keep_history": 1,
    "allow_guest": 0,
    "shared_libraries": [],
    "filter_all": "",
    "filter_movies": "",
    "filter_tv": "",
    "filter_music": "",
    "filter_photos": "",
}
"""Who plays on the server itself without signing in; every installation has this user."""
