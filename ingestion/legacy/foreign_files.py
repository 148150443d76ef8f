"""The files of a delivery, read as rows of cleaned text, each with the line it stands on.

Arrives: a delivery's folder and what the mapping says of its files. Leaves: a table `foreign_<name>` of text
columns c0, c1, ... with `_file` and `_line`, or findings where a file is not as the mapping says. What the
columns mean does not belong here.
"""

import codecs
import fnmatch
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import duckdb
import pyarrow as pa

from ingestion.arrivals import ArchiveUnsafe, check_archive
from ingestion.examination import column_shown, shown
from ingestion.legacy.mapping import Condition, ForeignFile, Mapping, columns_read
from ingestion.legacy.spreadsheet import SUFFIXES, SheetUnreadable, read_sheet
from ingestion.receipts import Finding
from ingestion.records import HeaderUnreadable, csv_header, csv_records
from ingestion.reference_data import COLUMNS, quoted, reference_relation

_BATCH_ROWS = 50_000
# A text file does not begin like this: an archive, an old spreadsheet, a PDF, gzip.
_NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")
# Letters with accents in UTF-8, read as if they were Windows letters.
_MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
                       "\u2013-\u203a\u20ac\u2122]|â€")  # fmt: skip


class FilesUnfit(Exception):
    """The files are not as the mapping says; `findings` say why."""

    def __init__(self, findings: list[Finding]):
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


@dataclass
class ForeignTable:
    """The table of one file of the mapping. `positions` map a column's plain name to its SQL name.

    `malformed` are (file, line) of what is no record.
    """

    name: str
    positions: dict[str, str]
    malformed: list[tuple[str, int]] = field(default_factory=list)

    @property
    def table(self) -> str:
        """Its name in DuckDB."""
        return f"foreign_{self.name}"

    def column(self, name: str) -> str | None:
        """Return the SQL name of a column, or None."""
        if name in ("_file", "_line"):
            return name
        return self.positions.get(plain(name))


def plain(name: str) -> str:
    """Return a column name without the differences that nobody means: case and spaces."""
    return re.sub(r"[\s\u00a0]+", " ", name).strip().casefold()


def matched(paths: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Return the paths that fit a pattern; one without a slash is compared with the file's name alone."""
    return sorted(
        path
        for path in paths
        if any(
            fnmatch.fnmatchcase(path if "/" in pattern else PurePosixPath(path).name, pattern)
            for pattern in patterns
        )
    )


def assign_files(mapping: Mapping, paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the paths that each file of the mapping reads."""
    return {name: matched(paths, file.match) for name, file in mapping.files.items()}


def check_assigned(mapping: Mapping, paths: Iterable[str], assigned: dict[str, list[str]]) -> None:
    """See that no file is missing and none is nobody's; FilesUnfit otherwise."""
    findings = [
        Finding("file_missing", file=shown(", ".join(file.match)))
        for name, file in mapping.files.items()
        if not assigned[name] and not file.optional and not file.reference
    ]
    spoken_for = {path for found in assigned.values() for path in found}
    spoken_for.update(matched(paths, mapping.ignore))
    findings += [Finding("file_undeclared", file=shown(path)) for path in paths if path not in spoken_for]
    if findings:
        raise FilesUnfit(findings)


def read_files(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    root: Path,
    assigned: dict[str, list[str]],
    work: Path,
) -> dict[str, ForeignTable]:
    """Read every file of the mapping into its table; FilesUnfit with all that is wrong with any of them."""
    findings: list[Finding] = []
    tables = {}
    for name, file in mapping.files.items():
        reader = _FileReader(connection, file, columns_read(mapping, name), work)
        tables[name] = reader.read(root, assigned[name])
        findings += reader.findings
    if findings:
        raise FilesUnfit(findings)
    return tables


class _FileReader:
    """Reads the paths of one file of the mapping, one after the other, into one table."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, file: ForeignFile, needed: set[str], work: Path
    ):
        self.connection, self.file, self.work = connection, file, work
        self.needed = {plain(name): name for name in sorted(needed)}
        self.findings: list[Finding] = []

    def read(self, root: Path, paths: list[str]) -> ForeignTable:
        file = self.file
        names = [plain(name) for name in (COLUMNS[file.reference] if file.reference else self.needed)]
        table = ForeignTable(file.name, {name: f"c{place}" for place, name in enumerate(names)})
        if file.reference:
            listed = ", ".join(f"{name}::varchar as c{place}" for place, name in enumerate(names))
            relation = reference_relation(file.reference)
            self.connection.execute(
                f"create table {table.table} as select {listed}, 'reference' as _file, 0 as _line "
                f"from {relation}"
            )
            for name in self.needed.keys() - set(names):
                self.findings.append(
                    Finding("column_missing", file=f"reference/{file.reference}", column=name)
                )
            return table
        declared = ", ".join(f"c{place} varchar" for place in range(len(names)))
        declared += ", " if names else ""
        self.connection.execute(f"create table {table.table} ({declared}_file varchar, _line bigint)")
        for path in paths:
            try:
                self._append(table, root / path, path)
            except ArchiveUnsafe:
                self.findings.append(Finding("archive_unsafe", file=shown(path)))
            except duckdb.OutOfMemoryException:
                raise
            except (_Unreadable, duckdb.Error, pa.ArrowException, OSError):
                # Whatever a reader stumbles over, the file is not what the mapping says it is.
                self.findings.append(Finding("encoding_wrong", file=shown(path)))
        self._clean(table)
        return table

    def _append(self, table: ForeignTable, path: Path, told: str) -> None:
        if path.suffix.lower() in SUFFIXES:
            header, batches = self._sheet(path)
        else:
            header, batches = self._text(path, table, told)
        places = self._places(header, told)
        if places is None:
            return
        names = [f"c{place}" for place in range(len(places))]
        for columns, lines in batches:
            if not lines:
                continue
            arrays = [
                pa.nulls(len(lines), pa.string()) if at is None else pa.array(columns[at], pa.string())
                for at in places
            ]
            batch = pa.table([*arrays, pa.array(lines, pa.int64())], names=[*names, "_line"])
            self.connection.register("foreign_batch", batch)
            self.connection.execute(
                f"insert into {table.table} ({', '.join([*names, '_file', '_line'])}) "
                f"select {', '.join([*names, quoted(shown(told)), '_line'])} from foreign_batch"
            )
            self.connection.unregister("foreign_batch")

    def _places(self, header: list[str], told: str) -> list[int | None] | None:
        """Return where each needed column stands in a file, None where the header is not as it must be."""
        file, before = self.file, len(self.findings)
        known = {plain(other): plain(name) for name, others in file.aliases.items() for other in others}
        named = [known.get(plain(name), plain(name)) for name in header]
        for name, written in self.needed.items():
            if name not in named:
                self.findings.append(Finding("column_missing", file=shown(told), column=written))
        unused = None if file.unused is None or file.names else {plain(name) for name in file.unused}
        for place, name in enumerate(named, start=1):
            twice = name in self.needed and named.index(name) != place - 1
            if twice or (name not in self.needed and unused is not None and name not in unused):
                what = column_shown(header[place - 1].strip(), place, True)
                self.findings.append(Finding("column_unknown", file=shown(told), column=what))
        if len(self.findings) > before:
            return None
        return [named.index(name) for name in self.needed]

    def _text(
        self, path: Path, table: ForeignTable, told: str
    ) -> tuple[list[str], Iterator[tuple[list[list], list[int]]]]:
        """Return header and records of a text file, and set aside in `table.malformed` what is no record."""
        file, copy = self.file, self.work / "foreign.csv"
        skipped = self._lay_down(path, copy)
        width = len(file.names)
        if not file.names:
            try:
                header = csv_header(copy, file.reading.delimiter)
            except HeaderUnreadable:
                raise _Unreadable from None
            width = len(header)
        else:
            header = list(file.names)
        malformed: list[int] = []

        def numbered() -> Iterator[tuple[list[list], list[int]]]:
            for columns, lines in csv_records(copy, file.reading.delimiter, width, malformed):
                # A spreadsheet saved as text has rows of nothing but delimiters below its end.
                full = [n for n in range(len(lines)) if any(column[n] is not None for column in columns)]
                if len(full) < len(lines):
                    columns = [[column[n] for n in full] for column in columns]
                yield columns, [lines[n] + skipped for n in full]
            table.malformed += [(shown(told), line + skipped) for line in malformed]

        return header, numbered()

    def _lay_down(self, path: Path, copy: Path) -> int:
        """Write the file as UTF-8 from its header on, and return how many lines stood before that.

        Where the file has no header a line takes its place, so that the first record is never taken for one.
        """
        text = self._decoded(path)
        reading, skipped = self.file.reading, 0
        lines = _lines(text) if self.file.skip_lines or text[:4].lower() == "sep=" else None
        if lines is not None:
            # Excel's own first line says the delimiter and belongs to nobody's header.
            skipped = self.file.skip_lines + (lines[0][:4].lower() == "sep=")
            text = "".join(lines[skipped:])
        if reading.repair_mojibake:
            text = repair_mojibake(text)
        if self.file.names:
            text, skipped = "-\n" + text, skipped - 1
        copy.write_text(text, encoding="utf-8", newline="")
        return skipped

    def _decoded(self, path: Path) -> str:
        content = path.read_bytes()
        if content.startswith(_NOT_TEXT):
            raise _Unreadable
        encodings = self.file.reading.encoding
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and "utf-16" not in encodings:
            raise _Unreadable
        for encoding in encodings:
            try:
                text = content.decode(encoding)
            except (UnicodeDecodeError, ValueError):
                continue
            if "\0" not in text:
                return text.removeprefix("\ufeff")
        raise _Unreadable

    def _sheet(self, path: Path) -> tuple[list[str], Iterator[tuple[list[list], list[int]]]]:
        """Return header and records of a spreadsheet; the line of a record is the row of the sheet."""
        if path.suffix.lower() != ".xls":
            check_archive(path)
        file, lines = self.file, self.work / "sheet.jsonl"
        try:
            rows = enumerate(read_sheet(path, file.sheet, file.reading.decimal, lines), start=1)
            below = itertools.islice(rows, file.skip_lines, None)
            header = list(file.names) or [cell or "" for cell in next(below, (0, []))[1]]
        except SheetUnreadable:
            raise _Unreadable from None
        while header and not header[-1]:
            header.pop()
        return header, self._sheet_batches(below, len(header))

    def _sheet_batches(
        self, rows: Iterator[tuple[int, list]], width: int
    ) -> Iterator[tuple[list[list], list[int]]]:
        while batch := list(itertools.islice(rows, _BATCH_ROWS)):
            kept = [(line, cells[:width]) for line, cells in batch if any(cells[:width])]
            wide = [cells + [None] * (width - len(cells)) for _, cells in kept]
            yield [list(column) for column in zip(*wide, strict=True)], [line for line, _ in kept]

    def _clean(self, table: ForeignTable) -> None:
        """Bring the text of all cells into one form, fill down, and drop the rows that are no rows."""
        if not table.positions:
            return
        cleaned = ", ".join(f"{cleaned_text(column)} as {column}" for column in table.positions.values())
        filled = [column for column in map(table.column, self.file.fill_down) if column]
        replaced = ", ".join(
            f"last_value({column} ignore nulls) over (partition by _file order by _line) as {column}"
            for column in filled
        )
        drop = " or ".join(f"({condition_sql(condition, table)})" for condition in self.file.drop)
        self.connection.execute(
            f"create or replace table {table.table} as with cleaned as "
            f"(select {cleaned}, _file, _line from {table.table}), "
            f"kept as (from cleaned where {f'not coalesce({drop}, false)' if drop else 'true'}) "
            f"select {f'* replace ({replaced})' if replaced else '*'} from kept order by _file, _line"
        )


class _Unreadable(Exception):
    """The file cannot be read as the mapping says."""


def repair_mojibake(text: str) -> str:
    """Return the text with UTF-8 that was read as Windows letters (`ForlÃ¬`) put right, line by line.

    A line is repaired only if all of it then is UTF-8; else it stays as it stands.
    """
    if not _MOJIBAKE.search(text):
        return text
    return "".join(_repaired(line) if _MOJIBAKE.search(line) else line for line in _lines(text))


def _lines(text: str) -> list[str]:
    """Return the lines with their ends: str.splitlines knows ends that are none in a file."""
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", text)


def _repaired(line: str) -> str:
    try:
        return b"".join(_octet(character) for character in line).decode("utf-8")
    except UnicodeError:
        return line


def _octet(character: str) -> bytes:
    # Five Windows octets have no letter, and come as the control characters of Latin-1.
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")


def cleaned_text(column: str) -> str:
    """Return SQL for the text without what nobody typed on purpose: null where nothing is left.

    Composed accents, plain apostrophes, and every kind of space, line breaks included, as one space.
    """
    apostrophes = f"translate(nfc_normalize({column}), '’‘ʼ´`', '''''''''''')"
    spaces = r"[\s\x{00a0}\x{2000}-\x{200b}\x{202f}\x{feff}]+"
    return f"nullif(trim(regexp_replace({apostrophes}, '{spaces}', ' ', 'g')), '')"


def condition_sql(condition: Condition, table: ForeignTable) -> str:
    """Return SQL that is true where the condition holds."""
    column, tests = table.column(condition.column), []
    if condition.equals is not None:
        values = ", ".join(quoted(value.lower()) for value in condition.equals)
        tests.append(f"coalesce(lower({column}) in ({values}), false)")
    if condition.matches is not None:
        tests.append(f"coalesce(regexp_matches({column}, {quoted(condition.matches)}), false)")
    if condition.empty is not None:
        tests.append(f"{column} is {'' if condition.empty else 'not '}null")
    return " and ".join(tests)
