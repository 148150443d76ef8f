"""`vetro pack`: what it writes, and its exit codes."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from core.home import VetroHome
from orchestration import cli
from tests.support.pack_release import GRANT, PROVIDER, TERRITORY, build_pack_release
from tests.support.release import build_status


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> VetroHome:
    made = VetroHome.at(tmp_path_factory.mktemp("home")).ensure()
    build_pack_release(made.releases)
    return made


@pytest.fixture
def vetro(home, monkeypatch, capsys):
    """Run the command as from the command line; return its exit code and what it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["vetro", "--home", str(home.root), "pack", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(ended.value.code or 0), said.out + said.err

    return run


def test_it_writes_three_files_and_says_their_hashes(vetro, tmp_path) -> None:
    code, said = vetro(
        "territory", TERRITORY, "--year", "2025", "--out", str(tmp_path / "new"), "--lang", "en", "--json"
    )
    assert code == 0
    told = json.loads(said)
    assert sorted(Path(one["file"]).name for one in told["files"]) == [
        f"territory-{TERRITORY}-2025.en.{ending}" for ending in ("json", "pdf", "xlsx")
    ]
    for one in told["files"]:
        assert hashlib.sha256(Path(one["file"]).read_bytes()).hexdigest() == one["sha256"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["grant", "rho:nothing"], "knows no grant rho:nothing"),
        (["grant", GRANT, "--year", "2025"], "has no --year"),
        (["provider", PROVIDER], "need one"),
        (["provider", PROVIDER, "--year", "1999"], "known years: 2026, 2025, 2024"),
        (["grant", GRANT, "--release", "2020-01-01-abc"], "there is no release"),
        (["network", "all"], "'network' is not one of"),
        (["grant", GRANT, "--lang", "fr"], "'fr' is not one of"),
    ],
)
def test_what_cannot_be_asked_for_is_usage(arguments, said, vetro) -> None:
    code, told = vetro(*arguments)
    assert code == 2
    assert said in " ".join(told.replace("│", " ").split())


def test_it_is_refused_while_the_gate_is_red_and_an_earlier_release_is_not(vetro, home, tmp_path) -> None:
    build_status(home.status_database, green=False)
    try:
        code, said = vetro("grant", GRANT, "--out", str(tmp_path))
        assert code == 1
        assert "landed.volume: Il volume di ogni invio" in said
        assert not list(tmp_path.iterdir())
        # What was handed in once can be made again, whatever came after.
        named = (home.releases / "current").resolve().name
        assert vetro("grant", GRANT, "--out", str(tmp_path), "--release", named)[0] == 0
    finally:
        home.status_database.unlink()


def test_a_text_that_cannot_be_used_names_its_place(vetro, home, tmp_path) -> None:
    file = home.packs / "territory" / f"{TERRITORY}-2025.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("people: {text: a}\n", encoding="utf-8")
    try:
        code, said = vetro("territory", TERRITORY, "--year", "2025", "--out", str(tmp_path))
        assert (code, f"{file.name}:1:1" in said) == (2, True)
    finally:
        file.unlink()


def test_a_folder_that_cannot_be_written_is_said(vetro, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    code, said = vetro("grant", GRANT, "--out", str(tmp_path / "file"))
    assert (code, "cannot be written" in said) == (3, True)
