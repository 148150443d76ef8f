"""The files of a page (Scarica): a table arrives, CSV and JSON of exactly what is shown leave.

Files carry marks in English, the definitions and the release id; numbers have a point and no separators.
"""

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal

from dashboards.figures import Indicator
from dashboards.parts.table import Cell, Column, Table
from dashboards.release import Release, Simulated

# What may be done with a file: published figures are everybody's, all others stay with their readers.
LICENCE = {"licence": "CC BY 4.0"}
INTERNAL = {"use": "internal, not for publication"}


def records(table: Table) -> list[dict[str, str]]:
    """Return the rows as texts by column key; a column with marks is followed by `<key>_mark`."""
    marked = [any(row[n].mark for row in table.rows) for n in range(len(table.columns))]
    return [
        {key: text for n, cell in enumerate(row) for key, text in _texts(table.columns[n], cell, marked[n])}
        for row in table.rows
    ]


def _texts(column: Column, cell: Cell, marked: bool) -> list[tuple[str, str]]:
    pairs = [(column.key, _plain(cell.raw))]
    return [*pairs, (f"{column.key}_mark", cell.mark or "")] if marked else pairs


def _plain(raw: object) -> str:
    if raw is None:
        return ""
    if isinstance(raw, Decimal):
        text = f"{raw:f}"
        return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
    return _harmless(raw) if isinstance(raw, str) else repr(raw)


def _harmless(text: str) -> str:
    # A spreadsheet runs what begins like a formula; an apostrophe makes it text again.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def csv_bytes(table: Table, release_id: str, simulated: Simulated) -> bytes:
    """Return the table as CSV in UTF-8, the release id in the last column of every row.

    Where data are simulated one more column says of which territories, in every row too.
    """
    rows = records(table)
    beside = {"release_id": release_id} | ({"simulated_instances": simulated.told} if simulated else {})
    names = list(rows[0]) if rows else [column.key for column in table.columns]
    text = io.StringIO()
    writer = csv.DictWriter(text, [*names, *beside], lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(row | beside)
    return text.getvalue().encode("utf-8")


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
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8")
