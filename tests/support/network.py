"""Small networks of exports with every hard case of the contract, from a seed.

A seed and knobs arrive; exports of a few territories and their registry leave. Ids collide between
territories, people are known in two of them, rows come late, before what they point to, twice and
wrong; people are erased and named again. What the exports come to is never said here: that is what is
to be computed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import yaml
from hypothesis import strategies

from tests.second_computation.calendar_days import last_day, months_later
from tests.second_computation.contract_files import tables
from tests.support.bad_rows import Row, add_bad_rows
from tests.support.export_writing import FORMATS, Envelope, write_export
from tests.support.territory_life import TerritoryLife

ROME = ZoneInfo("Europe/Rome")
SEATS = {
    "rho": ("015182", ["015182", "015146"]),
    "biella": ("096004", ["096004", "096002"]),
    "milano": ("015146", ["015146"]),
    "matera": ("077014", ["077014"]),
}
# Never sent together, one of these groups at a time.
OPTIONAL = (
    (),
    ("payment",),
    ("grant", "grant_line", "grant_target"),
    ("grant_line",),
    ("request", "assessment"),
    ("assessment",),
    ("booking",),
    ("voucher", "voucher_event"),
    ("voucher",),
    ("application", "call"),
    ("plan_movement", "corporate_plan"),
    ("measurement",),
    ("outcome_indicator",),
    ("household", "household_member"),
    ("voucher_event",),
)


@dataclass(frozen=True)
class Knobs:
    """How large and how hard a network is. `never_sent` is, per territory in order, a place in OPTIONAL."""

    seed: int = 1
    territories: int = 2
    months: int = 4
    deliveries_a_month: int = 55
    first_month: date = date(2025, 12, 1)
    never_sent: tuple[int, ...] = (0, 0)
    bad_rows: bool = True
    full_again: bool = True
    mixed_formats: bool = True


@dataclass(frozen=True)
class GeneratedNetwork:
    """Where a generated network lies."""

    exports: Path
    instances_file: Path
    knobs: Knobs


@dataclass
class _Sent:
    """What one territory has sent so far, to be sent again by a later full export."""

    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    sequence: int = 0


def knobs_strategy(territories: int = 3) -> strategies.SearchStrategy[Knobs]:
    """Return a Hypothesis strategy over networks of up to `territories` territories."""
    return strategies.builds(
        Knobs,
        seed=strategies.integers(0, 10**6),
        territories=strategies.integers(1, territories),
        months=strategies.integers(2, 5),
        deliveries_a_month=strategies.integers(5, 70),
        first_month=strategies.sampled_from([date(2025, 9, 1), date(2025, 12, 1), date(2026, 2, 1)]),
        never_sent=strategies.tuples(*[strategies.integers(0, len(OPTIONAL) - 1)] * territories),
        bad_rows=strategies.booleans(),
        full_again=strategies.booleans(),
        mixed_formats=strategies.booleans(),
    )


def build_network(folder: Path, knobs: Knobs) -> GeneratedNetwork:
    """Write the exports of a network and its registry under `folder`."""
    names = list(SEATS)[: knobs.territories]
    # The last one is registered and silent: its residents count, it has no figures.
    registered = list(SEATS)[: knobs.territories + 1]
    registry = {
        name: {
            "name": name.title(),
            "seat": SEATS[name][0],
            "comuni": SEATS[name][1],
            "timezone": "Europe/Rome",
        }
        for name in registered
    }
    # Some joined late, some have left: they are expected to report only in between.
    for name, dates in _days_of_activity(knobs.first_month).items():
        if name in registry:
            registry[name] |= dates
    folder.mkdir(parents=True, exist_ok=True)
    instances_file = folder / "instances.yaml"
    instances_file.write_text(yaml.safe_dump({"instances": registry}), encoding="utf-8")
    for number, name in enumerate(names):
        group = knobs.never_sent[number] if number < len(knobs.never_sent) else 0
        _write_territory(folder / "exports", name, number, set(OPTIONAL[group]), knobs)
    return GeneratedNetwork(folder / "exports", instances_file, knobs)


def _days_of_activity(first_month: date) -> dict[str, dict[str, date]]:
    return {
        "biella": {"active_from": months_later(first_month, 1) + timedelta(days=9)},
        "milano": {
            "active_from": date(2020, 1, 1),
            "active_to": last_day("month", months_later(first_month, 3)),
        },
    }


def _write_territory(folder: Path, name: str, number: int, never_sent: set[str], knobs: Knobs) -> None:
    rng = Random(f"{knobs.seed}/{name}")
    life = TerritoryLife(rng, SEATS[name][1], number, knobs.deliveries_a_month)
    sent = _Sent()
    life.begin(knobs.first_month)
    # The first export covers two months, as a territory that joins late would send.
    first = knobs.first_month
    for month in range(knobs.months):
        start = months_later(knobs.first_month, month)
        life.live(start)
        if month == 0:
            continue
        if month >= 2:
            life.rewrite_history(start)
        erased = life.erase(last_day("month", start)) if month == 2 else []
        if number == 1 and month == 3:
            # Days for which nobody answers.
            first += timedelta(days=9)
        _write_month(
            folder, name, life, sent, (first, last_day("month", start)), erased, never_sent, knobs, rng
        )
        first = months_later(start, 1)


def _write_month(
    folder: Path,
    name: str,
    life: TerritoryLife,
    sent: _Sent,
    period: tuple[date, date],
    erased: list[str],
    never_sent: set[str],
    knobs: Knobs,
    rng: Random,
) -> None:
    sent.sequence += 1
    fresh = life.hand_over()
    is_full = sent.sequence == 1 or (knobs.full_again and sent.sequence == 3)
    rows: dict[str, list[Row | str]] = {}
    for entity in tables():
        if entity in never_sent:
            continue
        new = fresh.get(entity, [])
        again = [row for row in sent.rows[entity].values() if is_full] if sent.sequence > 1 else []
        if not is_full and not new and rng.random() < 0.5:
            continue
        ids = {row["record_id"] for row in new}
        rows[entity] = [row for row in again if row["record_id"] not in ids] + new
    for entity, listed in rows.items():
        sent.rows[entity].update({row["record_id"]: row for row in listed})
    formats = {entity: rng.choice(FORMATS) if knobs.mixed_formats else "csv" for entity in rows}
    if knobs.bad_rows:
        spent = life.add_unwelcome(rows, period[1])
        add_bad_rows(rows, formats, spent, rng)
    export_id = f"{name}-{period[1]:%Y-%m}-{sent.sequence:04d}"
    envelope = Envelope(
        name,
        export_id,
        sent.sequence,
        "full" if is_full else "incremental",
        period[0],
        period[1],
        datetime.combine(period[1] + timedelta(days=2), time(2, 10), ROME),
        erased,
    )
    write_export(folder, envelope, rows, formats, rng, zipped=rng.random() < 0.4)
