"""The files for a machine: systemd, nginx and the shell read them; the container takes the guide's steps."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.errors import VetroError
from core.settings import PRODUCT, Settings
from orchestration.cli import Commands
from orchestration.deployment import Machine, write_deployment

GUIDE = PRODUCT / "docs" / "how-to" / "run-in-production.md"
MACHINE = Machine("root", "dati.example.it", "pagine.example.it", Path("/srv/vetro/backups"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployment")
    write_deployment(Settings(home=folder / "home"), MACHINE, folder)
    return folder


def program(name: str, package: str) -> str:
    found = shutil.which(name, path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin")
    if found is None:
        pytest.skip(f"{name} is not installed: what it reads is not tried (Debian: {package})")
    return found


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


def test_systemd_finds_nothing_wrong_with_the_units_and_their_programs(folder: Path) -> None:
    units = [path for path in folder.iterdir() if path.suffix in (".service", ".timer")]
    assert len(units) == 3
    done = run(program("systemd-analyze", "systemd"), "verify", *units)
    assert (done.returncode, done.stderr) == (0, "")
    for unit in units:
        for command in re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.M):
            path, name = command.split()[:2]
            assert Path(path).is_file()
            assert name in {one.name for one in Commands.lazy_commands} | {"backup"}


def test_nginx_takes_the_configuration(folder: Path, tmp_path: Path) -> None:
    nginx = program("nginx", "nginx-light")
    openssl = program("openssl", "openssl")
    pair = ["-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem"]
    run(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *pair, "-days", "2", "-subj", "/CN=dati")
    site = (folder / "nginx.conf").read_text()
    site = site.replace("/etc/letsencrypt/live/dati.example.it", str(tmp_path))
    (tmp_path / "site.conf").write_text(site)
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)
    done = run(nginx, "-t", "-c", tmp_path / "nginx.conf")
    assert done.returncode == 0, done.stderr
    # What knows no sign-in, or is for signed-in readers alone, is not behind the public name.
    assert f":{Settings().dagster_port}" not in site
    public = site.split("server {")[2]
    assert f":{Settings().public_port};" in public and f":{Settings().port};" not in public


def test_the_command_for_people_reads_the_settings_and_passes_everything_on(folder: Path) -> None:
    assert run("sh", "-n", folder / "vetro").returncode == 0
    assert '"$@"' in (folder / "vetro").read_text()
    settings = run("sh", "-c", f"set -a; . {folder}/casa-di-vetro.env; env").stdout
    assert f"VETRO_HOME={folder}/home" in settings and "VETRO_PUBLIC_ADDRESS=https://dati" in settings


def test_a_name_that_is_more_than_one_word_is_refused(tmp_path: Path) -> None:
    for name in ("dati.example.it; root", "a b", "x\ny"):
        with pytest.raises(VetroError, match="public_name"):
            write_deployment(Settings(home=tmp_path), Machine("vetro", name, "b", tmp_path), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_container_takes_the_steps_of_the_guide_and_starts_what_is_there() -> None:
    steps = re.findall(r"^([A-Z]+) (.*)$", (PRODUCT / "Containerfile").read_text(), re.M)
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    told = {line for block in blocks for line in block.splitlines()}
    commands = [words for step, words in steps if step == "RUN"]
    assert len(commands) > 3
    assert [words for words in commands if words not in told] == []
    (image,) = (words for step, words in steps if step == "FROM")
    assert "/" not in image
    ((program_, name),) = (json.loads(words) for step, words in steps if step == "CMD")
    assert program_ == "/opt/casa-di-vetro/.venv/bin/vetro"
    assert name in {one.name for one in Commands.lazy_commands}
    (target,) = (words.split()[-1] for words in commands if words.startswith("make"))
    assert re.search(rf"^{target}:", (PRODUCT / "Makefile").read_text(), re.M)
