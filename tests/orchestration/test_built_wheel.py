"""The wheel carries what stands beside the modules; the product runs from it and from nothing else."""

import os
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

from orchestration import change_detection
from tests.support.servers import free_ports
from tests.support.terminal import Terminal

PRODUCT = Path(__file__).resolve().parents[2]
PACKAGES = {path.parent.name for path in PRODUCT.glob("*/__init__.py")} - {"tests"} | {"dbt_project"}


def tracked() -> list[str]:
    """Every file that is, or is about to be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PRODUCT, capture_output=True, check=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    return [name for name in listed if name and (PRODUCT / name).exists()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what is under version control: nothing else can get into it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in tracked():
        target = source / name
        if name.startswith(("tests/", "docs/")):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if (PRODUCT / name).is_symlink():
            target.symlink_to((PRODUCT / name).readlink())
        else:
            target.write_bytes((PRODUCT / name).read_bytes())
    built = subprocess.run(
        [sys.executable, "-m", "uv", "build", "--quiet", "--offline", "--wheel", "--no-build-isolation",
         "--python", sys.executable, "--out-dir", str(folder / "dist"), str(source)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr[-3000:]
    [made] = (folder / "dist").glob("*.whl")
    return made


def test_the_wheel_has_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    ours = {name for name in tracked() if name.partition("/")[0] in PACKAGES}
    links = {name for name in ours if (PRODUCT / name).is_symlink()}
    behind = {
        f"{link}/{path.relative_to(PRODUCT / link).as_posix()}"
        for link in links
        for path in (PRODUCT / link).rglob("*")
        if path.is_file()
    }
    assert behind, "the files that the staff pages send to browsers stand behind a link"
    wanted = ours - links | behind
    assert not wanted - packed, "name these in MANIFEST.in"
    assert not packed - wanted


def test_the_wheel_carries_its_licences(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    assert "License-Expression: EUPL-1.2" in archive.read(metadata).decode()
    licences = {Path(name).name for name in archive.namelist() if ".dist-info/licenses/" in name}
    assert licences >= {"LICENSE", "REUSE.toml", "OFL-1.1.txt", "CC-BY-4.0.txt"}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it; what it requires is that of the tests: nothing is fetched."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps",
         "--python", str(python), str(wheel)],
        check=True,
    )  # fmt: skip
    [packages] = (folder / "venv" / "lib").glob("python*/site-packages")
    # A plain path: the files beside it that would lead to the checkout are not read.
    (packages / "requirements.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return folder / "venv"


@pytest.mark.faults
def test_an_installed_copy_has_the_code_version_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    """Else a release would be made anew for no other reason than where the product stands."""
    say = "from orchestration import change_detection as c; print(c.__file__, c.code_version())"
    file, version = _run([str(installed / "bin" / "python"), "-c", say], tmp_path).split()
    assert Path(file).is_relative_to(installed)
    assert version == change_detection.code_version()


@pytest.mark.faults
def test_a_package_of_the_same_name_of_others_is_named_and_nothing_runs(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "theirs" / "core").mkdir(parents=True)
    (tmp_path / "theirs" / "core" / "__init__.py").write_text("", encoding="utf-8")
    done = subprocess.run(
        [str(installed / "bin" / "vetro"), "status"],
        env=_environment(tmp_path) | {"PYTHONPATH": str(tmp_path / "theirs")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert str(tmp_path / "theirs" / "core") in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "months",
    [
        pytest.param(12, marks=pytest.mark.faults),
        pytest.param(36, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_the_demonstration_runs_from_an_empty_folder(installed: Path, tmp_path: Path, months: int) -> None:
    before = _content(installed)
    program = installed / "bin" / "vetro"
    for name in ("empty", "home"):
        (tmp_path / name).mkdir()
    demo = Terminal(
        ["demo", "--scale", "0.01", "--months", str(months), "--no-serve"],
        columns=100, variables=_environment(tmp_path), program=program, folder=tmp_path / "empty",
    )  # fmt: skip
    assert demo.wait(450) == 0, demo.text[-3000:]
    assert "A new release is current." in demo.text
    assert "could not run" not in demo.text and "Traceback" not in demo.text
    for line in demo.text.split("Where to look")[1].splitlines():
        place = line.strip().split(": ")[0]
        if place.startswith("/"):
            assert Path(place).exists(), place
    assert (tmp_path / "empty" / "data" / "releases" / "current" / "public" / "index.html").is_file()
    assert not list((tmp_path / "home").iterdir())
    private, public = free_ports(2)
    served = subprocess.Popen(
        [program, "serve", "--port", str(private), "--public-port", str(public)],
        cwd=tmp_path / "empty", env=_environment(tmp_path) | {"VETRO_AUTH": "off"}, start_new_session=True,
    )  # fmt: skip
    try:
        assert b"Casa di Vetro" in _answer(f"http://127.0.0.1:{public}/")
        assert b"<" in _answer(f"http://127.0.0.1:{private}/")
        assert _answer(f"http://127.0.0.1:{private}/app/static/icons/clock.svg").endswith(b"</svg>\n")
    finally:
        served.send_signal(signal.SIGINT)
        assert served.wait(60) == 0
    assert _content(installed) == before, "nothing is written beside the code"


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _run(command: list[str], folder: Path) -> str:
    for name in ("empty", "home"):
        (folder / name).mkdir(exist_ok=True)
    done = subprocess.run(
        command, cwd=folder / "empty", env=_environment(folder), capture_output=True, text=True
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def _content(environment: Path) -> set[str]:
    return {str(path) for path in environment.rglob("*") if "__pycache__" not in path.parts}


def _answer(address: str) -> bytes:
    end = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
