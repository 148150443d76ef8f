"""What a run writes is for its own account; the public side of a release is for every account."""

import os
import stat
from pathlib import Path

from core.home import VetroHome, keep_private
from core.settings import Settings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_run_lets_no_other_account_into_what_is_private(walked: Settings) -> None:
    home = walked.vetro_home
    assert mode(home.root) == mode(home.releases) == 0o711
    made = [folder for folder in home.private_folders if folder.is_dir()]
    assert {folder.name for folder in made} >= {"landing", "raw", "outbox", "printed", "quality", "dagster"}
    assert {folder.name: mode(folder) for folder in made if mode(folder) != 0o700} == {}
    for path in (home.warehouse, home.status_database, home.secrets / "pseudonym.key"):
        assert mode(path) == 0o600, path


def test_of_a_release_the_public_side_is_for_everybody_and_the_private_side_for_nobody_else(
    walked: Settings,
) -> None:
    release = walked.vetro_home.current_release.resolve()
    private, public = release / "private", release / "public"
    assert mode(release) == 0o711
    for side, folders, files in ((private, 0o700, 0o400), (public, 0o755, 0o444)):
        assert mode(side) == folders
        wrong = [
            path.relative_to(release).as_posix()
            for path in side.rglob("*")
            if not path.is_symlink() and mode(path) != (folders if path.is_dir() else files)
        ]
        assert wrong == []


def test_a_folder_that_was_opened_to_a_group_stays_so(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path / "home").ensure()
    assert mode(home.landing) == 0o700
    home.landing.chmod(0o770)
    assert mode(home.ensure().landing) == 0o770


def test_a_process_that_keeps_private_writes_for_its_account_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        (tmp_path / "before").write_text("a")
        keep_private()
        (tmp_path / "after").write_text("a")
        (tmp_path / "folder").mkdir()
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("before", "after", "folder")] == [0o644, 0o600, 0o700]
