"""How the two apps are started: an app's name and a port arrive, a command line and its environment leave.

Starting and stopping processes does not belong here.
"""

import sys
from pathlib import Path

APPS = {"staff": "staff.py", "public": "public.py"}
_HERE = Path(__file__).parent


def command(app: str, port: int, *, address: str = "127.0.0.1") -> list[str]:
    """Return the command that serves an app (`staff` or `public`) at a port. Run it with `environment(...)`.

    Theme and server settings come from `dashboards/.streamlit/config.toml`, which Streamlit finds beside the
    script whatever the working directory.
    """
    script = _HERE / APPS[app]
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        "--server.port",
        str(port),
        "--server.address",
        address,
        "--browser.serverAddress",
        address,
    ]


def environment(
    app: str, base: dict[str, str], *, releases: Path, status: Path, scratch: Path
) -> dict[str, str]:
    """Return the environment of an app, made from `base` without any other setting of the product.

    releases -- the folder with the link `current`; status -- operations/status.duckdb (may not exist);
    scratch -- an existing folder that stands in for HOME, so that nothing is written or read in the user's
    own. The public app learns only the path of the public side.
    """
    clean = {name: value for name, value in base.items() if not name.startswith(("VETRO_", "STREAMLIT_"))}
    clean["HOME"] = str(scratch)
    if app == "public":
        return clean | {"VETRO_PUBLIC": str(releases / "current" / "public")}
    return clean | {"VETRO_RELEASES": str(releases), "VETRO_STATUS": str(status)}
