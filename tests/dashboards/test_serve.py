"""How the two servers are started: that of the site learns of nothing but the public side, and nobody's HOME
is used.
"""

from pathlib import Path

from streamlit import file_util

from dashboards import tokens
from dashboards.serve import environment, site_command, staff_command, staff_environment

BASE = {
    "PATH": "/usr/bin",
    "HOME": "/root",
    "VETRO_HOME": "/data",
    "VETRO_RELEASES": "/data/releases",
    "STREAMLIT_THEME_BASE": "dark",
}
SCRATCH = Path("/scratch")
PLACES = {"releases": Path("/data/releases"), "status": Path("/data/operations/status.duckdb")}


def test_the_site_is_told_of_the_public_side_and_nothing_else() -> None:
    assert environment(BASE, SCRATCH) == {
        "PATH": "/usr/bin",
        "HOME": "/scratch",
        "TMPDIR": "/scratch",
    }
    messages = site_command(Path("/data/releases/current/public"), 8502)
    assert messages[1:] == ["-m", "dashboards.site.server", "/data/releases/current/public", "--port", "8502"]


def test_the_staff_app_is_told_of_the_releases_and_the_status() -> None:
    given = staff_environment(BASE, **PLACES, scratch=SCRATCH, told={"auth": "off"})
    assert {name for name in given if name.startswith("VETRO_")} == {
        "VETRO_RELEASES",
        "VETRO_STATUS",
        "VETRO_AUTH",
    }
    assert given["HOME"] == "/scratch" and given["PATH"] == "/usr/bin"
    assert not any(name.startswith("STREAMLIT_") for name in given)


def test_the_staff_app_runs_on_one_address() -> None:
    messages = staff_command(8501)
    assert Path(messages[4]).is_file()
    assert messages[messages.index("--server.port") + 1] == "8501"
    assert messages[messages.index("--server.address") + 1] == "127.0.0.1"


def test_streamlit_finds_the_theme_beside_the_script() -> None:
    found = file_util.get_main_script_streamlit_file_path(staff_command(8501)[4], "config.toml")
    assert Path(found).resolve() == tokens.THEME_FILE.resolve()


def test_nothing_is_reported_home_and_no_trace_is_shown_to_readers() -> None:
    text = tokens.THEME_FILE.read_text(encoding="utf-8")
    for line in ("gatherUsageStats = false", 'showErrorDetails = "none"', "enableStaticServing = true"):
        assert line in text
