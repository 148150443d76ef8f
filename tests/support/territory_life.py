"""What happens in one generated territory, month by month, as rows in the contract's columns.

A source of chance arrives, rows as text leave. When they are sent, and in what format, does not belong here.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.second_computation.calendar_days import last_day
from tests.second_computation.contract_files import tables
from tests.second_computation.identifiers import codice_fiscale_letter, eleventh_digit
from tests.support import territory_variety
from tests.support.bad_rows import TINY, Row
from tests.support.export_writing import instant
from tests.support.territory_variety import further_columns

ROME = ZoneInfo("Europe/Rome")
AREAS = ("FAM", "DIS", "DIP", "ANZ", "IMM", "POV", "MUL")
CHANNELS = ("DESK", "PHONE", "WEB", "APP", "OUTREACH", "REFERRAL")
AMOUNTS = ("quantity", "amount_total", "amount_user", "amount_municipality", "amount_ssn", "amount_other")
CENT = Decimal("0.01")


def codice_fiscale(number: int) -> str:
    """Return a codice fiscale that no person has: the birthplace letter X was never given out."""
    letters = "BCDFGHLMNPRSTVZ"
    name = "".join(letters[number // 15**place % 15] for place in range(6))
    first = f"{name}{40 + number % 60:02d}A{1 + number % 28:02d}X{number % 1000:03d}"
    return first + codice_fiscale_letter(first)


def tax_code(number: int) -> str:
    """Return an 11-digit tax code with its check digit."""
    first = f"{9000000000 + number * 7919:010d}"
    return first + eleventh_digit(first)


def identity(number: int) -> tuple[str, str | None]:
    """Return the kind and value of the identifier of a person, the same in every territory."""
    kinds = {
        0: ("NONE", None),
        1: ("STP", f"STP{number:013d}"),
        2: ("ENI", f"ENI{number:013d}"),
        3: ("CF_PROV", tax_code(number)),
    }
    return kinds.get(number % 12, ("CF", codice_fiscale(number)))


class TerritoryLife:
    """Rows of one territory. Every event is kept, so that later ones can undo, repeat or contradict it."""

    def __init__(self, rng: Random, comuni: list[str], number: int, deliveries_a_month: int) -> None:
        self.rng, self.comuni, self.number, self.deliveries_a_month = rng, comuni, number, deliveries_a_month
        self.fresh: dict[str, list[Row]] = defaultdict(list)
        self.latest: dict[str, dict[str, Row]] = defaultdict(dict)
        self.sent_ledger: dict[str, dict[str, Row]] = defaultdict(dict)
        self.undone: set[tuple[str, str]] = set()
        self.counters: dict[str, int] = defaultdict(int)
        self.measured: set[tuple[Any, ...]] = set()
        self.erased: list[str] = []

    # How rows come about

    def upsert(self, entity: str, record_id: str, day: date, *, op: str = "U", **values: Any) -> Row:
        """Say a state or reference record (again), a version later."""
        before = self.latest[entity].get(record_id)
        row: Row = (
            dict(before) if before else dict.fromkeys(column.name for column in tables()[entity].columns)
        )
        version = int(before["row_version"] or 0) + 1 if before else 1
        row |= {
            "record_id": record_id,
            "op": op,
            "updated_at": self.moment(day),
            "row_version": str(version),
            **{name: self.text(value) for name, value in values.items()},
        }
        further = further_columns(self, entity, row, day, is_new=before is None)
        row |= {name: self.text(value) for name, value in further.items()}
        self.latest[entity][record_id] = row
        self.fresh[entity].append(row)
        return row

    def append(self, entity: str, day: date, **values: Any) -> Row:
        """Say a ledger row."""
        row: Row = dict.fromkeys(column.name for column in tables()[entity].columns)
        row |= {
            "record_id": self.new_id(entity),
            "op": "U",
            "updated_at": self.moment(day),
            "row_version": "1",
            **{name: self.text(value) for name, value in values.items()},
        }
        further = further_columns(self, entity, row, day, is_new=True)
        row |= {name: self.text(value) for name, value in further.items()}
        self.fresh[entity].append(row)
        self.sent_ledger[entity][row["record_id"] or ""] = row
        return row

    def undo(self, entity: str, day: date, date_column: str, **values: Any) -> None:
        """Reverse one standing row of a ledger, this month's or an earlier one."""
        standing = [
            row
            for row in self.sent_ledger[entity].values()
            if row["reverses_id"] is None and (entity, row["record_id"]) not in self.undone
        ]
        if not standing:
            return
        # Those of erased people more often than chance: their reversals load without a person.
        of_erased = [row for row in standing if row.get("person_id") in self.erased]
        row = self.rng.choice(of_erased if of_erased and self.rng.random() < 0.5 else standing)
        self.undone.add((entity, row["record_id"] or ""))
        opposite = {
            name: f"{-Decimal(row[name] or 0)}"
            for name in (*AMOUNTS, "amount")
            if name in row and entity not in {"voucher_event", "plan_movement"}
        }
        when: Any = self.moment(day) if date_column == "event_at" else day
        changed = {**row, **opposite, "reverses_id": row["record_id"], **values}
        if date_column:
            changed[date_column] = when
        if "end_date" in changed:
            changed["end_date"] = None
        for name in ("record_id", "op", "updated_at", "row_version"):
            changed.pop(name)
        self.append(entity, day, **changed)

    def new_id(self, entity: str) -> str:
        """Return the next id of an entity; territories use the same ones."""
        self.counters[entity] += 1
        return f"{''.join(part[0] for part in entity.split('_')).upper()}-{self.counters[entity]}"

    def text(self, value: Any) -> str | None:
        """Return a value as the contract writes it."""
        if isinstance(value, datetime):
            return instant(value, self.rng)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bool):
            return "true" if value else "false"
        return None if value is None else str(value)

    def moment(self, day: date) -> str:
        """Return an instant of a day in Italy, often at an hour where days and months part."""
        hour = self.rng.choice([time(0, 15), time(0, 45), time(9), time(15, 30), time(22, 30), time(23, 45)])
        moment = datetime.combine(day, hour, ROME)
        if self.rng.random() < 0.1:
            moment = datetime.combine(day, time(23, 30), UTC)
        elif self.rng.random() < 0.1:
            # The hour that comes twice, and the one that does not come, on the days the clock is moved.
            moment = datetime.combine(day, time(2, 30), ROME).replace(fold=self.rng.randrange(2))
        return instant(moment, self.rng)

    def day_in(self, month: date) -> date:
        """Return a day of a month, the last one rather often."""
        end = last_day("month", month)
        return end if self.rng.random() < 0.1 else month + timedelta(days=self.rng.randrange(end.day))

    def one(self, entity: str, ghost: float = 0.02) -> str:
        """Return the id of a record, sometimes of one that nobody has ever seen."""
        if self.rng.random() < ghost or not self.latest[entity]:
            return f"GHOST-{self.rng.randrange(3)}"
        return self.rng.choice(sorted(self.latest[entity]))

    def maybe(self, value: Any, chance: float) -> Any:
        """Return the value, or nothing."""
        return value if self.rng.random() < chance else None

    def euros(self, low: int, high: int) -> Decimal:
        """Return an amount."""
        return Decimal(self.rng.randint(low * 100, high * 100)) * CENT

    def hand_over(self) -> dict[str, list[Row]]:
        """Return what is new, in any order, and begin anew."""
        fresh, self.fresh = self.fresh, defaultdict(list)
        for entity, rows in fresh.items():
            if tables()[entity].is_ledger:
                self.rng.shuffle(rows)
            else:
                # One version of a record per file; the last one said.
                fresh[entity] = list({row["record_id"]: row for row in rows}.values())
        return fresh

    # What happens

    def begin(self, first: date) -> None:
        """Say who and what there is before anything happens."""
        rng = self.rng
        for n in range(12):
            sole_trader = n == 9
            kind = (
                ("MUNICIPALITY", "FOUNDATION", "FOUNDATION", "SOCIAL_POINT", "SOCIAL_POINT")[n]
                if n < 5
                else "PROVIDER_COOP"
            )
            # Some organisations work in every territory, under different ids.
            code = (
                codice_fiscale(50000 + self.number)
                if sole_trader
                else tax_code(n if n % 3 else 100 * self.number + n)
            )
            self.upsert(
                "organisation",
                f"O-{(n + self.number) % 12}",
                first,
                kind=kind,
                tax_code=code,
                is_public_body=n == 0,
                istat_comune=rng.choice(self.comuni),
                name=rng.choice(['Coop; "Uno"', "Ente\ndi prova", "Prova"]),
            )
        for n in range(7):
            self.upsert(
                "service",
                f"S-{n}",
                first,
                name=f"Servizio {n}",
                macro_area="A",
                istat_area=AREAS[(n + self.number) % 7],
                unit="HOUR",
                sensitivity="NORMAL",
                valid_from=date(2020, 1, 1),
            )
        for n in range(60):
            self.person(n, first)
        for n in range(10):
            self.upsert(
                "household",
                f"H-{n}",
                first,
                istat_residence=self.comuni[0],
                isee_value=self.maybe(Decimal("8123.40"), 0.5),
            )
        for n in range(55):
            self.upsert(
                "household_member",
                f"HM-{n}",
                first,
                household_id=f"H-{n % 10}",
                person_id=self.one("person"),
                valid_from=date(2024, 1, 1),
            )
        for n, (kind, direction) in enumerate(
            [("OUTCOME", "UP"), ("OUTCOME", "DOWN"), ("SATISFACTION", "UP"), ("SATISFACTION", "DOWN")]
        ):
            self.upsert(
                "outcome_indicator",
                f"OI-{n}",
                first,
                code=f"OI_{n}",
                name="Indicatore",
                kind=kind,
                unit="points",
                direction=direction,
                scale_min="0",
                scale_max="10.000",
            )
        for n in range(3):
            self.grant(first + timedelta(days=n * 20))
            self.upsert(
                "call",
                f"C-{n}",
                first,
                title="Bando",
                kind="SUBSIDY",
                promoter_id="O-0",
                legal_basis="L. 328/2000",
                act_number=str(n),
                act_date=first,
                office="Servizi sociali",
                selection_method="graduatoria",
                budget="50000.00",
                opens_on=first,
                closes_on=first + timedelta(days=400),
            )
        for n in range(2):
            self.upsert(
                "corporate_plan",
                f"CP-{n}",
                first,
                sponsor_id=self.one("organisation"),
                name="Piano",
                source="COMPANY",
                year=2026,
                population=50,
                valid_from=first,
                valid_to=first + timedelta(days=500),
            )
        territory_variety.begin(self, first)

    def person(self, n: int, day: date) -> None:
        """Say a person: some are known in the next territory too, some twice in this one, some by nothing."""
        number = n + 25 * self.number if n < 56 else n - 50 + 25 * self.number
        kind, value = identity(number)
        self.upsert(
            "person",
            f"P-{n}",
            day,
            id_kind=kind,
            id_value=value,
            birth_date=date(1940 + n, 3, 4),
            sex=self.rng.choice("MF"),
            istat_residence=self.rng.choice(self.comuni),
            disability=self.maybe(n % 2 == 0, 0.5),
        )

    def grant(self, day: date) -> None:
        """Say a grant: with its act, without it, and with half of it, in turn."""
        record_id = self.new_id("grant")
        half = {"act_number": "12/2025", "act_date": day, "legal_basis": "L. 328/2000"}
        acts: list[dict[str, Any]] = [half | {"office": "Servizi sociali"}, {}, half]
        self.upsert(
            "grant",
            record_id,
            day,
            **acts[int(record_id.split("-")[1]) % 3],
            funder_id=self.one("organisation"),
            lead_id=self.one("organisation"),
            title="Progetto",
            deliberated_on=day,
            amount_deliberated=self.euros(1000, 9000),
            cofunding=self.maybe(self.euros(1, 500), 0.7) or "0.00",
            starts_on=day,
            ends_on=day + timedelta(days=300),
            status="ACTIVE",
            from_open_call=True,
        )

    def live(self, month: date) -> None:
        """Let one month pass."""
        from tests.support import territory_events

        for happen in territory_events.EVENTS:
            happen(self, month)
        territory_variety.happen(self, month)

    def rewrite_history(self, month: date) -> None:
        """Change what is known of things, remove some, and let older versions arrive late."""
        rng = self.rng
        day = self.day_in(month)
        self.upsert("service", self.one("service", 0), day, istat_area=rng.choice(AREAS))
        self.upsert(
            "organisation",
            "O-7",
            day,
            tax_code=rng.choice([tax_code(rng.randrange(5)), codice_fiscale(60000)]),
        )
        self.upsert(
            "organisation",
            f"O-{(9 + self.number) % 12}",
            day,
            tax_code=rng.choice([tax_code(70), codice_fiscale(50000)]),
        )
        self.upsert(
            "grant",
            self.one("grant", 0),
            day,
            funder_id=self.one("organisation"),
            amount_deliberated=self.euros(1, 5000),
        )
        kind, value = identity(rng.randrange(200))
        self.upsert("person", self.one("person", 0), day, id_kind=kind, id_value=value)
        removable = (
            "request",
            "booking",
            "application",
            "assessment",
            "grant",
            "voucher",
            "service",
            "organisation",
            "person",
            "outcome_indicator",
            "household_member",
            "grant_target",
        )
        for entity in removable:
            if self.latest[entity] and rng.random() < 0.4:
                self.upsert(entity, self.one(entity, 0), day, op="D")
        for entity in ("service", "request", "voucher", "application"):
            if self.latest[entity] and rng.random() < 0.5:
                self.arrive_late(entity, self.one(entity, 0), day)
        # A removed record may come back.
        for entity in ("request", "voucher", "organisation"):
            removed = [row for row in self.latest[entity].values() if row["op"] == "D"]
            if removed and rng.random() < 0.5:
                self.upsert(entity, rng.choice(removed)["record_id"] or "", day, op="U")

    def arrive_late(self, entity: str, record_id: str, day: date) -> None:
        """Send a version that must lose, or that wins by its time alone."""
        latest = self.latest[entity][record_id]
        changes = {
            "service": {"istat_area": self.rng.choice(AREAS)},
            "request": {"status": "WITHDRAWN"},
            "voucher": {"scheme": "Buono vecchio"},
            "application": {"status": "REVOKED"},
        }
        version = max(1, int(latest["row_version"] or 1) - self.rng.randrange(2))
        self.fresh[entity] = [row for row in self.fresh[entity] if row["record_id"] != record_id]
        self.fresh[entity].append(
            {
                **latest,
                "op": "U",
                "row_version": str(version),
                "updated_at": self.moment(day),
                **changes[entity],
            }
        )

    def erase(self, day: date) -> list[str]:
        """Return people to erase: some with deliveries, one whom nobody knows."""
        served = sorted({row["person_id"] or "" for row in self.sent_ledger["service_delivery"].values()})
        known = [person for person in served if person in self.latest["person"]]
        chosen = self.rng.sample(known, min(3, len(known)))
        self.erased += chosen
        return [*chosen, "P-UNKNOWN"]

    def add_unwelcome(self, rows: dict[str, list[Row | str]], day: date) -> dict[str, int]:
        """Add rows known already and a few that say otherwise than before; return how many are bad."""
        rng, spent = self.rng, defaultdict(int)
        deliveries = rows.get("service_delivery", [])
        here = {row["record_id"] for row in deliveries if not isinstance(row, str)}
        earlier = [
            row
            for row in self.sent_ledger["service_delivery"].values()
            if row["record_id"] not in here
            and row["reverses_id"] is None
            and row["person_id"] not in self.erased
        ]
        for row in rng.sample(earlier, min(3, len(earlier))):
            deliveries.append({**row, "updated_at": self.moment(day), "row_version": "7"})
            here.add(row["record_id"])
        budget = len(deliveries) // 50
        # A person erased now may be named by a row that was sent before.
        ours = [
            row
            for row in deliveries
            if not isinstance(row, str) and row["reverses_id"] is None and row["person_id"] not in self.erased
        ]
        changes = [row for row in earlier if row["record_id"] not in here]
        tries = [
            lambda: {**rng.choice(ours), **TINY} if ours else None,
            lambda: {**rng.choice(changes), **TINY} if changes else None,
            lambda: {**rng.choice(changes), "op": "D", **TINY} if changes else None,
        ]
        row = rng.choice(tries)()
        if row and budget and rng.random() < 0.5:
            deliveries.append(row)
            spent["service_delivery"] += 1
        return spent
