"""Records of a text file, one after the other, with the physical line each starts on.

Arrives: a CSV or JSON Lines file already known to be UTF-8. Leaves: batches of columns and lines; the lines
that are no record are set aside. It takes any quoting and any newline, and is slower than DuckDB's reader,
which does the plain files. Hashes, formats and types do not belong here.
"""

import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BATCH_RECORDS = 50_000
BATCH_BYTES = 32 * 1024 * 1024
_LINE = re.compile(rb"[^\r\n]*+")
_NEWLINE = re.compile(rb"\r\n|\n|\r")


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

    def __init__(self, delimiter: str):
        separator = re.escape(delimiter.encode())
        self.separator = delimiter.encode()
        self.field = re.compile(
            rb'"(?P<quoted>(?:[^"]|"")*+)"(?='
            + separator
            + rb'|[\r\n]|\Z)|(?P<bare>(?!")[^'
            + separator
            + rb"\r\n]*+)"
        )

    def record(self, content: bytes | mmap.mmap, start: int, size: int) -> tuple[list[bytes] | None, int]:
        """Return the fields and the end of the record at `start`; fields are None where its quotes do not
        close.
        """
        fields, at = [], start
        while True:
            found = self.field.match(content, at)
            if found is None:
                return None, _LINE.match(content, start).end()  # type: ignore[union-attr]
            quoted = found.group("quoted")
            fields.append(found.group("bare") if quoted is None else quoted.replace(b'""', b'"'))
            at = found.end()
            if content[at : at + 1] != self.separator:
                return fields, at
            at += 1


def csv_header(path: Path, delimiter: str) -> list[str]:
    """Return the names in the first record, none for an empty file; HeaderUnreadable if its quotes do not
    close.
    """
    content = _content(path)
    fields, _ = _Parting(delimiter).record(content, _start(content), len(content))
    if fields is None:
        raise HeaderUnreadable
    names = [name.decode("utf-8") for name in fields]
    return [] if names == [""] else names


def _columns(rows: list[list], width: int) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def csv_records(
    path: Path, delimiter: str, width: int, malformed: list[int]
) -> Iterator[tuple[list[list], list[int]]]:
    """Yield batches (columns of text or None, lines) of the records after the header.

    Blank lines are no records. The line of a record that has not `width` fields is added to `malformed`.
    """
    content, parting = _content(path), _Parting(delimiter)
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
        if b'"' in text:
            fields, end = parting.record(content, at, size)
            spanned = len(_NEWLINE.findall(content, at, end))
        else:
            fields = text.split(parting.separator)
        if text and header_passed:
            if fields is None or len(fields) != width:
                malformed.append(line)
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
    """Yield batches (columns of text or None in the order of `names`, lines) of the objects of a JSON Lines
    file.

    Names met are added to `seen`, those not in `names` to `others`; lines that are no flat object to
    `malformed`.
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
