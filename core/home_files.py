"""CSV files that people write into the home, and the error that says what is wrong with their lines.

Arrives: a path and the columns that the file has. Leaves: its lines, and a sentence for every line that
cannot be used, in Italian and English. What a line means does not belong here.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from core.errors import VetroError

Problem = tuple[str, str]
Line = tuple[int, dict[str, str]]


class HomeFileError(VetroError):
    """Lines of a file in the home that cannot be used, by number; one sentence each, without values."""

    def __init__(self, path: Path, problems: Mapping[int, Problem]):
        super().__init__(
            "\n".join(f"{path.name}, line {line}: {it} / {en}" for line, (it, en) in sorted(problems.items()))
        )


def read_lines(path: Path, columns: Sequence[str]) -> tuple[list[Line], dict[int, Problem]]:
    """Return the lines of the file that are not blank, cells by column, with the line on which each ends; and
    what is wrong with those that have more or fewer cells, so that all of a file can be told at once.

    Columns may stand in any order, parted by commas or semicolons. No lines where there is no file.
    HomeFileError where the file is not CSV in UTF-8 or has other columns.
    """
    if not path.exists():
        return [], {}
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
        number: (
            f"ha {len(line)} celle, ne servono {width}: mettere tra virgolette un testo con il separatore",
            f"it has {len(line)} cells, {width} are needed: put a text with the separator in quotes",
        )
        for number, line in lines
        if len(line) != width
    }
    usable = [
        (number, {name: cell.strip() for name, cell in zip(header, line, strict=True)})
        for number, line in lines
        if number not in short
    ]
    return usable, short


def write_lines(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write `rows`, cells by column, as such a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
