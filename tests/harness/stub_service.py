"""Stands in for a service where the runtime itself is under test: says ready, and misbehaves as its environment says.

`STUB_CRASHES` names the service that ends while starting, `STUB_REFUSES` the one that refuses its settings.
"""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Probes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the library's
        """Nothing to log."""


def main(name: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if os.environ.get("STUB_CRASHES") == name:
        sys.exit(f"{name} met something it could not handle")
    if os.environ.get("STUB_REFUSES") == name:
        sys.stderr.write("SOMETHING is wrong: it should be otherwise\n")
        sys.exit(2)
    HTTPServer(("127.0.0.1", int(os.environ["ADMIN_PORT"])), Probes).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
