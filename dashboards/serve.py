"""How the two servers are started: a port arrives, a command line and its environment leave.

Starting and stopping processes does not belong here.
"""

import sys
from pathlib import Path

_SCRIPT = Path(__file__).with_name("staff.py")


def staff_command(port: int, *, address: str = "127.0.0.1") -> list[str]:
    """Return the command that serves the pages for signed-in readers at a port. Run it with
    `staff_environment(...)`.

    Theme and server settings come from `dashboards/.streamlit/config.toml`, which Streamlit finds beside the
    script whatever the working directory.
    """
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(_SCRIPT),
        "--server.port",
        str(port),
        "--server.address",
        address,
        "--browser.serverAddress",
        address,
    ]


def site_command(public: Path, port: int) -> list[str]:
    """Return the command that serves the public site, which is told the path of the public side alone."""
    return [sys.executable, "-m", "dashboards.site.server", str(public), "--port", str(port)]


def environment(base: dict[str, str], scratch: Path) -> dict[str, str]:
    """Return the environment of a server, made from `base` without any setting of the product.

    scratch -- an existing folder that stands in for HOME, so that nothing is written or read in the user's
    own.
    """
    clean = {name: value for name, value in base.items() if not name.startswith(("VETRO_", "STREAMLIT_"))}
    return clean | {"HOME": str(scratch)}


def staff_environment(base: dict[str, str], *, releases: Path, status: Path, scratch: Path) -> dict[str, str]:
    """Return the environment of the pages for signed-in readers.

    releases -- the folder with the link `current`; status -- operations/status.duckdb (may not exist).
    """
    return environment(base, scratch) | {"VETRO_RELEASES": str(releases), "VETRO_STATUS": str(status)}
