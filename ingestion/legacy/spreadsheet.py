"""A sheet of a spreadsheet as lines of text, read in a process of its own.

Arrives: a workbook (.xlsx, .xls, .xlsb, .ods). Leaves: one JSON list of text or null per row of the sheet. A
file of a few bytes can say that its last cell is the seventeen-thousand-millionth: the process may take so
much memory and time and no more, and the door lives on. What the rows mean does not belong here.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

SUFFIXES = (".xlsx", ".xls", ".xlsb", ".ods")
MEMORY_BYTES = 2 * 1024**3
SECONDS = 300


class SheetUnreadable(Exception):
    """The file is no workbook, has no such sheet, or asks for more than it may."""


def read_sheet(path: Path, sheet: str | None, decimal: str, lines: Path) -> Iterator[list[str | None]]:
    """Yield the rows of `sheet` (the first if None) of the workbook, numbers with `decimal`; days are ISO.

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
    import python_calamine

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    book = python_calamine.load_workbook(path)
    rows = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
    with Path(lines).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps([_text(cell, decimal) for cell in row]) + "\n" for row in rows)


if __name__ == "__main__":
    _write_lines(*sys.argv[1:])
