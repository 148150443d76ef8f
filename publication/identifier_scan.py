"""The last look at a release before it leaves: no file, by name or by content, identifies a person directly.

Arrives: a folder. Leaves: where a direct identifier stands, by file, table or line, and column; never what it
is. Tables are read as tables (Parquet, DuckDB, CSV), JSON by its strings, pages by their texts and
attributes, archives by what is in them, all else by its readable characters. What a direct identifier is, is
decided where exports come in (`ingestion.privacy.direct_identifiers`). Protecting small groups does not
belong here.
"""

import contextlib
import csv
import gzip
import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import duckdb

from core.duckdb_sessions import connect
from core.sql import literal
from ingestion.privacy.direct_identifiers import (
    DOCUMENT,
    EMAIL_KIND,
    IDENTIFIER,
    TEXT,
    carried,
    plain,
    suspect_sql,
)

LISTED = 5
# An e-mail address: a@b.it.
_SHORTEST = 6
_FILES_AT_ONCE = 500
# A file of a few rows is read sooner than a query over it is planned.
_SMALL_BYTES = 1_000_000
# Names of columns that hold numbers of documents and codes of bodies, and of those that hold ids.
_DOCUMENTS = ("_number", "_ref", "_act", "_code", "url", "cup", "cig", "sha256", "hash", "version")
_IDENTIFIERS = ("id", "_id", "_ids", "_key", "subject", "detail")
# The strings of JSON, the cells of a CSV file, the tags of a page: enough to ask each piece once.
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BETWEEN_CELLS = re.compile(r'[",;\t\r\n]+')
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s")
_NUMBER = r"-?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?"
_A_NUMBER = re.compile(_NUMBER)
# Attributes of a drawing that are rows of numbers.
_DRAWN = {"d", "points", "transform", "viewbox", "style", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r",
          "width", "height", "dx", "dy", "rx", "ry", "integrity", "class"}  # fmt: skip
_PAGES = {".html", ".htm", ".xhtml", ".svg", ".xml", ".rdf", ".rss", ".atom"}
_TEXTS = {".txt", ".md", ".csv", ".tsv", ".yaml", ".yml", ".jsonl", ".ndjson", ".geojson", ".ttl"}
_SCRIPTS = {".js", ".css", ".map"}


@dataclass(frozen=True)
class Leak:
    """One place that carries a direct identifier. `place` names table and column, or line."""

    file: str
    place: str

    def __str__(self) -> str:
        return f"{self.file}, {self.place}" if self.place else self.file


@dataclass(frozen=True)
class _Search:
    """What is asked of every text. `contact` is the one e-mail address that may stand there."""

    connection: duckdb.DuckDBPyConnection
    contact: str | None
    _clean: set[str] = field(default_factory=set)

    def carries(self, text: str, place: str) -> bool:
        """True where a text carries an identifier that is not exactly the contact."""
        if len(text) < _SHORTEST:
            return False
        searched = plain(text)
        return any(
            each.kind != EMAIL_KIND or searched[each.start : each.end] != self.contact
            for each in carried(text, place)
        )

    def suspects(self, texts: Iterable[str]) -> set[str]:
        """Return those of some texts that may carry an identifier, whatever kind of text each is taken for.

        Pages and their files say the same words over and over: what was found clean is not asked again.
        """
        fresh = list(set(texts) - self._clean)
        suspect = self.connection.execute(
            f"select text from (select unnest($texts) as text) where {suspect_sql('text')}", {"texts": fresh}
        ).fetchall()
        found = {text for (text,) in suspect if self.carries(text, TEXT) or self.carries(text, IDENTIFIER)}
        self._clean.update(text for text in fresh if text not in found)
        return found

    def in_words(self, text: str) -> bool:
        """True where a text carries an identifier: one without spaces is an id, in which a row of
        digits says less.
        """
        return self.carries(text, TEXT if _SPACE.search(text) else IDENTIFIER)


def leaks(folder: Path, contact: str | None = None) -> list[Leak]:
    """Return the places under `folder` that carry a direct identifier, in the order of the files' names.

    `contact` is the address at which whoever publishes the folder is reached: it is let through as it is
    written, and nothing that only holds it.
    """
    found: list[tuple[int, Leak]] = []
    with connect() as connection:
        search = _Search(connection, contact)
        in_pieces: list[tuple[int, Path]] = []
        for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file()), start=1):
            if any(search.in_words(part) for part in path.relative_to(folder).parts):
                # Not even to say where: the name is what must not be told.
                found.append((number, Leak(f"file {number}", "name")))
            elif path.is_symlink() and path.resolve().is_relative_to(folder.resolve()):
                # The same file under another name.
                continue
            elif _is_of_pieces(path):
                in_pieces.append((number, path))
            else:
                found += _leaks_in(search, folder, number, path)
        for batch in range(0, len(in_pieces), _FILES_AT_ONCE):
            pieces_of = {entry: _pieces(entry[1]) for entry in in_pieces[batch : batch + _FILES_AT_ONCE]}
            suspects = search.suspects(piece for pieces in pieces_of.values() for piece in pieces)
            for (number, path), pieces in pieces_of.items():
                if not suspects.isdisjoint(pieces):
                    found += _leaks_in(search, folder, number, path)
    return [leak for _, leak in sorted(found, key=lambda each: each[0])]


def _leaks_in(search: _Search, folder: Path, number: int, path: Path) -> list[tuple[int, Leak]]:
    name = path.relative_to(folder).as_posix()
    return [(number, Leak(name, place)) for place in dict.fromkeys(_places(search, path))]


def _is_of_pieces(path: Path) -> bool:
    """Whether a file is small and made of pieces that many others have too: a page, or a file beside it."""
    suffix = path.suffix.lower()
    if suffix not in (*_PAGES, ".json", ".jsonld", ".csv") or path.stat().st_size > _SMALL_BYTES:
        return False
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _pieces(path: Path) -> set[str]:
    """The pieces of a small file: what stands between the tags of a page and in them, the strings of JSON,
    the cells of CSV, each as it is written and as it is read."""
    text, suffix = path.read_text(encoding="utf-8"), path.suffix.lower()
    if suffix == ".csv":
        return {*_BETWEEN_CELLS.split(text), *_QUOTED.findall(text)}
    if suffix in _PAGES:
        written = {*_TAG.split(text), *_TAG.findall(text)}
        return written | {html.unescape(piece) for piece in written if "&" in piece}
    return _json_strings(text)


def _json_strings(text: str) -> set[str]:
    """The strings of a JSON document, as they are written and as they are read; of what is no JSON, all."""
    written = set(_STRING.findall(text))
    read = set()
    for piece in written:
        if "\\" in piece:
            with contextlib.suppress(ValueError):
                read.add(json.loads(f'"{piece}"'))
    return written | read | set(_STRING.split(text))


def first_places(found: list[Leak]) -> str:
    """Return the first places in words for an error."""
    more = f"; +{len(found) - LISTED}" if len(found) > LISTED else ""
    return "; ".join(map(str, found[:LISTED])) + more


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _places(search: _Search, path: Path) -> Iterator[str]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        yield from _in_relation(search, f"read_parquet({literal(path)})", "")
    elif suffix in (".duckdb", ".db"):
        yield from _in_database(search, path)
    elif suffix in (".csv", ".tsv"):
        yield from _in_csv(search, path)
    else:
        yield from _in_bytes(search, path.name, path.read_bytes())


def _in_bytes(search: _Search, name: str, content: bytes) -> Iterator[str]:
    suffix = PurePosixPath(name).suffix.lower()
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {member.filename: archive.read(member) for member in archive.infolist()}
    elif content[:2] == b"\x1f\x8b":
        members = {PurePosixPath(name).stem: gzip.decompress(content)}
    elif suffix in (".json", ".jsonld", ".geojson", ".webmanifest"):
        try:
            document = json.loads(content)
            if search.suspects(_json_strings(content.decode("utf-8"))):
                yield from _in_json(search, document)
        except ValueError:
            yield from _in_bytes(search, f"{name}.txt", content)
        return
    elif suffix in _PAGES:
        yield from _in_page(search, content.decode("utf-8", "replace"))
        return
    elif suffix in _TEXTS or suffix in _SCRIPTS:
        lines = content.decode("utf-8", "replace").splitlines()
        suspects = search.suspects(lines)
        for number, line in enumerate(lines, start=1):
            if line in suspects and search.carries(line, DOCUMENT if suffix in _SCRIPTS else TEXT):
                yield f"line {number}"
        return
    else:
        # What a reader of bytes would find: rows of readable characters, long enough to be no accident.
        for run in re.findall(rb"[\x20-\x7e]{16,}", content):
            if search.carries(run.decode("ascii"), DOCUMENT):
                yield "bytes"
        return
    for number, (member, inside) in enumerate(members.items(), start=1):
        if search.in_words(member):
            yield f"entry {number}, name"
        elif PurePosixPath(member).suffix.lower() in (".parquet", ".duckdb", ".csv", ".tsv"):
            with TemporaryDirectory() as folder:
                laid = Path(folder) / f"entry{PurePosixPath(member).suffix.lower()}"
                laid.write_bytes(inside)
                yield from (f"{member}, {place}" for place in _places(search, laid))
        else:
            yield from (f"{member}, {place}" for place in _in_bytes(search, member, inside))


def _in_relation(search: _Search, relation: str, table: str) -> Iterator[str]:
    texts = []
    for name, kind, *_ in search.connection.execute(f"describe select * from {relation}").fetchall():
        label = f"{table}column {name}"
        if search.in_words(name):
            yield f"{table}name of a column"
        elif "VARCHAR" in kind or kind == "JSON":
            texts.append(name)
        elif kind in ("BLOB", "BIT"):
            for (value,) in search.connection.execute(
                f"select {_named(name)}::blob from {relation}"
            ).fetchall():
                if value is not None and any(_in_bytes(search, "", value)):
                    yield label
                    break
    for name in _carrying(search, relation, texts):
        yield f"{table}column {name}"


def _carrying(search: _Search, relation: str, names: list[str]) -> dict[str, list[str]]:
    """The values of each column of texts that carry an identifier; every value is looked at once."""
    if not names:
        return {}
    texts = ", ".join(f"{_named(name)}::varchar" for name in names)
    found = search.connection.execute(
        f"""select nth, list(distinct value order by value) from (
                select unnest(range({len(names)})) as nth, unnest([{texts}]) as value from {relation})
            where {suspect_sql("value")} group by nth order by nth"""
    ).fetchall()
    carrying = {
        names[nth]: [value for value in values if search.carries(value, _place(names[nth], value))]
        for nth, values in found
    }
    return {name: values for name, values in carrying.items() if values}


def _place(name: str, value: str) -> str:
    """What a value is, by the name of its column: one without spaces is an id."""
    by_name = name.lower()
    if by_name.endswith(_DOCUMENTS):
        return DOCUMENT
    if by_name in _IDENTIFIERS or by_name.endswith(_IDENTIFIERS[1:4]):
        return IDENTIFIER
    return TEXT if " " in value.strip(" ") else IDENTIFIER


def _in_database(search: _Search, path: Path) -> Iterator[str]:
    search.connection.execute(f"attach {literal(path)} as scanned (read_only)")
    try:
        tables = search.connection.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = 'scanned' "
            "order by all"
        ).fetchall()
        for schema, table in tables:
            relation = f"scanned.{_named(schema)}.{_named(table)}"
            yield from _in_relation(search, relation, f"table {schema}.{table}, ")
    finally:
        search.connection.execute("detach scanned")


def _in_csv(search: _Search, path: Path) -> Iterator[str]:
    if path.stat().st_size < _SMALL_BYTES:
        try:
            yield from _in_rows(search, path.read_text(encoding="utf-8-sig"))
        except (UnicodeDecodeError, csv.Error):
            yield from _in_bytes(search, f"{path.stem}.txt", path.read_bytes())
    else:
        yield from _in_large_csv(search, path)


def _in_rows(search: _Search, content: str) -> Iterator[str]:
    heads = content.partition("\n")[0]
    delimiter = max(",;\t", key=heads.count)
    rows = list(csv.reader(io.StringIO(content), delimiter=delimiter, strict=True))
    names = rows[0] if rows else []
    if any(search.in_words(name) for name in names):
        yield "name of a column"
    if any(len(row) > len(names) for row in rows):
        # A row with more cells than there are columns: what has no column is a text.
        names = [*names, *("",) * (max(map(len, rows)) - len(names))]
    for nth, name in enumerate(names):
        values = [row[nth] if nth < len(row) else "" for row in rows[1:]]
        # A column of numbers holds figures: what says so is that all of it is.
        if all(not value or _A_NUMBER.fullmatch(value) for value in values):
            continue
        for line, value in enumerate(values, start=2):
            if value and search.carries(value, _place(name, value)):
                yield f"line {line}, column {name}"
                break


def _in_large_csv(search: _Search, path: Path) -> Iterator[str]:
    relation = f"read_csv({literal(path)}, all_varchar = true, header = true, parallel = false)"
    try:
        search.connection.execute(f"create or replace temp table listed as select * from {relation}")
        names = [name for name, *_ in search.connection.execute("describe listed").fetchall()]
        suspects = [name for name in names if search.in_words(name)]
        yield from ("name of a column" for _ in suspects)
        texts = [name for name in names if name not in suspects]
        for name, values in _carrying(search, "listed", texts).items():
            text = _named(name)
            [(numbers, line)] = search.connection.execute(
                f"""select bool_and(regexp_full_match({text}, '{_NUMBER}')) filter ({text} <> ''),
                           min(rowid) filter (list_contains($1, {text})) + 2
                    from listed""",
                [values],
            ).fetchall()
            # A column of numbers holds figures: what says so is that all of it is.
            if not numbers:
                yield f"line {line}, column {name}"
    except duckdb.Error:
        yield from _in_bytes(search, f"{path.stem}.txt", path.read_bytes())


def _in_json(search: _Search, document: object, at: str = "") -> Iterator[str]:
    if isinstance(document, str):
        if search.in_words(document):
            yield at or "text"
    elif isinstance(document, dict):
        for name, inside in document.items():
            if search.in_words(name):
                yield f"{at}: name of a property"
            else:
                yield from _in_json(search, inside, f"{at}.{name}" if at else name)
    elif isinstance(document, list):
        for number, inside in enumerate(document):
            yield from _in_json(search, inside, f"{at}[{number}]")


def _in_page(search: _Search, content: str) -> Iterator[str]:
    page = _Page(search)
    page.feed(content)
    page.close()
    yield from page.found


class _Page(HTMLParser):
    """Searches the texts and attributes of a page, entities resolved, line by line."""

    def __init__(self, words: _Search) -> None:
        super().__init__(convert_charrefs=True)
        self._words = words
        self.found: list[str] = []
        self._raw = False

    def _search(self, text: str, place: str = "") -> None:
        if self._words.in_words(text.strip()):
            self.found.append(f"line {self.getpos()[0]}{place}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Search the attributes that are words."""
        self._raw = tag in ("script", "style")
        for name, value in attrs:
            if value and name not in _DRAWN:
                self._search(value, f", attribute {name}")

    def handle_endtag(self, tag: str) -> None:
        """Know that what follows a script is text again."""
        self._raw = False

    def handle_data(self, data: str) -> None:
        """Search a text; a script by what says that it is an identifier."""
        if not self._raw:
            self._search(data)
        elif self._words.carries(data, DOCUMENT):
            self.found.append(f"line {self.getpos()[0]}")

    def handle_comment(self, data: str) -> None:
        """Search what nobody sees."""
        self._search(data)
