"""How the two servers are started: a port arrives, a command line and its environment leave.

Starting and stopping processes does not belong here.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dashboards.access.sign_in import SignIn

_SCRIPT = Path(__file__).with_name("application.py")


def staff_command(port: int, *, address: str = "127.0.0.1") -> list[str]:
    """Return the command that serves the pages for signed-in readers at a port, in the
    environment that `staff_environment` returns.

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

    scratch -- an existing folder that stands in for HOME and for the folder of temporary files, so that
    nothing is written or read in those of the user.
    """
    clean = {name: value for name, value in base.items() if not name.startswith(("VETRO_", "STREAMLIT_"))}
    return clean | {"HOME": str(scratch), "TMPDIR": str(scratch)}


def staff_environment(
    base: dict[str, str], *, releases: Path, status: Path, scratch: Path, told: Mapping[str, object]
) -> dict[str, str]:
    """Return the environment of the pages for signed-in readers.

    releases -- the folder with the link `current`; status -- operations/status.duckdb (may not exist); told
    -- further fields of `StaffSettings`, such as auth and access.
    """
    given = {"releases": releases, "status": status, **told}
    return environment(base, scratch) | {f"VETRO_{name.upper()}": str(value) for name, value in given.items()}


@contextmanager
def sign_in_secrets(scratch: Path, sign_in: SignIn | None) -> Iterator[None]:
    """Lay down, for as long as the pages are served, what Streamlit reads about signing in: in the folder
    that stands in for HOME, readable by its owner only. Nothing where nobody signs in."""
    file = scratch / ".streamlit" / "secrets.toml"
    file.unlink(missing_ok=True)
    if sign_in is None:
        yield
        return
    file.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(sign_in.as_secrets())
        yield
    finally:
        file.unlink(missing_ok=True)
