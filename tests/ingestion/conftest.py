"""A home for every test of ingestion."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.home import VetroHome
from tests.support.exports import make_home
from tests.support.servers import LocalFolders, S3Server, SftpServer


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    """A home with rho and matera registered, and nothing in it."""
    return make_home(tmp_path / "home")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 server, started once; a test that kills it starts it again."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def sftp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    """An SSH server, started once; a test that kills it starts it again."""
    server = SftpServer(tmp_path_factory.mktemp("sftp"))
    yield server
    server.kill()


@pytest.fixture(params=["folder", "s3", "sftp"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> LocalFolders | S3Server | SftpServer:
    """Each kind of source in turn."""
    if request.param == "folder":
        return LocalFolders(tmp_path / "folders")
    return request.getfixturevalue(f"{request.param}_server")
