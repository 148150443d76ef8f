"""The network as the indicators see it: facts, today's attributes, who a person is, where a territory stands.

What is held behind the loading arrives; plain questions about it are answered. No figure is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from tests.second_computation.calendar_days import rome_day
from tests.second_computation.identifiers import is_nobodys
from tests.second_computation.loading import Loaded, Loading, current, last_upsert

Scope = tuple[str, str]
Person = tuple[str, ...]


@dataclass(frozen=True)
class Territory:
    """One instance of the registry: the comune of its seat, the comuni it serves, when it is active."""

    seat: str
    comuni: tuple[str, ...]
    active_from: date | None = None
    active_to: date | None = None


@dataclass(frozen=True)
class Comune:
    """Where a comune stands: historic province code and region code."""

    province: str
    region: str


@dataclass(frozen=True)
class Fact:
    """One row of one instance. `effective` is False for a reversal and for what a reversal undid."""

    instance: str
    record_id: str
    row: dict[str, Any]
    loaded: Loaded
    effective: bool = True

    def __getitem__(self, column: str) -> Any:
        return self.row[column]


# Codes that a codice fiscale takes the place of sooner or later.
TEMPORARY = ("CF_PROV", "STP", "ENI")

# The day a ledger row counts on.
OWN_DAY: dict[str, Callable[[dict[str, Any]], date]] = {
    "service_delivery": lambda row: row["start_date"],
    "voucher_event": lambda row: rome_day(row["event_at"]),
    "payment": lambda row: row["value_date"],
    "plan_movement": lambda row: row["event_date"],
    "grant_line": lambda row: row["entry_date"],
    "measurement": lambda row: row["measured_on"],
}


class Network:
    """All instances together, as of one day."""

    def __init__(
        self,
        loading: Loading,
        territories: dict[str, Territory],
        comuni: dict[str, Comune],
        residents: dict[str, int],
        as_of: date | None = None,
        today: dict[str, str] | None = None,
    ) -> None:
        self.loading = loading
        self.territories = territories
        self.comuni = comuni
        self.residents = residents
        self.today = today or {}
        self.as_of = as_of or max((each.export.period_to for each in loading.accepted), default=date.min)

    def ledger(self, entity: str) -> list[Fact]:
        """Return all rows of a ledger, reversals and reversed rows included."""
        if entity not in self._ledgers:
            self._ledgers[entity] = list(self._read_ledger(entity))
        return self._ledgers[entity]

    @cached_property
    def _ledgers(self) -> dict[str, list[Fact]]:
        return {}

    def _read_ledger(self, entity: str) -> Iterator[Fact]:
        for instance, held in self.loading.held.items():
            rows = held.ledger[entity]
            undone = {loaded.row["reverses_id"] for loaded in rows.values()}
            for record_id, loaded in rows.items():
                effective = loaded.row["reverses_id"] is None and record_id not in undone
                yield Fact(instance, record_id, loaded.row, loaded, effective)

    def ledger_row(self, entity: str, instance: str, record_id: str | None) -> Fact | None:
        """Return one ledger row, or None where it is not loaded."""
        if entity not in self._ledgers_by_id:
            self._ledgers_by_id[entity] = {
                (fact.instance, fact.record_id): fact for fact in self.ledger(entity)
            }
        return self._ledgers_by_id[entity].get((instance, record_id))

    @cached_property
    def _ledgers_by_id(self) -> dict[str, dict[tuple[str, str | None], Fact]]:
        return {}

    def present(self, entity: str) -> list[Fact]:
        """Return the state or reference records that are not removed, in their current version."""
        found = []
        for instance, held in self.loading.held.items():
            for record_id, versions in held.versions[entity].items():
                latest = current(versions)
                if latest.row["op"] == "U":
                    found.append(Fact(instance, record_id, latest.row, latest))
        return found

    def attributes(self, entity: str, instance: str, record_id: str | None) -> dict[str, Any] | None:
        """Return today's attributes of a record, the last ones of a removed one, None of one never seen."""
        key = (entity, instance, record_id)
        if key not in self._attributes:
            versions = self.loading.held[instance].versions[entity].get(record_id) if record_id else None
            # Of a record that only its tombstone tells about, the tombstone's are the last known.
            last = (last_upsert(versions) or current(versions)) if versions else None
            self._attributes[key] = last.row if last else None
        return self._attributes[key]

    @cached_property
    def _attributes(self) -> dict[tuple[str, str, str | None], dict[str, Any] | None]:
        return {}

    def was_seen(self, entity: str, instance: str, record_id: str) -> bool:
        """Whether a record of any kind has been loaded, or was and is erased."""
        held = self.loading.held[instance]
        return (
            record_id in held.versions[entity]
            or record_id in held.ledger[entity]
            or (entity, record_id) in held.erased_records
        )

    def person(self, instance: str, person_id: str | None) -> Person | None:
        """Return who a person is across instances; None where a row has no person (any more)."""
        if person_id is None:
            return None
        known = self.attributes("person", instance, person_id)
        if known is None or known["id_kind"] == "NONE" or is_nobodys(known["id_value"]):
            return ("within", instance, person_id)
        return self._who(("across", known["id_kind"], known["id_value"]))

    def _who(self, code: Person) -> Person:
        """Return whose code it is now: a temporary one leads on to its successors, as long as they agree."""
        ends, waiting, seen = set(), [code], {code}
        while waiting:
            successors = self._successors.get(waiting.pop(), set())
            waiting += successors - seen
            seen |= successors
        for each in seen:
            if all(each in self._reached(other) for other in self._reached(each)):
                ends.add(min(self._reached(each) | {each}))
        return ends.pop() if len(ends) == 1 else code

    def _reached(self, code: Person) -> set[Person]:
        reached: set[Person] = set()
        while (more := {n for c in reached | {code} for n in self._successors.get(c, ())}) - reached:
            reached |= more
        return reached

    @cached_property
    def _successors(self) -> dict[Person, set[Person]]:
        """By temporary code, the codes that the records which once had it have today."""
        successors: dict[Person, set[Person]] = {}
        for held in self.loading.held.values():
            for versions in held.versions["person"].values():
                last = last_upsert(versions)
                if last is None or last.row["id_kind"] == "NONE":
                    continue
                today = ("across", last.row["id_kind"], last.row["id_value"])
                for row in (version.row for version in versions):
                    code = ("across", row["id_kind"], row["id_value"])
                    if row["op"] == "U" and row["id_kind"] in TEMPORARY and code != today:
                        successors.setdefault(code, set()).add(today)
        return successors

    def persons(self, instance: str, person_id: str | None) -> frozenset[Person]:
        """Return the same as a set, empty where there is nobody."""
        person = self.person(instance, person_id)
        return frozenset() if person is None else frozenset([person])

    def voucher_persons(self, fact: Fact) -> frozenset[Person]:
        """Return who stands behind a voucher event: the voucher's person."""
        voucher = self.attributes("voucher", fact.instance, fact["voucher_id"])
        return self.persons(fact.instance, voucher["person_id"]) if voucher else frozenset()

    def territory(self, instance: str, *kinds: str) -> list[Scope]:
        """Return the scopes of an instance, among network, region, province and instance."""
        seat = self.comuni[self.comune_today(self.territories[instance].seat)]
        every = {
            "network": "network",
            "region": seat.region,
            "province": seat.province,
            "instance": instance,
        }
        return [(kind, every[kind]) for kind in kinds]

    def organisation(self, kind: str, instance: str, organisation_id: str | None) -> list[Scope]:
        """Return the provider or funder scope of an organisation: its tax code, unless it is a person's."""
        known = self.attributes("organisation", instance, organisation_id)
        if known is None or len(known["tax_code"]) == 16:
            return []
        return [(kind, known["tax_code"])]

    def own(self, kind: str, instance: str, record_id: str | None) -> list[Scope]:
        """Return the scope named by an id of the instance, whether the record was seen or not."""
        return [(kind, f"{instance}:{record_id}")] if record_id is not None else []

    def grant_scopes(self, instance: str, grant_id: str | None) -> list[Scope]:
        """Return the grant's own scope and that of its funder."""
        known = self.attributes("grant", instance, grant_id)
        funder = self.organisation("funder", instance, known["funder_id"]) if known else []
        return [*funder, *self.own("grant", instance, grant_id)]

    def service_areas(self, instance: str, service_id: str | None) -> list[str]:
        """Return ALL and the area of need of a service, if it was ever seen."""
        known = self.attributes("service", instance, service_id)
        return ["ALL", known["istat_area"]] if known else ["ALL"]

    def comune_today(self, comune: str) -> str:
        """Return the comune that has the territory of a code today; the code itself where none has."""
        return self.today.get(comune, comune)

    def residents_of(self, scope: Scope) -> int | None:
        """Return the residents of the distinct comuni of the instances seated in a scope, None if unknown."""
        comuni = set()
        for instance, territory in self.territories.items():
            if scope in self.territory(instance, "network", "region", "province", "instance"):
                comuni |= {self.comune_today(comune) for comune in territory.comuni}
        known = [self.residents[comune] for comune in comuni if comune in self.residents]
        return sum(known) if known else None
