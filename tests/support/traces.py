"""Whether a value is left anywhere under a folder, in whichever form, and in what files hold compressed.

Arrives: a folder and words. Leaves: the files in which any of them is found.
"""

import base64
import gzip
import io
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import quote

import brotli
import duckdb
from pypdf import PdfReader

from core.sql import literal


def _contents(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            yield _rows(connection, f"read_parquet({literal(path)}, hive_partitioning = false)")
    elif path.suffix == ".duckdb":
        yield from _tables(path)
    elif content.startswith(b"SQLite format 3\0"):
        yield from _sqlite_values(path)
    elif path.suffix == ".eml":
        yield from _of_a_mail(content)
    else:
        yield from _unpacked(content, path.suffix)


def _unpacked(content: bytes, suffix: str = "") -> Iterator[bytes]:
    """What compressed bytes hold, and what is compressed in that; nothing where they are none."""
    inside: list[bytes] = []
    if content.startswith(b"\x1f\x8b"):
        inside = [gzip.decompress(content)]
    elif content.startswith(b"PK\x03\x04"):
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [name.encode() for name in archive.namelist()]
            inside += [archive.read(name) for name in archive.namelist()]
    elif content.startswith(b"%PDF"):
        inside = _of_a_pdf(content)
    elif content[:1] == b"\x78":
        with suppress(zlib.error):
            inside = [zlib.decompress(content)]
    elif suffix == ".br":
        inside = [brotli.decompress(content)]
    for each in inside:
        yield each
        yield from _unpacked(each)


def _of_a_mail(content: bytes) -> Iterator[bytes]:
    """What stands in the head of a mail and of each of its parts, and what the parts carry, decoded."""
    for part in message_from_bytes(content, policy=policy.default).walk():
        yield "\n".join(f"{name}: {value}" for name, value in part.items()).encode()
        carried = part.get_payload(decode=True)
        if carried:
            yield carried
            yield from _unpacked(carried)


def _of_a_pdf(content: bytes) -> list[bytes]:
    """The texts of the pages, the streams of all objects, and what is said of the whole."""
    reader = PdfReader(io.BytesIO(content))
    found = [page.extract_text().encode() for page in reader.pages]
    found += [repr(reader.metadata).encode(), repr(reader.outline).encode()]
    for number in reader.xref[0] | reader.xref_objStm:
        value = reader.get_object(number)
        found.append(value.get_data() if hasattr(value, "get_data") else repr(value).encode())
    return found


def _rows(connection: duckdb.DuckDBPyConnection, relation: str) -> bytes:
    return repr(connection.execute(f"select columns(*)::varchar from {relation}").fetchall()).encode()


def _tables(path: Path) -> Iterator[bytes]:
    # Attached: whoever has it open in this process may have opened it otherwise.
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(path)} as searched (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'searched'"
        ).fetchall()
        for schema, table in tables:
            yield _rows(connection, f'searched."{schema}"."{table}"')


def _sqlite_values(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in connection.execute(f'select * from "{name}"').fetchall():
                for value in row:
                    content = value if isinstance(value, bytes) else str(value).encode()
                    yield content
                    yield from _unpacked(content)


@dataclass(frozen=True)
class _Forms:
    """How a word may be written: in letters whose case does not matter, and in exactly these bytes."""

    letters: frozenset[bytes]
    exact: frozenset[bytes]

    def stand_in(self, content: bytes, folded: bytes) -> bool:
        """True where any of them stands in `content`, whose small letters are `folded`."""
        return any(form in folded for form in self.letters) or any(form in content for form in self.exact)


def _plain_forms(word: str) -> _Forms:
    """The word as text, and as bytes where it is hexadecimal."""
    exact = set()
    with suppress(ValueError):
        exact.add(bytes.fromhex(word))
    return _Forms(frozenset({word.lower().encode()}), frozenset(exact))


def _all_forms(word: str) -> _Forms:
    """The word as text, reversed, in hexadecimal digits, with the escapes of an address, in UTF-16 and in
    base64, whatever stands before and behind it there.
    """
    written = word.encode()
    letters = {written, written[::-1], quote(word, safe="").encode(), written.hex().encode()}
    exact = {word.encode("utf-16-le")}
    for offset in range(3):
        # Without the characters that hold bits of the neighbours too.
        coded = base64.b64encode(b"\0" * offset + written).rstrip(b"=")
        whole = coded[(0, 2, 3)[offset] : len(coded) - ((offset + len(written)) % 3 > 0)]
        exact |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    return _Forms(frozenset(form.lower() for form in letters), frozenset(exact))


def words_in(root: Path, words: Iterable[str]) -> dict[str, set[str]]:
    """Return the files and folders under `root`, hidden ones too, in whose path or content any of `words` is
    left in whichever form, and which of them.
    """
    return _words_in(root, {word: _all_forms(word) for word in words})


def words_of(text: str, words: Iterable[str]) -> set[str]:
    """Return those of `words` that stand in a text in whichever form."""
    return _found(text.encode(), {word: _all_forms(word) for word in words})


def files_with(root: Path, words: Iterable[str]) -> list[str]:
    """Return the files under `root`, hidden ones too, in which any of `words` is left as it is written."""
    return list(_words_in(root, {word: _plain_forms(word) for word in words}))


def _words_in(root: Path, sought: dict[str, _Forms]) -> dict[str, set[str]]:
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        contents = _contents(path) if path.is_file() else ()
        left = {word for each in (name.encode(), *contents) for word in _found(each, sought)}
        if left:
            found[name] = left
    return found


def _found(content: bytes, sought: dict[str, _Forms]) -> set[str]:
    folded = content.lower()
    return {word for word, forms in sought.items() if forms.stand_in(content, folded)}


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
