"""Which server class and which calls make up each simulated system."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from libs.common.domain.enums import IntegrationType
from libs.simulator.calls import Answer, Call, RouteTable
from libs.simulator.emby.routes import ROUTES as EMBY
from libs.simulator.emby.server import EmbyServer
from libs.simulator.installed import Installed
from libs.simulator.jellyfin.routes import ROUTES as JELLYFIN
from libs.simulator.jellyfin.server import JellyfinServer
from libs.simulator.jellystat.routes import ROUTES as JELLYSTAT
from libs.simulator.jellystat.server import JellystatServer
from libs.simulator.lidarr.routes import ROUTES as LIDARR
from libs.simulator.lidarr.server import LidarrServer
from libs.simulator.plex.routes import ROUTES as PLEX
from libs.simulator.plex.server import PlexServer
from libs.simulator.radarr.routes import ROUTES as RADARR
from libs.simulator.radarr.server import RadarrServer
from libs.simulator.readarr.routes import ROUTES as READARR
from libs.simulator.readarr.server import ReadarrServer
from libs.simulator.seerr.routes import ROUTES as SEERR
from libs.simulator.seerr.server import SeerrServer
from libs.simulator.server import SimulatedServer
from libs.simulator.sonarr.routes import ROUTES as SONARR
from libs.simulator.sonarr.server import SonarrServer
from libs.simulator.tautulli.routes import ROUTES as TAUTULLI
from libs.simulator.tautulli.server import TautulliServer
from libs.simulator.tracearr.routes import ROUTES as TRACEARR
from libs.simulator.tracearr.server import TracearrServer
from libs.simulator.world import World

SYSTEMS: Mapping[IntegrationType, tuple[Callable[[World, Any], SimulatedServer], RouteTable[Any]]] = {
    IntegrationType.SONARR: (SonarrServer, SONARR),
    IntegrationType.RADARR: (RadarrServer, RADARR),
    IntegrationType.LIDARR: (LidarrServer, LIDARR),
    IntegrationType.READARR: (ReadarrServer, READARR),
    IntegrationType.PLEX: (PlexServer, PLEX),
    IntegrationType.JELLYFIN: (JellyfinServer, JELLYFIN),
    IntegrationType.EMBY: (EmbyServer, EMBY),
    IntegrationType.TAUTULLI: (TautulliServer, TAUTULLI),
    IntegrationType.JELLYSTAT: (JellystatServer, JELLYSTAT),
    IntegrationType.TRACEARR: (TracearrServer, TRACEARR),
    IntegrationType.SEERR: (SeerrServer, SEERR),
}


@dataclass(frozen=True)
class System:
    """A server with the calls it answers."""

    server: SimulatedServer
    routes: RouteTable[Any]

    def find(self, call: Call) -> tuple[str, Callable[[], Answer]]:
        """The template of the route, and its handler ready to be called. Both raise `Refusal`."""
        template, handler = self.routes.find(call)
        return template, partial(handler, self.server, call)


def system_for(world: World, installed: Installed) -> System:
    """The system of something installed."""
    server, routes = SYSTEMS[installed.kind]
    return System(server(world, installed), routes)
