"""The files of a page (Scarica): a table arrives, CSV and JSON of exactly what is shown leave.

Files carry marks in English, the definitions and the release id; numbers have a point and no separators.
"""

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal

from core.spreadsheet_text import harmless
from dashboards.components.table import Column, Table
from dashboards.figures import MARKS, Indicator
from dashboards.i18n import Messages
from dashboards.release import Release, Simulated

# What may be done with a file: published figures are everybody's, all others stay with their readers.
LICENCE = {"licence": "CC BY 4.0"}
INTERNAL = {"use": "internal, not for publication"}


def records(table: Table) -> list[dict[str, str]]:
    """Return the rows as texts by column key; a column with marks is followed by `<key>_mark`."""
    names = [key for key, _ in _heads(table)]
    return [dict(zip(names, row, strict=True)) for row in _rows(table)]


def _heads(table: Table) -> list[tuple[str, Column | None]]:
    """The names of the columns of a file, each with the column whose numbers stand in it; None in that of
    their marks."""
    heads: list[tuple[str, Column | None]] = []
    for column, is_marked in zip(table.columns, _marked(table), strict=True):
        heads.append((column.key, column))
        if is_marked:
            heads.append((f"{column.key}_mark", None))
    return heads


def _rows(table: Table) -> list[list[str]]:
    marked, rows = _marked(table), []
    for row in table.rows:
        texts = []
        for cell, is_marked in zip(row, marked, strict=True):
            texts.append(_plain(cell.raw))
            if is_marked:
                texts.append(cell.mark or "")
        rows.append(texts)
    return rows


def _marked(table: Table) -> list[bool]:
    return [any(row[n].mark for row in table.rows) for n in range(len(table.columns))]


def _plain(raw: object) -> str:
    if raw is None:
        return ""
    if isinstance(raw, Decimal):
        text = f"{raw:f}"
        return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
    return harmless(raw) if isinstance(raw, str) else repr(raw)


def csv_bytes(table: Table, release_id: str, simulated: Simulated) -> bytes:
    """Return the table as CSV in UTF-8, the release id in the last column of every row.

    Where data are simulated one more column says of which territories, in every row too.
    """
    beside = {"release_id": release_id} | ({"simulated_instances": simulated.told} if simulated else {})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*(key for key, _ in _heads(table)), *beside])
    writer.writerows([*row, *beside.values()] for row in _rows(table))
    return text.getvalue().encode("utf-8")


def italian_csv_bytes(table: Table, release_id: str, simulated: Simulated, messages: Messages) -> bytes:
    """Return the table as CSV for Italian spreadsheets: a byte order mark, semicolons, decimal commas.

    Columns are those of the plain CSV in the same order, under the words of the page, marks in words too: who
    wants codes takes the other file, and a second row of heads would be in the way of sorting and filtering.
    """
    beside = {messages("file.release"): release_id}
    if simulated:
        beside[messages("file.simulated")] = simulated.told
    heads, label = [], ""
    for _, column in _heads(table):
        label = messages("file.mark", label=label) if column is None else column.label
        heads.append(label)
    is_mark = [column is None for _, column in _heads(table)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([*heads, *beside])
    for row in _rows(table):
        told = [
            (messages(f"mark.{value}") if value in MARKS and value != "zero" else value)
            if of_mark
            else _with_comma(value)
            for value, of_mark in zip(row, is_mark, strict=True)
        ]
        writer.writerow([*told, *beside.values()])
    return text.getvalue().encode("utf-8-sig")


def _with_comma(value: str) -> str:
    whole, point, part = value.partition(".")
    is_number = bool(point) and whole.removeprefix("-").isdigit() and part.isdigit()
    return f"{whole},{part}" if is_number else value


def json_bytes(
    table: Table,
    release: Release,
    data_to: dict[str, str],
    indicators: Sequence[Indicator],
    terms: dict[str, str],
) -> bytes:
    """Return the table as JSON with its title, the release, whether its data are simulated, the terms of its
    use, the last day known of every territory (`data_to`, by name) and the definitions of its indicators."""
    simulated = release.simulated
    definitions = {
        i.indicator_id: {"name_it": i.name_it, "name_en": i.name_en, "unit": i.unit}
        | ({"definition_it": i.definition_it, "definition_en": i.definition_en} if i.definition_it else {})
        for i in indicators
    }
    document = {
        "title": table.caption,
        "release_id": release.release_id,
        "data_to": data_to,
        **({"simulated_instances": simulated.told} if simulated else {}),
        **terms,
        "indicators": definitions,
        "rows": records(table),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
