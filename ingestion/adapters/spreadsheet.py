"""A sheet of a spreadsheet as lines of text, read in a process of its own.

Arrives: a workbook (.xlsx, .xls, .xlsb, .ods). Leaves: the names of the other sheets, then one JSON list of
text or null per row of the sheet. A cell with an error, or with a formula that was never computed, is the
name of that error (`ERROR_CELLS`); in .xls and .xlsb the reader of workbooks gives an empty cell for it, and
it cannot be told. A file of a few bytes can say that its last cell is the seventeen-thousand-millionth: the
process may take so much memory and time and no more, and ingestion lives on. What the rows mean does not
belong here.
"""

import json
import posixpath
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from ingestion.landing.plain_names import plain_name

SUFFIXES = (".xlsx", ".xls", ".xlsb", ".ods")
# How spreadsheets write an error, in English and in Italian, in lower case.
ERROR_CELLS = (
    "#n/a", "#n/d", "#ref!", "#rif!", "#div/0!", "#value!", "#valore!", "#name?", "#nome?", "#num!",
    "#null!", "#nullo!", "#calc!", "#spill!", "#getting_data",
)  # fmt: skip
_NEVER_COMPUTED = "#CALC!"
_SIGNS = re.compile(rb"""t=["']e["']|<(\w+:)?f[\s/>]""")
_PLACE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
MEMORY_BYTES = 2 * 1024**3
SECONDS = 300


class SheetUnreadable(Exception):
    """The file is no workbook, has no such sheet, or asks for more than it may."""


def read_sheet(
    path: Path, sheet: str | None, decimal: str, lines: Path
) -> tuple[list[str], Iterator[list[str | None]]]:
    """Return the names of the sheets that are not read, and the rows of `sheet` (the first if None) of the
    workbook, numbers with `decimal`; days are ISO.

    `lines` is a file to be written in between. SheetUnreadable if the workbook cannot be read.
    """
    command = [sys.executable, "-m", __name__, str(path), sheet or "", decimal, str(lines)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise SheetUnreadable from None
    if done.returncode:
        raise SheetUnreadable
    with lines.open(encoding="utf-8") as file:
        return json.loads(file.readline()), _rows(lines)


def _rows(lines: Path) -> Iterator[list[str | None]]:
    with lines.open(encoding="utf-8") as file:
        file.readline()
        for line in file:
            yield json.loads(line)


def _text(cell: object, decimal: str) -> str | None:
    match cell:
        case bool():
            return "true" if cell else "false"
        case int():
            return str(cell)
        case float():
            # Fifteen digits are what a spreadsheet keeps; the rest is noise of its binary form.
            text = f"{cell:.15g}"
            return text if "e" in text else text.replace(".", decimal)
        case datetime():
            midnight = cell.time() == time()
            return cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds")
        case date() | time():
            return cell.isoformat()
    return None if cell is None or cell == "" else str(cell)


def _write_lines(path: str, sheet: str, decimal: str, lines: str) -> None:
    # Only in the process of its own that reads the file: a fault of the reader ends there.
    import python_calamine

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    book = python_calamine.load_workbook(path)
    names = book.sheet_names
    # Its own name first; else one that is the same to whoever reads it.
    read = next((name for name in names if name == sheet), None) or next(
        (name for name in names if not sheet or plain_name(name) == plain_name(sheet)), sheet
    )
    errors = _errors(path, read) if zipfile.is_zipfile(path) else {}
    rows = book.get_sheet_by_name(read).to_python(skip_empty_area=False)
    with Path(lines).open("w", encoding="utf-8") as file:
        file.write(json.dumps([name for name in names if name != read]) + "\n")
        for number, row in enumerate(rows):
            cells = [_text(cell, decimal) for cell in row]
            for column, error in errors.pop(number, {}).items():
                cells += [None] * (column + 1 - len(cells))
                cells[column] = error
            file.write(json.dumps(cells) + "\n")


def _errors(path: str, sheet: str) -> dict[int, dict[int, str]]:
    """Return the errors in the cells of a sheet of an .xlsx, by row and column from 0; else none."""
    with zipfile.ZipFile(path) as archive:
        # Some programs part folders by a backslash.
        entries = {name.replace("\\", "/"): name for name in archive.namelist()}
        if "xl/workbook.xml" not in entries:
            return {}
        book = ElementTree.fromstring(archive.read(entries["xl/workbook.xml"]))
        links = ElementTree.fromstring(archive.read(entries["xl/_rels/workbook.xml.rels"]))
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        for each in book.iter():
            if _bare(each.tag) == "sheet" and each.get("name") == sheet:
                link = next((value for name, value in each.items() if _bare(name) == "id"), None)
                target = posixpath.normpath(posixpath.join("/xl", targets.get(link, ""))).lstrip("/")
                if target in entries:
                    with archive.open(entries[target]) as cells:
                        if not _may_hold_errors(cells):
                            return {}
                    with archive.open(entries[target]) as cells:
                        return _errors_in(cells)
    return {}


def _may_hold_errors(cells: IO[bytes]) -> bool:
    """False where no cell says that it is an error or a formula: most sheets are done with by this."""
    end = b""
    while chunk := cells.read(1 << 20):
        if _SIGNS.search(end + chunk):
            return True
        end = chunk[-8:]
    return False


def _errors_in(cells: IO[bytes]) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    row, column = -1, -1
    for event, element in ElementTree.iterparse(cells, events=("start", "end")):
        name = _bare(element.tag)
        if event == "start" and name == "row":
            row, column = int(element.get("r") or row + 2) - 1, -1
        elif event == "start" and name == "c":
            place = _PLACE.fullmatch(element.get("r") or "")
            column = _column(place[1]) if place else column + 1
        elif event == "end" and name == "c":
            parts = {_bare(part.tag): part.text for part in element}
            if element.get("t") == "e":
                found.setdefault(row, {})[column] = parts.get("v") or "#N/A"
            elif "f" in parts and not parts.get("v") and element.get("t") is None:
                found.setdefault(row, {})[column] = _NEVER_COMPUTED
        elif event == "end" and name == "row":
            element.clear()
    return found


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


if __name__ == "__main__":
    _write_lines(*sys.argv[1:])
