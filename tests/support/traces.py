"""Whether a value is left anywhere under a home: in the bytes of files, and in what compressed ones hold.

Arrives: a folder and words. Leaves: the files in which any of them is found.
"""

import gzip
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow.parquet as pq


def _contents(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield repr(pq.read_table(path, partitioning=None).to_pylist()).encode()
    elif path.suffix == ".duckdb":
        yield from _tables(path)
    elif path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def _tables(path: Path) -> Iterator[bytes]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
        ).fetchall()
        for schema, table in tables:
            yield repr(connection.execute(f'select * from "{schema}"."{table}"').fetchall()).encode()


def _forms(word: str) -> set[bytes]:
    """The word as text in either case, and as bytes where it is hexadecimal."""
    forms = {word.encode(), word.lower().encode(), word.upper().encode()}
    with suppress(ValueError):
        forms.add(bytes.fromhex(word))
    return forms


def files_with(root: Path, words: Iterable[str]) -> list[str]:
    """Return the files under `root`, hidden ones too, in which any of `words` is left."""
    sought = {form for word in words for form in _forms(word)}
    return [
        str(path.relative_to(root))
        for path in sorted(root.rglob("*"))
        if path.is_file() and any(form in content for content in _contents(path) for form in sought)
    ]


def raw_values(raw: Path, entity: str, columns: str, *, instance: str = "*") -> list[tuple]:
    """Return `columns` of every committed row of an entity, in the order of instance, export and line."""
    files = sorted(raw.glob(f"instance={instance}/export=*/{entity}.parquet"))
    # A connection of its own: one that has read the file before may remember what was in it.
    with duckdb.connect() as connection:
        return [
            row
            for path in files
            for row in connection.execute(
                f"select {columns} from read_parquet('{path}', hive_partitioning = false)"
            ).fetchall()
        ]
