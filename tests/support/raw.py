"""Committed exports of a small invented territory, written straight into the raw layer.

A history of months arrives, folders as ingestion commits them leave. Only deliveries and requests are listed:
enough to judge what usually arrives. Nothing here passes ingestion.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from core.home import VetroHome
from ingestion.raw.layer import TECHNICAL, entity_schema, export_folder, write_rows

PRICE = Decimal("20.00")


@dataclass
class Month:
    """One export: how many rows of each entity, and what is unusual about it."""

    deliveries: int = 300
    requests: int = 240
    places_filled: bool = True
    statuses: tuple[str, ...] = ("OPEN", "ACCEPTED", "ACCEPTED", "REJECTED")
    declared_too_much: Decimal = Decimal(0)
    lists_requests: bool = True
    drop_column: str | None = None


@dataclass
class History:
    """Exports of one instance, the first one full, from January 2025 on."""

    instance: str = "rho"
    months: list[Month] = field(default_factory=lambda: [Month() for _ in range(9)])

    def write(self, home: VetroHome) -> "History":
        """Commit every month and return self."""
        for number, month in enumerate(self.months, start=1):
            _commit(home, self.instance, number, month)
        return self

    @property
    def spent(self) -> Decimal:
        """All money delivered."""
        return sum((PRICE * month.deliveries for month in self.months), Decimal(0))

    @property
    def last_day(self) -> date:
        """The last day covered."""
        return _period(len(self.months))[1]


def _period(number: int) -> tuple[date, date]:
    first = date(2025 + (number - 1) // 12, (number - 1) % 12 + 1, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)


def _commit(home: VetroHome, instance: str, number: int, month: Month) -> None:
    export_id = f"{instance}-{number:04d}"
    folder = export_folder(home, instance, export_id)
    folder.mkdir(parents=True)
    first, last = _period(number)
    common = {"instance_id": instance, "export_id": export_id}
    rows = {"service_delivery": _deliveries(number, month, first)}
    if month.lists_requests:
        rows["request"] = _requests(number, month, first)
    for entity, of_entity in rows.items():
        schema = entity_schema(entity)
        if month.drop_column and month.drop_column in schema.names:
            schema = schema.remove(schema.get_field_index(month.drop_column))
        write_rows(folder / f"{entity}.parquet", schema, of_entity)
    created = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=3)
    write_rows(
        folder / "_export.parquet",
        TECHNICAL["_export"],
        [
            common
            | {
                "sequence": number,
                "mode": "full" if number == 1 else "incremental",
                "contract_version": "1.0",
                "period_from": first,
                "period_to": last,
                "created": created.replace(tzinfo=None),
                "created_on": created.date(),
                "accepted_at": created.replace(tzinfo=None),
                "manifest_sha256": "0" * 64,
                "content_sha256": "0" * 64,
                "key_id": "test",
            }
        ],
    )
    write_rows(
        folder / "_entity.parquet",
        TECHNICAL["_entity"],
        [
            common
            | {
                "entity": entity,
                "file": f"{entity}.csv",
                "format": "csv",
                "bytes": 1,
                "sha256": "0" * 64,
                "received": len(of_entity),
                "loaded": len(of_entity),
                "known": 0,
                "quarantined": 0,
            }
            for entity, of_entity in rows.items()
        ],
    )
    total = PRICE * month.deliveries
    write_rows(
        folder / "_control_total.parquet",
        TECHNICAL["_control_total"],
        [
            common
            | {
                "entity": "service_delivery",
                "column_name": "amount_total",
                "declared": total + month.declared_too_much,
                "loaded": total,
                "known": Decimal(0),
                "quarantined": Decimal(0),
            }
        ],
    )
    write_rows(folder / "_quarantine.parquet", TECHNICAL["_quarantine"], [])


def _deliveries(number: int, month: Month, first: date) -> list[dict]:
    return [
        {
            "record_id": f"D-{number}-{i}",
            "op": "U",
            "updated_at": datetime(2025, 1, 1),
            "row_version": 1,
            "person_id": f"P-{i}",
            "service_id": "S-1",
            "provider_id": "O-1",
            "istat_place": "015182",
            "booking_id": f"B-{i}" if month.places_filled else None,
            "start_date": first,
            "quantity": Decimal("1.000"),
            "amount_total": PRICE,
            "amount_user": Decimal(0),
            "amount_municipality": PRICE,
            "amount_ssn": Decimal(0),
            "amount_other": Decimal(0),
            "_line": i + 2,
            "_file": "service_delivery.csv",
        }
        for i in range(month.deliveries)
    ]


def _requests(number: int, month: Month, first: date) -> list[dict]:
    return [
        {
            "record_id": f"R-{number}-{i}",
            "op": "U",
            "updated_at": datetime(2025, 1, 1),
            "row_version": 1,
            "person_id": f"P-{i}",
            "channel": "DESK",
            "status": month.statuses[i % len(month.statuses)],
            "received_at": datetime(first.year, first.month, 2),
            "_line": i + 2,
            "_file": "request.csv",
        }
        for i in range(month.requests)
    ]
