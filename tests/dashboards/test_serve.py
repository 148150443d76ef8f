"""How the apps are started: the public one learns of nothing but the public side, and nobody's
HOME is used.
"""

from pathlib import Path

import pytest
from streamlit import file_util

from dashboards import tokens
from dashboards.serve import command, environment
from dashboards.settings import PublicSettings

BASE = {
    "PATH": "/usr/bin",
    "HOME": "/root",
    "VETRO_HOME": "/data",
    "VETRO_RELEASES": "/data/releases",
    "STREAMLIT_THEME_BASE": "dark",
}
PLACES = {
    "releases": Path("/data/releases"),
    "status": Path("/data/operations/status.duckdb"),
    "scratch": Path("/scratch"),
}


def test_the_public_app_is_told_of_the_public_side_and_nothing_else() -> None:
    given = environment("public", BASE, **PLACES)
    assert {name: value for name, value in given.items() if name.startswith("VETRO_")} == {
        "VETRO_PUBLIC": "/data/releases/current/public"
    }
    assert set(PublicSettings.model_fields) == {"public"}


def test_the_staff_app_is_told_of_the_releases_and_the_status() -> None:
    given = environment("staff", BASE, **PLACES)
    assert {name for name in given if name.startswith("VETRO_")} == {"VETRO_RELEASES", "VETRO_STATUS"}


@pytest.mark.parametrize("app", ["staff", "public"])
def test_an_app_runs_in_a_home_of_its_own_on_one_address(app: str) -> None:
    given, words = environment(app, BASE, **PLACES), command(app, 8501)
    assert given["HOME"] == "/scratch" and given["PATH"] == "/usr/bin"
    assert not any(name.startswith("STREAMLIT_") for name in given)
    assert Path(words[4]).is_file()
    assert words[words.index("--server.port") + 1] == "8501"
    assert words[words.index("--server.address") + 1] == "127.0.0.1"


def test_streamlit_finds_the_theme_beside_the_script() -> None:
    found = file_util.get_main_script_streamlit_file_path(command("staff", 8501)[4], "config.toml")
    assert Path(found).resolve() == tokens.THEME_FILE.resolve()


def test_nothing_is_reported_home_and_no_trace_is_shown_to_readers() -> None:
    text = tokens.THEME_FILE.read_text(encoding="utf-8")
    for line in ("gatherUsageStats = false", 'showErrorDetails = "none"', "enableStaticServing = true"):
        assert line in text
