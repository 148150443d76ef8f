"""A further kind of source is one class: what it declares is read, checked, opened and fetched from."""

from typing import Any, ClassVar

import pytest
from fsspec import AbstractFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from core.home import VetroHome
from ingestion.sources.fetching import FETCHED, UNCHANGED, fetch
from ingestion.sources.kinds.kind import KINDS, Credentials, Secret, Source, SourcesError, register
from ingestion.sources.settings import read_sources
from tests.support.exports import Export, rows
from tests.support.servers import Place, declare

SECRET = "secret-that-must-not-show"


class _ShelfCredentials(Credentials):
    token: Secret


@pytest.fixture
def shelf():
    """A further kind, known until the test is over."""

    @register
    class ShelfSource(Source):
        """Files in the memory of this process."""

        protocol: ClassVar[str] = "shelf"
        form: ClassVar[tuple[str, str]] = ("shelf:///ripiano", "shelf:///board")
        credentials: ClassVar[type[Credentials]] = _ShelfCredentials
        board: str

        @property
        def root(self) -> str:
            return f"{self.address.path}/{self.board}"

        def connect(self, home: VetroHome, credentials: Any) -> AbstractFileSystem:
            if credentials.token != SECRET:
                raise PermissionError
            return MemoryFileSystem(skip_instance_cache=True)

    yield ShelfSource
    del KINDS[ShelfSource.protocol]


def place(**more: str) -> Place:
    entry = {"instance": "rho", "url": "shelf:///vetro", "board": "second"}
    return Place(entry | more, {"token": SECRET})


def test_a_kind_registered_is_fetched_from(home, shelf):
    memory = MemoryFileSystem()
    for path, content in Export(entities={"organisation": rows("organisation", 3)}).files().items():
        memory.pipe_file(f"/vetro/second/rho-1/{path}", content)
    declare(home, rho_shelf=place())
    (source,) = fetch(home, pauses=())
    assert (source.failure, source.count(FETCHED)) == (None, 1)
    assert (home.landing / "rho" / "rho-1" / "datapackage.json").is_file()
    (source,) = fetch(home, pauses=())
    assert (source.failure, source.count(UNCHANGED)) == (None, 1)


def test_its_settings_and_credentials_are_checked_as_those_of_the_others(home, shelf):
    declare(home, rho_shelf=place(edge="third"))
    with pytest.raises(SourcesError, match=r"rho-shelf\.edge: .*instance, url, board"):
        read_sources(home)
    declare(home, rho_shelf=Place(place().entry, {"tokn": SECRET}))
    (source,) = fetch(home, pauses=())
    assert "secrets/sources/rho-shelf.yaml" in source.failure and SECRET not in source.failure
    declare(home, rho_shelf=Place(place().entry, {"token": "another"}))
    (source,) = fetch(home, pauses=())
    assert "refused" in source.failure


def test_an_address_of_no_kind_is_told_the_forms_of_all(home, shelf):
    declare(home, rho_shelf=place(url="shelves:///vetro"))
    with pytest.raises(SourcesError, match=r"s3://bucket/prefix.* or shelf:///board"):
        read_sources(home)
