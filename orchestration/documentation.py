"""dbt's documentation of the tables, as one page served to this machine.

A built warehouse arrives, one HTML file leaves, which asks no other host for anything. What the page says is
written beside the models.
"""

import functools
import http.server
import shutil
from pathlib import Path

from core.errors import VetroError
from core.settings import Settings
from orchestration import stopping, turns
from orchestration.warehouse import Warehouse

ADDRESS = "127.0.0.1"


def write(settings: Settings) -> Path:
    """Write the page into a folder of its own and return its path. The warehouse must have been built."""
    home = settings.vetro_home
    if not home.warehouse.is_file():
        raise VetroError(f"no warehouse in {home.root}. Run 'vetro build' first.")
    folder = home.dbt / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    with turns.turn(home, "writing the documentation"):
        # Alone in its folder: what else dbt keeps beside it is nobody's to read.
        return Path(shutil.copyfile(Warehouse(settings).document(), folder / "index.html"))


def server(page: Path, port: int) -> http.server.ThreadingHTTPServer:
    """Return a server of the page's folder for this machine only; the caller runs and closes it."""
    handler = functools.partial(_Quiet, directory=str(page.parent))
    try:
        return http.server.ThreadingHTTPServer((ADDRESS, port), handler)
    except OSError as error:
        raise VetroError(f"port {port} is in use. Choose another one with --port.") from error


def serve(page: Path, port: int) -> None:
    """Serve the page until Ctrl-C."""
    with server(page, port) as running:
        stopping.unwatch()
        print(f"Documentation: http://{ADDRESS}:{port}\nPress Ctrl-C to stop.", flush=True)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            print("The server is stopped.", flush=True)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Keeps no log of who asked for what."""

    def log_message(self, format: str, *args: object) -> None:
        pass
