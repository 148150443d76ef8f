"""Records of a text file, one after the other, with the physical line each starts on.

Arrives: a CSV or JSON Lines file already known to be UTF-8. Leaves: batches of columns and lines; the lines
that are no record are set aside. It takes any quoting and any newline, and is slower than DuckDB's reader,
which does the plain files. Hashes, formats and types do not belong here.
"""

import json
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BATCH_RECORDS = 50_000
BATCH_BYTES = 32 * 1024 * 1024
_LINE = re.compile(rb"[^\r\n]*+")
_NEWLINE = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Shape:
    """How records are told apart. The default is the contract's: RFC 4180, and every record as wide
    as the header.

    Without a `quote` every line is a record. `fill_short` and `cut_long` take records that are not as wide as
    the header. `doubt_lines` sets a quoted field aside that goes over lines which look like records by
    themselves: its quote was hardly meant.
    """

    quote: str | None = '"'
    fill_short: bool = False
    cut_long: bool = False
    doubt_lines: bool = False


CONTRACT_SHAPE = Shape()


@dataclass
class Irregular:
    """What was met beside well-formed records: why a line was set aside, by line, and how many records were
    filled or cut.
    """

    reasons: dict[int, tuple[str, ...]] = field(default_factory=dict)
    filled: int = 0
    cut: list[int] = field(default_factory=list)


class HeaderUnreadable(Exception):
    """The first record cannot be parted into names."""


def _content(path: Path) -> bytes | mmap.mmap:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _start(content: bytes | mmap.mmap) -> int:
    return 3 if content[:3] == b"\xef\xbb\xbf" else 0


class _Parting:
    """Parts one CSV record at a position. A quote inside an unquoted field is taken as it stands."""

    def __init__(self, delimiter: str, quote: str | None = '"'):
        separator = re.escape(delimiter.encode())
        self.separator = delimiter.encode()
        self.quote = quote.encode() if quote else b""
        mark = re.escape(self.quote)
        bare = b"(?P<bare>[^" + separator + rb"\r\n]*+)"
        self.bare = re.compile(bare)
        self.field = re.compile(
            mark
            + b"(?P<quoted>(?:[^" + mark + b"]|" + mark + mark + b")*+)" + mark
            + b"(?=" + separator + rb"|[\r\n]|\Z)|(?!" + mark + b")" + bare
            if quote
            else b"(?P<quoted>(?!))|" + bare
        )  # fmt: skip

    def record(self, content: bytes | mmap.mmap, start: int, size: int) -> tuple[list[bytes] | None, int]:
        """Return the fields and the end of the record at `start`; fields are None where its quotes
        do not close.
        """
        fields, at = [], start
        while True:
            found = self.field.match(content, at)
            if found is None:
                return None, _LINE.match(content, start).end()  # type: ignore[union-attr]
            quoted = found.group("quoted")
            fields.append(
                found.group("bare") if quoted is None else quoted.replace(self.quote * 2, self.quote)
            )
            at = found.end()
            if content[at : at + 1] != self.separator:
                return fields, at
            at += 1

    def width_alone(self, line: bytes) -> int:
        """Return how many fields one physical line has by itself; an open quote is taken as it stands."""
        count, at = 0, 0
        while True:
            found = self.field.match(line, at) or self.bare.match(line, at)
            count += 1
            at = found.end()  # type: ignore[union-attr]
            if line[at : at + 1] != self.separator:
                return count
            at += 1


def csv_header(path: Path, delimiter: str, quote: str | None = '"') -> list[str]:
    """Return the names in the first record, none for an empty file; HeaderUnreadable if its quotes
    do not close.
    """
    content = _content(path)
    fields, _ = _Parting(delimiter, quote).record(content, _start(content), len(content))
    if fields is None:
        raise HeaderUnreadable
    names = [name.decode("utf-8") for name in fields]
    return [] if names == [""] else names


def _columns(rows: list[list], width: int) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def csv_records(
    path: Path,
    delimiter: str,
    width: int,
    malformed: list[int],
    shape: Shape = CONTRACT_SHAPE,
    irregular: Irregular | None = None,
) -> Iterator[tuple[list[list], list[int]]]:
    """Yield batches (columns of text or None, lines) of the records after the header.

    Blank lines are no records. The line of a record that has not `width` fields is added to `malformed`, and
    every line over which a doubtful quote goes. `irregular` hears why, and of records filled or cut.
    """
    content, parting = _content(path), _Parting(delimiter, shape.quote)
    irregular = irregular if irregular is not None else Irregular()
    size, line = len(content), 1
    at = _start(content)
    rows: list[list[str | None]] = []
    lines: list[int] = []
    weight, header_passed = 0, False
    while at < size:
        whole = _LINE.match(content, at)
        end = whole.end()  # type: ignore[union-attr]
        text = whole.group()  # type: ignore[union-attr]
        spanned = 0
        if parting.quote and parting.quote in text:
            fields, end = parting.record(content, at, size)
            spanned = len(_NEWLINE.findall(content, at, end))
        else:
            fields = text.split(parting.separator)
        if spanned and header_passed and shape.doubt_lines:
            inside = _NEWLINE.split(content[at:end])
            if sum(parting.width_alone(each) == width for each in inside) > 1:
                told = ("swallowed", str(line), str(line + spanned))
                doubtful = [line + n for n, each in enumerate(inside) if each]
                malformed += doubtful
                irregular.reasons |= dict.fromkeys(doubtful, told)
                text = b""
        if text and header_passed:
            if fields is not None and len(fields) < width and shape.fill_short:
                irregular.filled += 1
                fields += [b""] * (width - len(fields))
            elif fields is not None and len(fields) > width and shape.cut_long:
                if any(fields[width:]):
                    irregular.cut.append(line)
                fields = fields[:width]
            if fields is None or len(fields) != width:
                malformed.append(line)
                irregular.reasons[line] = (
                    ("open_quote",) if fields is None else ("width", str(len(fields)), str(width))
                )
            else:
                rows.append([value.decode("utf-8") if value else None for value in fields])
                lines.append(line)
                weight += end - at
        header_passed = header_passed or bool(text)
        newline = _NEWLINE.match(content, end)
        at = newline.end() if newline else size
        line += 1 + spanned
        if len(rows) >= BATCH_RECORDS or weight >= BATCH_BYTES:
            yield _columns(rows, width), lines
            rows, lines, weight = [], [], 0
    yield _columns(rows, width), lines


class _Written(str):
    """A number of a JSON text, as it was written."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice")
    return result


def _constant(name: str) -> None:
    raise ValueError("not JSON")


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise ValueError("a nested value")
    if "\0" in value:
        raise ValueError("a NUL")
    value.encode("utf-8")  # half a surrogate pair is no text
    return value


def json_records(
    path: Path, names: list[str], malformed: list[int], seen: set[str], others: dict[str, None]
) -> Iterator[tuple[list[list], list[int]]]:
    """Yield batches (columns of text or None in the order of `names`, lines) of the objects of a
    JSON Lines file.

    Names met are added to `seen`, those not in `names` to `others`; lines that are no flat
    object to `malformed`.
    """
    content = _content(path)
    size, at, line = len(content), _start(content), 1
    known = set(names)
    rows: list[list[str | None]] = []
    lines: list[int] = []
    weight = 0
    decoder = json.JSONDecoder(
        object_pairs_hook=_pairs, parse_float=_Written, parse_int=_Written, parse_constant=_constant
    )
    while at < size:
        whole = _LINE.match(content, at)
        text, end = whole.group(), whole.end()  # type: ignore[union-attr]
        if text.strip():
            try:
                record = decoder.decode(text.decode("utf-8"))
                if not isinstance(record, dict):
                    raise ValueError("not an object")
                values = {name: _text(value) for name, value in record.items()}
            except (ValueError, RecursionError):
                malformed.append(line)
            else:
                seen.update(values.keys() & known)
                others.update(dict.fromkeys(name for name in values if name not in known))
                rows.append([values.get(name) for name in names])
                lines.append(line)
                weight += end - at
        newline = _NEWLINE.match(content, end)
        at = newline.end() if newline else size
        line += 1
        if len(rows) >= BATCH_RECORDS or weight >= BATCH_BYTES:
            yield _columns(rows, len(names)), lines
            rows, lines, weight = [], [], 0
    yield _columns(rows, len(names)), lines
