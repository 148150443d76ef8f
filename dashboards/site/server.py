"""The server of the public site, for one machine: the public side of a release arrives, its files are served.

Any web server can do the same (docs/how-to/host-the-public-site.md); this one serves a demonstration, and
shows which headers the others should send. It keeps no log of who asked for what.

    python -m dashboards.site.server PUBLIC --port 8502
"""

import argparse
import mimetypes
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ADDRESS = "127.0.0.1"
# Only what is on the same host is loaded; the search box compiles its index, pages run no other script.
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    # Data may be read from pages of others: they are open.
    "access-control-allow-origin": "*",
}
_DAY = "public, max-age=86400"
_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ttl": "text/turtle",
    ".rdf": "application/rdf+xml",
    ".jsonld": "application/ld+json",
    ".parquet": "application/vnd.apache.parquet",
    ".duckdb": "application/octet-stream",
    ".xml": "application/xml",
    ".csv": "text/csv",
    ".woff2": "font/woff2",
}


class _WithHeaders:
    """Adds the headers of every answer. What pages share may be kept for a day."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                shared = scope["path"].startswith(("/assets/", "/pagefind/"))
                headers["cache-control"] = _DAY if shared and message["status"] == 200 else "no-cache"
            await send(message)

        await self.app(scope, receive, with_headers)


def application(public: Path) -> Starlette:
    """Return the application that serves a folder. `public` may be a path over the link to the current
    release: a request is answered from the release that is current then."""
    for suffix, kind in _TYPES.items():
        mimetypes.add_type(kind, suffix)
    files = StaticFiles(directory=public, html=True)
    return Starlette(
        routes=[Mount("/", files)],
        middleware=[Middleware(_WithHeaders), Middleware(GZipMiddleware, minimum_size=1000)],
    )


def main() -> None:
    """Serve a folder until the process is told to stop."""
    parser = argparse.ArgumentParser(description="Serve the public site of a release to this machine.")
    parser.add_argument("public", type=Path)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    uvicorn.run(
        application(asked.public), host=ADDRESS, port=asked.port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()
