"""The whole simulated network: territory after territory, block of persons after block,
into contract exports.

A folder, a scale and a seed arrive; one folder of exports per territory and the registry entries of
the instances leave. Memory is that of one block, whatever the scale. Reading the exports back does
not belong here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.progress import Progress
from simulation import bookings, calls, care, corporate, outcomes, payments, vouchers
from simulation.allocations import delivery_allocations, draw_backing
from simulation.export import TerritoryExports
from simulation.faults import spoil
from simulation.grants import build_funding
from simulation.identity import People
from simulation.months import NONE, USUAL_MONTHS, month_count, month_of_day, simulated_months
from simulation.organisations import build_bodies, organisation_rows
from simulation.people import Block, Numbers, complete_seen, draw_people, household_rows, person_rows
from simulation.rows import PREFIX, Rows, concat
from simulation.services import build_offer
from simulation.territories import TERRITORIES, Territory, persons_in, registry

BLOCK = 20_000
SMALLEST_SCALE, LARGEST_SCALE = 0.01, 1000.0
# Who asks to be forgotten: territory, and how many months before the end the wish is carried out.
ERASURES = {"milano": 7, "napoli": 4}


@dataclass
class SimulationReport:
    """What was written. rows: by entity, as sent. folders: one per territory."""

    out: Path
    scale: float
    seed: int
    exports: int = 0
    persons: int = 0
    bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)


def instances(scale: float = 1.0) -> dict[str, dict[str, object]]:
    """Return the registry entries of the simulated territories; they are the same at every scale."""
    return registry()


def simulate(
    out: Path,
    *,
    scale: float = 1.0,
    seed: int = 1,
    months: int = USUAL_MONTHS,
    progress: Progress | None = None,
    exports: Callable[..., TerritoryExports] = TerritoryExports,
) -> SimulationReport:
    """Write the exports of the thirteen territories under `out`/<instance>/ and say what was written.

    scale: 1 is the usual size, about 130,000 people known in 36 months; from 0.01 to 1000, else ValueError.
    months: how many up to September 2026, from 12 to 120, else ValueError; the people known grow with them,
    what a month holds stays. The same seed, scale and months give the same bytes. progress(label, done,
    total): called with the persons simulated so far. exports: what takes the rows of a territory, made and
    called like TerritoryExports. Raises VetroError where an export that was not simulated is in the way.
    """
    if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
        raise ValueError(f"scale {scale}: da 0.01 a 1000 / from 0.01 to 1000")
    with simulated_months(months):
        return _simulate(Path(out), scale, seed, progress, exports)


def _simulate(
    out: Path,
    scale: float,
    seed: int,
    progress: Progress | None,
    exports: Callable[..., TerritoryExports],
) -> SimulationReport:
    sizes = [persons_in(t, scale * month_count() / USUAL_MONTHS) for t in TERRITORIES]
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    people = {
        t.id: People(seed, code, int(offset))
        for code, (t, offset) in enumerate(zip(TERRITORIES, offsets, strict=True), start=1)
    }
    report = SimulationReport(out, scale, seed, persons=sum(sizes))
    done = 0
    for code, territory in enumerate(TERRITORIES, start=1):
        simulation = TerritorySimulation(
            territory,
            code,
            sizes[code - 1],
            scale,
            seed,
            people,
            dict(zip((t.id for t in TERRITORIES), sizes, strict=True)),
            out,
            exports,
        )
        for size in simulation.blocks():
            done += size
            if progress:
                progress(territory.name, done, report.persons)
        simulation.finish(report)
    return report


class TerritorySimulation:
    """One territory while it is simulated: its bodies, its counters, its open files."""

    def __init__(
        self,
        territory: Territory,
        code: int,
        persons: int,
        scale: float,
        seed: int,
        people: dict[str, People],
        sizes: dict[str, int],
        out: Path,
        exports: Callable[..., TerritoryExports],
    ) -> None:
        self.territory, self.code, self.persons, self.seed = territory, code, persons, seed
        self.people, self.sizes = people, sizes
        self.numbers = Numbers()
        self.counts: dict[str, int] = {}
        self.exports = exports(
            out / territory.id,
            territory.id,
            territory.name,
            delimiter=territory.delimiter,
            archived=territory.archived,
            note={"seed": seed, "scale": scale},
        )
        rng = self._stream(0)
        self.bodies = build_bodies(territory, code, persons, rng)
        self.offer = build_offer(territory, self.bodies, rng)
        self.funding = build_funding(territory, code, self.bodies, persons, scale, self.numbers, rng)
        self.calls = calls.build_calls(territory, self.bodies, self.funding, persons, self.numbers, rng)
        self.plans = corporate.build_plans(self.bodies, persons, self.numbers, rng)
        organisations = len(self.bodies.records) + 1
        self.owed = np.zeros((organisations, month_count()), dtype=np.int64)
        self.fees = np.zeros((organisations, month_count()), dtype=np.int64)
        self._send(
            [
                organisation_rows(self.bodies),
                self.offer.service_rows,
                self.offer.indicator_rows,
                *self.funding.rows,
                self.calls.rows,
                self.plans.rows,
            ],
            rng,
        )
        self._send(
            calls.apply_as_organisations(self.calls, self.bodies, territory, self.funding, self.numbers, rng),
            rng,
        )

    def _stream(self, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, self.code, number])))

    def blocks(self):
        """Simulate the territory's persons block by block; yield the size of each."""
        for number, first in enumerate(range(0, self.persons, BLOCK), start=1):
            last = min(first + BLOCK, self.persons)
            self._block(number, first, last)
            yield last - first

    def _block(self, number: int, first: int, last: int) -> None:
        rng = self._stream(number)
        territory, bodies, numbers = self.territory, self.bodies, self.numbers
        people = self.people[territory.id]
        block = draw_people(
            people,
            self.people[territory.twin],
            self.sizes[territory.twin],
            territory,
            first,
            last,
            numbers,
            rng,
        )
        corporate.hire(block, bodies, self.plans, rng)
        told = self._care(block, rng)
        applied, won = calls.apply(block, self.calls, territory, self.funding, numbers, rng)
        told += applied
        given = vouchers.join(vouchers.draw_vouchers(block, self.funding, rng), won)
        told += vouchers.live(given, block, territory, bodies, self.funding, numbers, self.owed, rng)
        told += corporate.move(block, bodies, self.plans, self.offer, numbers, rng)
        complete_seen(block, rng)
        elsewhere = next(t.seat for t in TERRITORIES if t.id == territory.twin)
        told.append(person_rows(block, territory, elsewhere, people.offset, rng))
        told += household_rows(block, territory, elsewhere, numbers, rng)
        if number == 1 and territory.id in ERASURES:
            self._forget(block, told)
        self._send(told, rng)

    def _care(self, block: Block, rng: np.random.Generator) -> list[Rows]:
        territory, bodies, numbers = self.territory, self.bodies, self.numbers
        requests, assessments, episodes = care.draw_requests(block, territory, bodies, numbers, rng)
        backing = draw_backing(
            episodes.area, episodes.start, block.employer[episodes.person], self.funding, rng
        )
        given = care.draw_deliveries(
            block, episodes, territory, self.offer, bodies, backing.share_on, numbers, rng
        )
        appointments, booked = bookings.draw_bookings(given, block, self.offer, territory, numbers, rng)
        undo, undone, redo, redo_of = care.corrections(given, numbers, rng)
        twice = care.near_duplicates(given, numbers, rng)
        for part in (given, undo, redo, twice):
            month = np.clip(month_of_day(part.day), 0, month_count() - 1)
            np.add.at(self.fees, (part.provider, month), part.municipality)

        def rows(
            part: care.Care, booking: np.ndarray | None = None, reverses: np.ndarray | None = None
        ) -> Rows:
            nothing = np.full(len(part.record), NONE)
            return care.delivery_rows(
                part,
                block,
                territory,
                self.offer,
                nothing if booking is None else booking,
                nothing if reverses is None else reverses,
            )

        deliveries = concat(
            [rows(given, booked), rows(undo, reverses=given.record[undone]), rows(redo), rows(twice)]
        )
        told = [
            requests,
            assessments,
            appointments,
            deliveries,
            payments.refunds(undo, block, bodies, numbers, rng),
        ]
        told += delivery_allocations(given, undo, undone, redo, redo_of, backing, self.funding, numbers, rng)
        told += outcomes.measure(given, block, backing, self.funding, territory.pace, numbers, rng)
        told += vouchers.spend_on_care(given, undone, block, self.funding, bodies, numbers, self.owed, rng)
        return told

    def _forget(self, block: Block, told: list[Rows]) -> None:
        """Ask for the erasure of the first person with a delivery of whom nothing is told any
        more by then.
        """
        month = month_count() - ERASURES[self.territory.id]
        last = np.full(len(block), -1)
        served = np.zeros(len(block), dtype=bool)
        for rows in told:
            person = rows.columns.get("person_id")
            where = rows.record if rows.entity == "person" else person
            if where is None:
                continue
            known = where != NONE
            at = where[known] - block.number[0]
            np.maximum.at(last, at, rows.month[known])
            if rows.entity == "service_delivery":
                served[at] = True
        found = np.flatnonzero(served & (last < month - 2))
        if len(found):
            self.exports.erase(month, f"{PREFIX['person']}{block.number[found[0]]}")

    def _send(self, told: list[Rows], rng: np.random.Generator) -> None:
        by_entity: dict[str, list[Rows]] = {}
        for rows in told:
            if len(rows):
                by_entity.setdefault(rows.entity, []).append(rows)
        for entity, parts in by_entity.items():
            names = {name for part in parts for name in part.columns}
            for part in parts:
                for name in names - set(part.columns):
                    part.columns = {**part.columns, name: np.full(len(part), NONE)}
            rows = spoil(concat(parts), rng)
            self.counts[entity] = self.counts.get(entity, 0) + len(rows)
            self.exports.append(rows)

    def finish(self, report: SimulationReport) -> None:
        """Pay what is owed, close the exports and add to the report."""
        self._send(
            payments.settle(
                self.bodies,
                self.funding,
                self.owed,
                self.fees,
                self.persons,
                self.numbers,
                self._stream(1_000_000_007),
            ),
            self._stream(1_000_000_009),
        )
        report.bytes += self.exports.finish()
        report.exports += month_count()
        report.folders.append(self.exports.folder)
        for entity, count in self.counts.items():
            report.rows[entity] = report.rows.get(entity, 0) + count
