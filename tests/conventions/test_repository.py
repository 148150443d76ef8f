"""What never stands in the repository: registry hosts, paths of one machine, unexplained settings."""

import re
import subprocess
from pathlib import Path

import pytest

PRODUCT = Path(__file__).resolve().parents[2]
# Written in parts, so that this file does not find itself.
REGISTRY_HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "crates" + ".io",
    "proxy." + "golang",
]
MACHINE_PATHS = re.compile(r"(?<![\w.}])/(?:wo" + r"rk|tm" + r"p|ho" + r"me|ro" + r"ot|Use" + r"rs)/\w")
TEXT = {
    ".py",
    ".sql",
    ".yml",
    ".yaml",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".cfg",
    ".html",
    ".css",
    ".sh",
    ".json",
    ".csv",
    "",
}


def committed_files() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=PRODUCT, capture_output=True, check=True, text=True,
        ).stdout.split("\0")  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: the list of committed files is not known")
    paths = [PRODUCT / name for name in listed if name]
    return [
        path for path in paths if path.suffix in TEXT and path.is_file() and path.stat().st_size < 2_000_000
    ]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in committed_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        if pattern.search(text):
            found += [
                f"{path.relative_to(PRODUCT)}:{number}"
                for number, line in enumerate(text.splitlines(), 1)
                if pattern.search(line)
            ]
    return found


def test_no_registry_host_is_written_down() -> None:
    found = lines_with(re.compile("|".join(map(re.escape, REGISTRY_HOSTS))))
    assert not found, f"leave the host to the configuration of pip and uv: {', '.join(found)}"


def test_no_path_of_one_machine_is_written_down() -> None:
    found = lines_with(MACHINE_PATHS)
    assert not found, f"write a path below the repository or the home, or take a setting: {', '.join(found)}"


def test_what_a_run_writes_is_not_committed() -> None:
    written = [
        str(path.relative_to(PRODUCT))
        for path in committed_files()
        if path.relative_to(PRODUCT).parts[0] in {"data", ".venv", "target", "logs"}
        or path.suffix == ".duckdb"
    ]
    assert not written, f"git rm --cached, and name it in .gitignore: {', '.join(written)}"


def test_locked_requirements_carry_a_hash_for_every_package() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (PRODUCT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^([A-Za-z0-9_.\-\[\],]+)==(?:[^\\\n]+)(\\?)$", text, flags=re.MULTILINE)
        assert len(pins) > 50, f"{name} is not a lock file"
        assert all(continued for _, continued in pins), f"{name}: a pin without hashes"


def test_what_is_tested_is_what_is_installed() -> None:
    pin = re.compile(r"^([a-z0-9_.\-]+)(?:\[[^\]]*\])?==([^\s;]+)", re.MULTILINE)
    product, tests = (
        dict(pin.findall((PRODUCT / name).read_text(encoding="utf-8").lower()))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert len(product) > 50
    other = {
        name: (version, tests.get(name)) for name, version in product.items() if tests.get(name) != version
    }
    assert not other, f"the tests run with other versions, run make lock: {other}"


def test_every_direct_requirement_is_locked() -> None:
    for source, lock in (
        ("requirements.in", "requirements.txt"),
        ("requirements-dev.in", "requirements-dev.txt"),
    ):
        locked = (PRODUCT / lock).read_text(encoding="utf-8").lower()
        for line in (PRODUCT / source).read_text(encoding="utf-8").splitlines():
            requirement = line.split("#")[0].strip().lower()
            if requirement and not requirement.startswith("-r"):
                name = re.split(r"[\[=<>]", requirement)[0]
                pinned = re.search(rf"^{re.escape(name)}(\[[^\]]*\])?==(\S+)", locked, flags=re.MULTILINE)
                assert pinned, f"{name} of {source} is not in {lock}: run make lock"
                if "==" in requirement:
                    assert pinned[2] == requirement.split("==")[1], f"{name}: {lock} is older than {source}"
