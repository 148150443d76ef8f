"""The server of the signed-in pages: the app of `staff.py` arrives, what Streamlit serves leaves.

What pages are made of is loaded before the server says that it is there, so that its first reader does not
wait for it.
"""

from importlib import import_module
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from streamlit.starlette import App

from dashboards.i18n import catalogue

for module in ("comparison", "layout", "pack_panel", "start", "territory_pages"):
    import_module(f"dashboards.{module}")
catalogue()

# Streamlit leaves it to a server in front to pack its scripts, which are most of a first page. Where there is
# none it is done here: once for each browser, which keeps them.
app = App(
    Path(__file__).with_name("staff.py"),
    middleware=[Middleware(GZipMiddleware, minimum_size=1024, compresslevel=6)],
)
