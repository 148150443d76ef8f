"""The files of a delivery, read as rows of cleaned text, each with the line it stands on.

Arrives: a delivery's folder and what the mapping says of its files. Leaves: a table `foreign_<name>` of text
columns c0, c1, ... with `_file` and `_line`, the records that were set aside, and an account of every record
met; or findings where a file is not as the mapping says. What the columns mean does not belong here.
"""

import codecs
import fnmatch
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from core.errors import VetroError
from core.sql import literal
from ingestion.adapters.accounts import LINES_LISTED, FileAccount, LeftOut
from ingestion.adapters.mapping import (
    CUT,
    FILL,
    Condition,
    ForeignFile,
    Mapping,
    Rule,
    columns_read,
    rules_of,
)
from ingestion.adapters.spreadsheet import ERROR_CELLS, SUFFIXES, SheetUnreadable, read_sheet
from ingestion.contract.findings import Finding
from ingestion.landing.archives import ArchiveUnsafe, check_archive
from ingestion.landing.file_formats import SPOKEN, format_of
from ingestion.landing.plain_names import plain_name, plain_path
from ingestion.privacy.direct_identifiers import column_shown, shown
from ingestion.reference.tables import COLUMNS, reference_relation
from ingestion.validation.records import HeaderUnreadable, Irregular, Shape, csv_header, csv_records

_BATCH_ROWS = 50_000
# A column that says in which money an amount is. The contract knows the euro alone.
_CURRENCY = re.compile(
    r"(.*\b)?currency( code)?|((codice|cod\.?|sigla) ?)?(valuta|divisa|moneta)( importo)?", re.IGNORECASE
)
_EURO = ("eur", "euro", "€", "eur.", "978")
# What names a money, and is no day (Valuta is also the day on which money moves).
_MONEY = "[a-z]{3}|[€$£¥]|[a-z ]*(dollar|sterlin|pound|franc|yen)[a-z ]*"
# Letters with accents in UTF-8, read as if they were Windows letters.
_MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
                       "\u2013-\u203a\u20ac\u2122]|â€")  # fmt: skip


class FilesUnfit(VetroError):
    """The files are not as the mapping says; `findings` say why."""

    def __init__(self, findings: list[Finding]):
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


@dataclass(frozen=True)
class SetAside:
    """A record that cannot become a row: where it stands, its code, and what the receipt says of it."""

    file: str
    line: int
    code: str = "row_malformed"
    detail: tuple[str, ...] = ()


@dataclass
class ForeignTable:
    """The table of one file of the mapping. `positions` map a column's plain name to its SQL name.

    `set_aside` are records that become nothing but errors; `accounts` tell of every path read.
    """

    name: str
    positions: dict[str, str]
    set_aside: list[SetAside] = field(default_factory=list)
    accounts: dict[str, FileAccount] = field(default_factory=dict)

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
    """Return a column name without the differences that nobody means: case, spaces, line breaks, accents
    parted from their letter, curled apostrophes.
    """
    return plain_name(re.sub(r"\s+", " ", name)).casefold()


def matched(paths: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Return the paths that fit a pattern, names compared as `plain_path` has them; a pattern without a slash
    is compared with the file's name alone.
    """
    wanted = [plain_name(pattern) for pattern in patterns]
    found = []
    for path in paths:
        whole = plain_path(path)
        name = whole.rsplit("/", 1)[-1]
        if any(fnmatch.fnmatchcase(whole if "/" in pattern else name, pattern) for pattern in wanted):
            found.append(path)
    return sorted(found)


def assign_files(mapping: Mapping, paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the paths that each file of the mapping reads."""
    return {name: matched(paths, file.match) for name, file in mapping.files.items()}


def check_assigned(mapping: Mapping, paths: Iterable[str], assigned: dict[str, list[str]]) -> None:
    """See that no file is missing and none is nobody's; FilesUnfit otherwise."""
    findings = [
        Finding("file_missing", file=shown(", ".join(file.match)), detail=("mapping",))
        for name, file in mapping.files.items()
        if not assigned[name] and not file.optional and not file.reference
    ]
    spoken_for = {path for found in assigned.values() for path in found}
    spoken_for.update(matched(paths, mapping.ignore))
    findings += [
        Finding("file_undeclared", file=shown(path), detail=("mapping",))
        for path in paths
        if path not in spoken_for
    ]
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
        reader = _FileReader(connection, file, columns_read(mapping, name), _silent(mapping, name), work)
        tables[name] = reader.read(name, root, assigned[name])
        findings += reader.findings
    if findings:
        raise FilesUnfit(findings)
    return tables


def _silent(mapping: Mapping, file: str) -> dict[str, set[str]]:
    """Return the texts that say nothing by plain column name, where a rule of the mapping has its own."""
    found: dict[str, set[str]] = {}
    for block in (block for blocks in mapping.entities.values() for block in blocks):
        rules: list[Rule] = rules_of(block) if block.file == file else []
        for rule in rules:
            if rule.column and "empty" in rule.reading.model_fields_set:
                found.setdefault(plain(rule.column), set()).update(rule.reading.empty)
    return found


class _FileReader:
    """Reads the paths of one file of the mapping, one after the other, into one table.

    `silent` are texts that say nothing, by plain name of the column whose rule has them.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        file: ForeignFile,
        needed: set[str],
        silent: dict[str, set[str]],
        work: Path,
    ):
        self.connection, self.file, self.silent, self.work = connection, file, silent, work
        self.needed = {plain(name): name for name in sorted(needed)}
        self.findings: list[Finding] = []
        # Where the file told by its path says in which money it counts, as it calls the column.
        self.currency: dict[str, str] = {}

    def read(self, name: str, root: Path, paths: list[str]) -> ForeignTable:
        file = self.file
        names = [plain(column) for column in (COLUMNS[file.reference] if file.reference else self.needed)]
        table = ForeignTable(name, {column: f"c{place}" for place, column in enumerate(names)})
        if file.reference:
            listed = ", ".join(f"{column}::varchar as c{place}" for place, column in enumerate(names))
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
        self.connection.execute(
            f"create table {table.table} ({declared}_currency varchar, _file varchar, _line bigint)"
        )
        for path in paths:
            try:
                self._append(table, root / path, path)
            except ArchiveUnsafe:
                self.findings.append(Finding("archive_unsafe", file=shown(path)))
            except duckdb.OutOfMemoryException:
                raise
            except (_Unreadable, duckdb.Error, pa.ArrowException, OSError) as error:
                # Whatever a reader stumbles over, the file is not what the mapping says it is.
                detail = error.detail if isinstance(error, _Unreadable) else ()
                self.findings.append(Finding("encoding_wrong", file=shown(path), detail=detail))
        self._clean(table)
        return table

    def _append(self, table: ForeignTable, path: Path, told: str) -> None:
        account = table.accounts[shown(told)] = FileAccount(shown(told))
        if path.suffix.lower() in SUFFIXES:
            header, batches = self._sheet(path, table, account)
        else:
            header, batches = self._text(path, table, account)
        places = self._places(header, told)
        if places is None:
            return
        names = [*(f"c{place}" for place in range(len(places) - 1)), "_currency"]
        for columns, lines in batches:
            account.records += len(lines)
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
                f"select {', '.join([*names, literal(shown(told)), '_line'])} from foreign_batch"
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
        judged = {plain(test.column) for test in file.reading.require}
        currency = next(
            (n for n, name in enumerate(named) if _CURRENCY.fullmatch(name) and name not in judged), None
        )
        if currency is not None:
            self.currency[shown(told)] = column_shown(header[currency].strip(), currency + 1, True)
        return [*(named.index(name) for name in self.needed), currency]

    def _text(
        self, path: Path, table: ForeignTable, account: FileAccount
    ) -> tuple[list[str], Iterator[tuple[list[list], list[int]]]]:
        """Return header and records of a text file, and set aside in the table what is no record."""
        file, copy = self.file, self.work / "foreign.csv"
        skipped = self._lay_down(path, copy)
        width, reading = len(file.names), file.reading
        if not file.names:
            try:
                header = csv_header(copy, reading.delimiter, reading.quote)
            except HeaderUnreadable:
                raise _Unreadable from None
            width = len(header)
        else:
            header = list(file.names)
        malformed: list[int] = []
        irregular = Irregular()
        shape = Shape(
            reading.quote, reading.short_rows == FILL, reading.long_rows == CUT, not reading.line_breaks
        )

        def numbered() -> Iterator[tuple[list[list], list[int]]]:
            for columns, lines in csv_records(copy, reading.delimiter, width, malformed, shape, irregular):
                # A spreadsheet saved as text has rows of nothing but delimiters below its end.
                full = [n for n in range(len(lines)) if any(column[n] is not None for column in columns)]
                if len(full) < len(lines):
                    columns = [[column[n] for n in full] for column in columns]
                yield columns, [lines[n] + skipped for n in full]
            for line in malformed:
                kind, *filled = irregular.reasons[line]
                if kind == "swallowed":
                    filled = [str(int(number) + skipped) for number in filled]
                aside = SetAside(account.file, line + skipped, detail=(kind, *filled))
                table.set_aside.append(aside)
            account.records += len(malformed)
            account.filled, account.cut = irregular.filled, len(irregular.cut)

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
        if kind := format_of(content):
            raise _Unreadable("format", SPOKEN.get(kind) or kind)
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
        raise _Unreadable("encoding", ", ".join(encodings))

    def _sheet(
        self, path: Path, table: ForeignTable, account: FileAccount
    ) -> tuple[list[str], Iterator[tuple[list[list], list[int]]]]:
        """Return header and records of a spreadsheet; the line of a record is the row of the sheet."""
        with path.open("rb") as opened:
            kind = format_of(opened.read(4096))
        if kind is not None and kind not in ("zip", "OLE"):
            raise _Unreadable("format", SPOKEN.get(kind, kind))
        if path.suffix.lower() != ".xls" or kind == "zip":
            check_archive(path)
        file, lines = self.file, self.work / "sheet.jsonl"
        try:
            account.sheets, sheet = read_sheet(path, file.sheet, file.reading.decimal, lines)
            account.sheets = list(map(shown, account.sheets))
            rows = enumerate(sheet, start=1)
            below = itertools.islice(rows, file.skip_lines, None)
            header = list(file.names) or [cell or "" for cell in next(below, (0, []))[1]]
        except SheetUnreadable:
            raise _Unreadable from None
        while header and not header[-1]:
            header.pop()
        return header, self._sheet_batches(below, len(header), table, account)

    def _sheet_batches(
        self, rows: Iterator[tuple[int, list]], width: int, table: ForeignTable, account: FileAccount
    ) -> Iterator[tuple[list[list], list[int]]]:
        while batch := list(itertools.islice(rows, _BATCH_ROWS)):
            kept = []
            for line, cells in batch:
                if not any(cells[:width]):
                    continue  # what stands beside the table alone is a note
                if any(cells[width:]):
                    if self.file.reading.long_rows != CUT:
                        last = max(place for place, cell in enumerate(cells, start=1) if cell)
                        told = ("width", str(last), str(width))
                        table.set_aside.append(SetAside(account.file, line, detail=told))
                        account.records += 1
                        continue
                    account.cut += 1
                kept.append((line, cells[:width]))
            wide = [cells + [None] * (width - len(cells)) for _, cells in kept]
            yield [list(column) for column in zip(*wide, strict=True)], [line for line, _ in kept]

    def _clean(self, table: ForeignTable) -> None:
        """Bring the text of all cells into one form, leave out what `drop` names, fill down, and set aside
        the rows of which the mapping asks what does not hold, or that hold an error of a spreadsheet.
        """
        listed = "".join(f"{cleaned_text(c)} as {c}, " for c in (*table.positions.values(), "_currency"))
        dropped = _first_true(
            [f"coalesce({condition_sql(test, table)}, false)" for test in self.file.drop], "_dropped"
        )
        self.connection.execute(
            f"create or replace table {table.table} as with cleaned as "
            f"(select {listed}_file, _line from {table.table}) select *, {dropped} from cleaned"
        )
        for number, test in enumerate(self.file.drop, start=1):
            told = f"drop: {test.column} {test.shown}"
            for file, rows, lines in left_out_by(self.connection, table.table, f"_dropped = {number}"):
                table.accounts[file].left_out.append(LeftOut(told, rows, lines))
        filled = [column for column in map(table.column, self.file.fill_down) if column]
        replaced = ", ".join(
            f"last_value({column} ignore nulls) over (partition by _file order by _line) as {column}"
            for column in filled
        )
        faults = self._faults(table)
        faulty = _first_true([sql for sql, _, _ in faults], "_fault")
        self.connection.execute(
            f"create or replace table {table.table} as with kept as "
            f"(select * exclude (_dropped) {f'replace ({replaced})' if replaced else ''} "
            f"from {table.table} where _dropped is null) "
            f"select *, {faulty} from kept order by _file, _line"
        )
        aside = self.connection.execute(
            f"select _file, _line, _fault from {table.table} where _fault is not null order by all"
        ).fetchall()
        for file, line, fault in aside:
            _, code, detail = faults[fault - 1]
            if code == "currency":
                code, detail = "enum_unknown", ("currency", self.currency[file])
            table.set_aside.append(SetAside(file, line, code, detail))
        self.connection.execute(
            f"create or replace table {table.table} as select * exclude (_fault, _currency) "
            f"from {table.table} where _fault is null order by _file, _line"
        )
        for file, account in table.accounts.items():
            account.set_aside = sum(aside.file == file for aside in table.set_aside)
        taken = self.connection.execute(
            f"select _file, count(*) from {table.table} group by _file"
        ).fetchall()
        for file, rows in taken:
            table.accounts[file].taken = rows

    def _faults(self, table: ForeignTable) -> list[tuple[str, str, tuple[str, ...]]]:
        """What no row may be: SQL that is true of it, the code it gets, and what is said of it."""
        found: list[tuple[str, str, tuple[str, ...]]] = []
        for name, column in table.positions.items():
            silent = {*self.file.reading.empty, *self.silent.get(name, ())}
            errors = ", ".join(literal(error) for error in ERROR_CELLS if error not in silent)
            if errors:
                found.append(
                    (
                        f"coalesce(lower({column}) in ({errors}), false)",
                        "type_wrong",
                        ("error_cell", self.needed[name]),
                    )
                )
        for test in self.file.reading.require:
            sql = f"not coalesce({condition_sql(test, table)}, false)"
            found.append((sql, "enum_unknown", ("require", test.column, test.shown)))
        euro = ", ".join(map(literal, _EURO))
        found.append(
            (
                f"coalesce(regexp_full_match(lower(_currency), {literal(_MONEY)}) "
                f"and lower(_currency) not in ({euro}), false)",
                "currency",
                (),
            )
        )
        return found


def _first_true(tests: list[str], name: str) -> str:
    """Return SQL for the number of the first test that is true, from 1, as a column; null where none is."""
    cases = " ".join(f"when {test} then {number}" for number, test in enumerate(tests, start=1))
    return f"{f'case {cases} end' if cases else 'null::integer'} as {name}"


def left_out_by(
    connection: duckdb.DuckDBPyConnection, relation: str, where: str
) -> list[tuple[str, int, list[int]]]:
    """Return by `_file` how many rows of a relation `where` holds for, and the first of their lines."""
    return connection.execute(
        f"select _file, count(*), list(_line order by _line)[:{LINES_LISTED}] from {relation} where {where} "
        "group by _file order by _file"
    ).fetchall()


class _Unreadable(VetroError):
    """The file cannot be read as the mapping says; `detail` says more to its sender."""

    def __init__(self, *detail: str):
        super().__init__(" ".join(detail))
        self.detail = detail


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
        values = ", ".join(literal(value.lower()) for value in condition.equals)
        tests.append(f"coalesce(lower({column}) in ({values}), false)")
    if condition.matches is not None:
        tests.append(f"coalesce(regexp_matches({column}, {literal(condition.matches)}), false)")
    if condition.empty is not None:
        tests.append(f"{column} is {'' if condition.empty else 'not '}null")
    return " and ".join(tests)
