"""Rows written straight into the raw layer, as one accepted export of an instance.

Rows as dictionaries arrive, in the columns and types of the raw layer; a committed export leaves. What is
left out of a row is empty. Nothing here passes ingestion: rules of the contract are the caller's to keep.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from core.home import VetroHome
from ingestion.contract.schema import load_contract
from ingestion.raw.layer import TECHNICAL, entity_schema, export_folder, write_rows

Row = dict[str, object]


def commit_rows(
    home: VetroHome,
    instance: str,
    rows: Mapping[str, Sequence[Row]],
    *,
    period: tuple[date, date],
    accepted_on: date,
    entities: Sequence[str] | None = None,
    turned_away: Mapping[str, int] | None = None,
) -> None:
    """Commit one full export of `instance`, with `rows` by entity.

    It lists `entities`, or all of the contract; `turned_away` counts rows in quarantine, by entity. `op`,
    `updated_at` (the last day of the period) and `row_version` have defaults. Numbers are given as int,
    str or Decimal, never as float.
    """
    export_id = f"{instance}-0001"
    folder = export_folder(home, instance, export_id)
    folder.mkdir(parents=True)
    listed = list(load_contract().entities) if entities is None else list(entities)
    key = {"instance_id": instance, "export_id": export_id}
    described, totals = [], []
    for entity in listed:
        schema = entity_schema(entity)
        filled = [
            _filled(schema.names, row, number, entity, period[1])
            for number, row in enumerate(rows.get(entity, []), 2)
        ]
        _typed(filled, entity)
        write_rows(folder / f"{entity}.parquet", schema, filled)
        quarantined = (turned_away or {}).get(entity, 0)
        received = len(filled) + quarantined
        count = {"received": received, "loaded": len(filled), "known": 0, "quarantined": quarantined}
        described.append(
            key
            | {"entity": entity, "file": f"{entity}.csv", "format": "csv", "bytes": 1, "sha256": "0"}
            | count
        )
        totals += [key | total for total in _totals(entity, filled)]
    unknown = set(rows) - set(listed)
    assert not unknown, f"rows of entities that are not listed: {sorted(unknown)}"
    moment = datetime(accepted_on.year, accepted_on.month, accepted_on.day, 10)
    export = key | {
        "sequence": 1, "mode": "full", "contract_version": "1.0", "period_from": period[0],
        "period_to": period[1], "created": moment, "created_on": accepted_on, "accepted_at": moment,
        "manifest_sha256": "0", "content_sha256": "0", "key_id": "test",
    }  # fmt: skip
    technical = {"_export": [export], "_entity": described, "_control_total": totals}
    for name, schema in TECHNICAL.items():
        write_rows(folder / f"{name}.parquet", schema, technical.get(name, []))


def _filled(columns: Sequence[str], row: Row, number: int, entity: str, last_day: date) -> Row:
    unknown = set(row) - set(columns)
    assert not unknown, f"{entity} has no column {sorted(unknown)}"
    defaults = {
        "op": "U", "row_version": 1, "updated_at": datetime(last_day.year, last_day.month, last_day.day, 12),
        "_line": number, "_file": f"{entity}.csv",
    }  # fmt: skip
    return dict.fromkeys(columns) | {k: v for k, v in defaults.items() if k in columns} | row


def _typed(rows: Sequence[Row], entity: str) -> None:
    """Turn numbers into decimals of the column's scale and moments into naive UTC, in place."""
    for field in load_contract().entities[entity].fields:
        for row in rows:
            value = row.get(field.name)
            if value is None:
                continue
            if field.type == "number":
                assert not isinstance(value, float), f"{entity}.{field.name}: a float is no amount"
                row[field.name] = Decimal(str(value)).quantize(Decimal(1).scaleb(-(field.decimals or 2)))
            elif field.type == "datetime" and not isinstance(value, datetime):
                row[field.name] = datetime(value.year, value.month, value.day, 12)
            elif field.type == "datetime" and value.tzinfo:
                row[field.name] = value.astimezone(UTC).replace(tzinfo=None)


def _totals(entity: str, rows: Sequence[Row]) -> list[dict]:
    zero = Decimal(0)
    return [
        {
            "entity": entity,
            "column_name": field.name,
            "declared": total,
            "loaded": total,
            "known": zero,
            "quarantined": zero,
        }
        for field in load_contract().entities[entity].fields
        if field.type == "number" and not field.personal
        for total in [sum((row[field.name] for row in rows if row.get(field.name) is not None), zero)]
    ]
