"""CSV files that people write into the home, and the error that says what is wrong with their lines.

Arrives: a path and the columns that the file has. Leaves: its lines, or a sentence for every line that cannot
be used, in Italian and English. What a line means does not belong here.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

Problem = tuple[str, str]
Line = tuple[int, dict[str, str]]


class HomeFileError(ValueError):
    """Lines of a file in the home that cannot be used, by number; one sentence each, without values."""

    def __init__(self, path: Path, problems: Mapping[int, Problem]):
        super().__init__(
            "\n".join(f"{path.name}, line {line}: {it} / {en}" for line, (it, en) in sorted(problems.items()))
        )


def read_lines(path: Path, columns: Sequence[str]) -> list[Line]:
    """Return the lines of the file that are not blank, cells by column, with the line on which each ends.

    Columns may stand in any order, parted by commas or semicolons. No lines where there is no file.
    HomeFileError where the file is not CSV in UTF-8, has other columns, or a line has more or fewer cells.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            delimiter = ";" if ";" in file.readline() else ","
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter)
            header = [name.strip() for name in next(reader, [])]
            lines = [(reader.line_num, line) for line in reader if any(line)]
        except (UnicodeDecodeError, csv.Error):
            wrong = ("il file non è CSV in UTF-8: salvarlo così", "the file is not CSV in UTF-8: save it so")
            raise HomeFileError(path, {1: wrong}) from None
    if sorted(header) != sorted(columns):
        names = ", ".join(columns)
        raise HomeFileError(path, {1: (f"le colonne sono {names}", f"the columns are {names}")})
    width = len(columns)
    short = {
        number: (f"servono {width} celle", f"{width} cells are needed")
        for number, line in lines
        if len(line) != width
    }
    if short:
        raise HomeFileError(path, short)
    return [
        (number, {name: cell.strip() for name, cell in zip(header, line, strict=True)})
        for number, line in lines
    ]
