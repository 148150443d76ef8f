"""The connection of a viewer to a release: it holds that viewer's rows alone, and can reach nothing else.

A `ViewerDatabase` arrives, a DuckDB connection leaves. Which rows are whose does not belong here.
"""

import tempfile
from pathlib import Path

import duckdb
import streamlit as st

from dashboards.access.scoped_copy import SEE_ALL, fill, laid_down
from dashboards.access.viewer import ViewerDatabase

# Every viewer of a release has a database of its own.
MOST_VIEWERS = 48
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # Each answer is a small one: to share it out among threads takes longer, and others ask meanwhile.
    "threads": 1,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}
# Set when all is there, and never to be unset: no file, no other database, no extension, no setting.
_LOCKS = ("set enable_external_access = false", "set lock_configuration = true")


@st.cache_resource(max_entries=MOST_VIEWERS, show_spinner=False)
def connection(database: ViewerDatabase) -> duckdb.DuckDBPyConnection:
    """Return the connection of a viewer to a release, made once, read only; use a cursor of it per query.

    It is a database into which the viewer's rows were copied: a file that has no name any more when the
    connection is handed out, so that it lasts as long as the connection and nobody else can open it. For
    whoever sees all rows, it is one of the release's own files. Raises duckdb.Error where the release
    cannot be read.
    """
    viewer, private = database.viewer, Path(database.path)
    if viewer.owns_all and viewer.sees_persons:
        return _shut(duckdb.connect(database.path, read_only=True, config=_CONFIG))
    if viewer in SEE_ALL and (ready := laid_down(private, viewer)).is_file():
        return _shut(duckdb.connect(str(ready), read_only=True, config=_CONFIG))
    # A folder of its own: its mode is 0700, and what DuckDB lays beside the file goes with it.
    with tempfile.TemporaryDirectory(prefix="viewer-") as folder:
        file = Path(folder) / "rows.duckdb"
        fill(file, private, viewer)
        return _shut(duckdb.connect(str(file), read_only=True, config=_CONFIG))


def _shut(opened: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    for lock in _LOCKS:
        opened.execute(lock)
    return opened
