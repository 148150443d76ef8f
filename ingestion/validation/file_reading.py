"""One file of an export, read as text: what arrives is never believed to be what it says.

Arrives: a file and its declared resource. Leaves: its hash and size, its header, and a relation of text
columns in DuckDB with the physical line of every record, together with the lines that are no record. Types
and rules do not belong here (`row_rules`).
"""

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import VetroError
from core.sql import literal
from ingestion.contract.schema import Entity
from ingestion.landing.archives import BOMB_BYTES, BOMB_RATIO, ArchiveUnsafe
from ingestion.landing.manifest import Resource
from ingestion.session import IngestionSession
from ingestion.validation.records import HeaderUnreadable, csv_header, csv_records, json_records

_CHUNK = 1024 * 1024
# Above this a file is checked while it is read; below it is laid down first, so that the checks are planned
# once.
LARGE_FILE = 4 * 1024 * 1024
_UTF8_NAMES = ("utf-8", "utf8", "utf-8-sig", "utf_8", "us-ascii", "ascii")


class Unreadable(VetroError):
    """The file cannot be read in its declared format and encoding."""


@dataclass
class TextFacts:
    """What one pass over a text file tells. `bytes` and `sha256` are the file's, the rest is of
    its unpacked text.
    """

    sha256: str = ""
    bytes: int = 0
    text_bytes: int = 0
    newlines: int = 0
    carriage_returns: int = 0
    pairs: int = 0
    quotes: int = 0
    delimiters: int = 0
    blank_lines: bool = False
    ends_with_newline: bool = True
    is_text: bool = True
    has_mark: bool = False

    @property
    def lines(self) -> int:
        """Physical lines, if every line ends in the same way."""
        return self.newlines + (0 if self.ends_with_newline or not self.text_bytes else 1)

    @property
    def is_plain(self) -> bool:
        """True where every line must be one record: no quotes, one kind of newline, no blank line."""
        uniform = self.carriage_returns == 0 or self.carriage_returns == self.pairs == self.newlines
        return self.is_text and uniform and not self.quotes and not self.blank_lines and self.text_bytes > 0


@dataclass
class TextRows:
    """A file ready to be checked. `relation` is SQL yielding the columns that the entity and the file share,
    as text.

    `numbered` tells whether it also yields `_line`; where it does not, the record in place n stands on line n
    + 2. `columns` are the names the file gives; `malformed` the lines that are no record.
    """

    relation: str
    numbered: bool
    columns: list[str]
    malformed: list[int] = field(default_factory=list)


def hash_file(path: Path) -> tuple[str, int]:
    """Return the SHA-256 in hexadecimal and the size in bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def text_facts(path: Path, delimiter: str) -> TextFacts:
    """Return what one pass over the file tells, its hash included."""
    facts, digest = TextFacts(), hashlib.sha256()
    decoder, decoding = codecs.getincrementaldecoder("utf-8")("strict"), False
    separator, last = ord(delimiter), b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            if not facts.text_bytes:
                facts.has_mark = chunk.startswith(codecs.BOM_UTF8)
            facts.text_bytes += len(chunk)
            if facts.is_text and (decoding or not chunk.isascii()):
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    facts.is_text = False
                decoding = bool(decoder.getstate()[0])
            if b"\0" in chunk:
                facts.is_text = False
            octets = np.frombuffer(chunk, dtype=np.uint8)
            newlines = octets == 10
            facts.newlines += int(np.count_nonzero(newlines))
            facts.delimiters += int(np.count_nonzero(octets == separator))
            facts.quotes += int(np.count_nonzero(octets == 34))
            if b"\r" in chunk or last == b"\r":
                facts.carriage_returns += chunk.count(b"\r")
                facts.pairs += (last + chunk).count(b"\r\n")
                facts.blank_lines |= b"\n\r\n" in last + chunk or last + chunk[:1] == b"\n\r"
            facts.blank_lines |= bool(np.any(newlines[1:] & newlines[:-1])) or last + chunk[:1] == b"\n\n"
            last = chunk[-1:]
    if decoding:
        facts.is_text = False
    facts.ends_with_newline = last == b"\n"
    facts.sha256, facts.bytes = digest.hexdigest(), facts.text_bytes
    return facts


def unpack_gzip(path: Path, target: Path) -> None:
    """Write the whole content of a gzip file to `target`; Unreadable if it is cut, ArchiveUnsafe if it
    is a bomb.
    """
    packed, written = path.stat().st_size, 0
    try:
        with gzip.open(path, "rb") as source, target.open("xb") as file:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if written > BOMB_BYTES and written > BOMB_RATIO * packed:
                    raise ArchiveUnsafe("bomb", "a gzip file is a bomb")
                file.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Unreadable("not a whole gzip file") from error


def encoding_is_utf8(resource: Resource) -> bool:
    """True if the declared encoding is one the contract takes."""
    return resource.encoding.lower() in _UTF8_NAMES


def read_csv_header(path: Path, resource: Resource) -> list[str]:
    """Return the column names of the first record; Unreadable if the file has none that can be parted."""
    try:
        return csv_header(path, resource.delimiter)
    except HeaderUnreadable as error:
        raise Unreadable("the header cannot be read") from error


def _shared(entity: Entity, positions: dict[str, str]) -> list[str]:
    """Return the entity's columns that `positions`, a mapping of names to SQL, knows."""
    return [name for name in entity.columns if name in positions]


def _select(entity: Entity, positions: dict[str, str], *others: str) -> str:
    shared = [f'{positions[name]} as "{name}"' for name in _shared(entity, positions)]
    return ", ".join([*shared, *others])


def _names(entity: Entity, positions: dict[str, str]) -> str:
    """Return the shared columns and `_line` as a list of names."""
    return ", ".join([*(f'"{name}"' for name in _shared(entity, positions)), "_line"])


def _positions(header: list[str]) -> dict[str, str]:
    positions: dict[str, str] = {}
    for place, name in enumerate(header):
        positions.setdefault(name, f"c{place}")
    return positions


def _laid_down(
    entity: Entity, positions: dict[str, str], malformed: list[int], columns: list[str]
) -> TextRows:
    """Return the rows that stand in `text_<entity>`: always the same SQL where all columns are there."""
    return TextRows(f"select {_names(entity, positions)} from text_{entity.name}", True, columns, malformed)


def plain_csv_rows(
    session: IngestionSession,
    path: Path,
    resource: Resource,
    entity: Entity,
    facts: TextFacts,
    header: list[str],
) -> TextRows | None:
    """Return the rows of a plain CSV file, read by DuckDB; None where the file is not plain.

    Plain is a file without quotes, with uniform newlines and as many separators as there must be. DuckDB then
    can answer in one way only, one record per line, and the caller compares the count. A small file is laid
    down in `text_<entity>`; a large one is read while it is checked.
    """
    if not facts.is_plain or facts.delimiters != facts.lines * (len(header) - 1) or facts.has_mark:
        return None
    columns = ", ".join(f"c{place}: 'VARCHAR'" for place in range(len(header)))
    source = (
        f"read_csv({literal(path)}, auto_detect=false, header=true, "
        f"delim={literal(resource.delimiter)}, quote='\"', "
        f"escape='\"', strict_mode=true, null_padding=false, columns={{{columns}}})"
    )
    positions = _positions(header)
    if facts.text_bytes > LARGE_FILE and _shared(entity, positions):
        return TextRows(f"select {_select(entity, positions)} from {source}", False, header)
    session.once(
        f"insert into text_{entity.name} ({_names(entity, positions)}) "
        f"select {_select(entity, positions, 'row_number() over () + 1')} from {source}"
    )
    session.written(f"text_{entity.name}")
    return _laid_down(entity, positions, [], header)


def careful_csv_rows(
    session: IngestionSession, path: Path, resource: Resource, entity: Entity, header: list[str]
) -> TextRows:
    """Return the rows of any CSV file, however it is quoted or broken, read record by record."""
    malformed: list[int] = []
    positions = _positions(header)
    names = [name if positions[name] == f"c{place}" else None for place, name in enumerate(header)]
    _lay_down(session, entity, names, csv_records(path, resource.delimiter, len(header), malformed))
    return _laid_down(entity, positions, malformed, header)


def json_rows(session: IngestionSession, path: Path, entity: Entity) -> TextRows:
    """Return the rows of a JSON Lines file; its columns are the names that any of its objects has."""
    malformed: list[int] = []
    others: dict[str, None] = {}
    seen: set[str] = set()
    names = list(entity.columns)
    _lay_down(session, entity, names, json_records(path, names, malformed, seen, others))
    columns = [name for name in names if name in seen] + list(others)
    return _laid_down(
        entity, {name: name for name in columns} or {name: name for name in names}, malformed, columns
    )


def _lay_down(
    session: IngestionSession,
    entity: Entity,
    names: Sequence[str | None],
    batches: Iterator[tuple[list[list], list[int]]],
) -> None:
    """Append the batches to `text_<entity>`; a column named None, or not the entity's, is left out."""
    table = f"text_{entity.name}"
    kept = [place for place, name in enumerate(names) if name is not None and entity.has(name)]
    wanted = ", ".join([*(f'"{names[place]}"' for place in kept), "_line"])
    for columns, lines in batches:
        arrays = [pa.array(columns[place], pa.string()) for place in kept]
        batch = pa.table(
            [*arrays, pa.array(lines, pa.int64())], names=[*(names[place] for place in kept), "_line"]
        )
        session.connection.register("text_batch", batch)
        session.once(f"insert into {table} ({wanted}) select {wanted} from text_batch")
        session.connection.unregister("text_batch")
    session.written(table)


def parquet_header(path: Path) -> tuple[list[str], int]:
    """Return the column names and the number of rows; Unreadable if it is not Parquet."""
    try:
        with pq.ParquetFile(path) as file:
            return list(file.schema_arrow.names), file.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable("not a Parquet file") from error


def _parquet_text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind == "VARCHAR":
        return column
    if kind.startswith("DECIMAL") and not kind.endswith(",0)"):
        # A stored scale is a type, not digits that somebody wrote: 12.500 in DECIMAL(9,3) is 12.5.
        return f"rtrim(rtrim({column}::varchar, '0'), '.')"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({column} at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%f') || '+00:00'"
    if kind.startswith("TIMESTAMP"):
        return f"strftime({column}::timestamp, '%Y-%m-%dT%H:%M:%S.%f')"
    return f"{column}::varchar"


def parquet_rows(session: IngestionSession, path: Path, entity: Entity, header: list[str]) -> TextRows:
    """Return the rows of a Parquet file as the text a CSV would hold; the first row counts as line 2."""
    described = session.once(f"describe select * from read_parquet({literal(path)})").fetchall()
    positions = {name: f"nullif({_parquet_text(name, kind)}, '')" for name, kind, *_ in described}
    session.once(
        f"insert into text_{entity.name} ({_names(entity, positions)}) "
        f"select {_select(entity, positions, 'file_row_number + 2')} from "
        f"read_parquet({literal(path)}, file_row_number=true)"
    )
    session.written(f"text_{entity.name}")
    return _laid_down(entity, positions, [], header)
