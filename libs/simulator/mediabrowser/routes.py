"""The part of the route table that both servers share."""

from libs.simulator.calls import Handler
from libs.simulator.mediabrowser import boxsets, pictures, reads
from libs.simulator.mediabrowser.server import MediaBrowserServer

SHARED: list[tuple[str, str, Handler[MediaBrowserServer]]] = [
    ("GET", "/System/Info", reads.full_info),
    ("GET", "/Sessions", reads.sessions),
    ("GET", "/Items/{id}/Images", pictures.list_images),
    ("GET", "/Items/{id}/Images/{kind}", pictures.show),
    ("POST", "/Items/{id}/Images/{kind}", pictures.upload),
    ("DELETE", "/Items/{id}/Images/{kind}", pictures.remove),
    ("GET", "/Items/{id}/RemoteImages", pictures.remote_images),
    ("POST", "/Items/{id}/RemoteImages/Download", pictures.download),
    ("POST", "/Items/{id}/Refresh", pictures.refresh),
    ("POST", "/Collections", boxsets.create),
    ("POST", "/Collections/{id}/Items", boxsets.add),
    ("DELETE", "/Collections/{id}/Items", boxsets.remove),
    ("POST", "/Library/Media/Updated", boxsets.media_updated),
]
