"""A home carries the version that wrote it: a later product goes on, an earlier one leaves it alone."""

from pathlib import Path

import pytest

from core.home import VetroHome
from core.home_version import FILE, OLDEST, HomeVersionError, product_version
from tests.support.command_line import Vetro, command_line


@pytest.fixture
def vetro(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vetro:
    """A function that runs a command in this process."""
    return command_line(monkeypatch, capsys)


def content(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_new_home_says_who_wrote_it(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path).ensure()
    assert (home.root / FILE).read_text(encoding="ascii") == product_version() + "\n"
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".version")} == {".version"}


def test_a_home_of_before_versions_were_noted_is_taken_over(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path).ensure()
    (home.root / FILE).unlink()
    assert (VetroHome.at(tmp_path).ensure().root / FILE).read_text(
        encoding="ascii"
    ).strip() == product_version()


@pytest.mark.parametrize("later", ["999.0.0", "0.1.1", "0.10", "0.2.0rc1"])
@pytest.mark.parametrize("command", [("status",), ("run",), ("forget",), ("serve",)])
def test_what_a_later_version_wrote_is_not_touched(
    tmp_path: Path, vetro: Vetro, later: str, command: tuple[str, ...]
) -> None:
    home = VetroHome.at(tmp_path / "home").ensure()
    (home.root / FILE).write_text(f"{later}\n", encoding="ascii")
    before = content(home.root)
    done = vetro("--home", str(home.root), *command)
    assert done.returncode == 3
    assert f"install {later} or later" in done.stderr
    assert f"installare la {later}" in done.stderr
    assert content(home.root) == before
    with pytest.raises(HomeVersionError):
        home.ensure()
    assert content(home.root) == before


def test_one_too_early_says_which_version_comes_between(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path).ensure()
    (home.root / FILE).write_text("0.0.9\n", encoding="ascii")
    with pytest.raises(HomeVersionError, match=f"once with version {OLDEST}"):
        home.ensure()


@pytest.mark.parametrize("text", ["", "latest", "\u00e8"])
def test_what_names_no_version_is_said(tmp_path: Path, text: str) -> None:
    home = VetroHome.at(tmp_path).ensure()
    (home.root / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(HomeVersionError, match="names no version"):
        home.ensure()
