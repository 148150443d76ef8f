"""In a terminal, as people use it: what a command draws and says, and that it ends as it does without one."""

import pty
import shutil
from pathlib import Path

import pytest

from core.settings import Settings
from tests.support.terminal import Terminal
from tests.support.walked_home import Walk

TROUBLE = ("Traceback", "Error", "error", "could not run", "critical", "unexpected")


def said(terminal: Terminal, code: int = 0) -> str:
    assert terminal.wait() == code, terminal.text[-3000:]
    return terminal.text


def last_screen(written: str) -> str:
    """What is left on the screen: a line that was taken back is not."""
    return written[written.rfind("\x1b[?25h") :]


def test_a_whole_run_in_a_terminal_ends_with_a_release(walked: Settings, walk: Walk) -> None:
    """The home that these tests share was walked through in a terminal."""
    assert walked.vetro_home.current_release.is_dir()
    assert "A new release is current." in walk.text
    assert not [word for word in TROUBLE if word in walk.text]
    for phase in ("Building models", "Data tests", "rules"):
        assert phase in walk.text, phase


def test_the_progress_of_a_run_is_one_line_that_is_taken_back(walk: Walk) -> None:
    assert "Data tests" in walk.text
    assert "Data tests" not in last_screen(walk.written)
    drawn = [line for line in walk.text.replace("\r", "\n").splitlines() if "━" in line]
    assert drawn
    assert max(map(len, drawn)) <= walk.columns
    for line in drawn:
        done, _, total = line.split()[-2].partition("/")
        assert total == "?" or int(done) <= int(total), line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ingest"], "Receipts:"),
        (["fetch"], "No source is declared"),
        (["build"], "Nothing changed since the last build"),
        (["check"], "The gate is green"),
        (["publish"], "still current"),
        (["run"], "the release stays current"),
        (["demo", "--no-serve"], "checks, 1 not passed"),
        (["status"], "Gate: green"),
        (["verify"], "it holds"),
        (["attack"], "nothing was found"),
        (["diff", "current", "current"], "0 figures changed"),
        (["docs", "--no-serve"], "Written:"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_command_of_the_walk_ends_well_in_a_narrow_terminal(
    arguments: list[str], words: str, terminal_home: Settings
) -> None:
    text = said(Terminal(["--home", str(terminal_home.home), *arguments], columns=40))
    assert words in text
    assert not [word for word in TROUBLE if word in text], text


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"NO_COLOR": "1"}], ids=["dumb", "no-colour"])
def test_a_terminal_without_colour_gets_none(variables: dict[str, str], walked: Settings) -> None:
    terminal = Terminal(["--home", str(walked.home), "verify"], variables=variables)
    assert "it holds" in said(terminal)
    assert "\x1b[3" not in terminal.written
    if variables.get("TERM") == "dumb":
        assert "\x1b" not in terminal.written


def test_simulating_draws_its_progress(tmp_path: Path) -> None:
    size = ["--scale", "0.01", "--months", "12"]
    text = said(Terminal(["--home", str(tmp_path), "simulate", *size], columns=60))
    assert "Written to" in text


def test_the_progress_never_raises_whatever_a_room_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import sys

    from core.progress import progress_bar

    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setenv("TERM", "xterm")
        with progress_bar() as progress:
            assert progress is not None
            for call in (("[/red]", 1, 0), ("\x1b[2J", 2, 1), ("", -1, None), (None, "x", "y")):
                progress(*call)
    os.close(ours)


@pytest.fixture(scope="module")
def terminal_home(walked: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the walked home that the commands of these tests may change."""
    home = tmp_path_factory.mktemp("terminal") / "home"
    shutil.copytree(walked.vetro_home.root, home, symlinks=True, copy_function=shutil.copy2)
    return Settings(home=home)
