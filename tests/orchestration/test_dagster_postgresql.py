"""Dagster's storage in a PostgreSQL server, a real one: made once, kept to by a run, its password nowhere."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from core.errors import VetroError
from core.settings import Settings, environment
from orchestration import pipeline, preparation
from tests.support.parsed_project import put_parsed_project
from tests.support.servers import free_ports

pytestmark = pytest.mark.faults
PASSWORD = "only-the-server-knows"


@pytest.fixture
def server() -> Iterator[str]:
    """The address of the database of a server of its own, which asks for a password."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not places:
        pytest.skip("no PostgreSQL server is installed: its storage is not tried (Debian: postgresql)")
    folder, port = Path(tempfile.mkdtemp(prefix="postgresql-")), free_ports(1)[0]
    (folder / "password").write_text(PASSWORD)
    # The server refuses to run as root.
    as_other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] * (os.getuid() == 0)
    if as_other:
        shutil.chown(folder, "postgres", "postgres")
        shutil.chown(folder / "password", "postgres", "postgres")
    binaries = places[-1].parent

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_other, str(binaries / program), *arguments],
            check=True, cwd=folder, stdout=subprocess.DEVNULL, env=os.environ | {"PGPASSWORD": PASSWORD},
        )  # fmt: skip

    data = str(folder / "data")
    run("initdb", "-D", data, "-U", "dagster", "-A", "scram-sha-256", f"--pwfile={folder}/password", "-N")
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", options, "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "dagster", "dagster")
        yield f"postgresql://dagster:{PASSWORD}@127.0.0.1:{port}/dagster"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def test_a_run_is_kept_in_postgresql_and_the_password_in_its_file_alone(server: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    home = settings.vetro_home.ensure()
    put_parsed_project(home)
    home.dagster_storage_file.write_text(server)
    with pytest.raises(VetroError, match="chmod 600"):
        preparation.prepare(settings)
    home.dagster_storage_file.chmod(0o600)
    preparation.prepare(settings)
    preparation.prepare(settings)
    # Nothing has landed: the steps are skipped, the run is kept.
    assert pipeline.run(settings).exit_code == pipeline.KEPT
    with environment(settings.dagster_environment()), dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        assert instance.all_logs(run.run_id)
    assert not list(home.dagster.rglob("*.db"))
    for path in home.root.rglob("*"):
        if path.is_file() and path != home.dagster_storage_file:
            assert PASSWORD.encode() not in path.read_bytes(), path


def test_a_database_that_does_not_let_us_in_is_said_without_its_password(server: str, tmp_path: Path) -> None:
    wrong = server.replace(PASSWORD, "another-password")
    settings = Settings(home=tmp_path / "home", dagster_storage=wrong)
    with pytest.raises(VetroError, match="PostgreSQL") as error:
        preparation.prepare(settings)
    assert "another-password" not in str(error.value)
    other = Settings(home=tmp_path / "home", dagster_storage="mysql://a:b@c/d")
    with pytest.raises(VetroError, match="begins with postgresql") as usage:
        preparation.prepare(other)
    assert usage.value.exit_code == 2
