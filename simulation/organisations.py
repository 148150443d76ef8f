"""The bodies of a territory: municipalities, cooperatives, funders, employers, merchants, Social Points.

A territory arrives, its organisation rows and the numbers by which other records name them leave. What the
bodies do or pay does not belong here.
"""

import csv
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import yaml

import ingestion
from simulation.identity import sole_trader_code, tax_code
from simulation.months import DAY, NONE, day_of, first_day, month_count, start_day
from simulation.rows import Rows, texts
from simulation.territories import TERRITORIES, Territory

REGIONS = sorted({t.region for t in TERRITORIES})
_FOUNDED = day_of(date(2015, 1, 1))


@cache
def catalogue() -> dict:
    """Return the vocabulary of the simulated network."""
    return yaml.safe_load((Path(__file__).parent / "catalogue.yaml").read_text(encoding="utf-8"))


@cache
def comune_names() -> dict[str, str]:
    """Return today's name of every comune, by ISTAT code."""
    path = Path(ingestion.__file__).parent / "reference" / "comune.csv"
    with path.open(encoding="utf-8", newline="") as source:
        return {row["istat_comune"]: row["comune_name"] for row in csv.DictReader(source)}


@dataclass
class Bodies:
    """Record numbers of a territory's organisations, by what they do there.

    municipalities follows the territory's comuni. providers: cooperatives, associations and, last, the public
    company of the territory. provider_weight: how much each provider works (sums to 1).
    provider_price: its prices against the territory's.
    """

    records: list[dict] = field(default_factory=list)
    municipalities: np.ndarray = None
    ats: int = NONE
    region: int = NONE
    state: int = NONE
    consortia: np.ndarray = None
    providers: np.ndarray = None
    provider_weight: np.ndarray = None
    provider_price: np.ndarray = None
    foundations: np.ndarray = None
    programmes: list[str] = field(default_factory=list)
    employers: np.ndarray = None
    points: np.ndarray = None
    merchants: np.ndarray = None

    @property
    def private_providers(self) -> np.ndarray:
        """Return the providers that funders award grants to and that apply to calls."""
        return self.providers[:-1]

    @property
    def public(self) -> np.ndarray:
        """Return the numbers of the public bodies."""
        return np.array([r["number"] for r in self.records if r["is_public_body"]])

    def tax_code(self, number: int) -> str:
        """Return an organisation's tax code."""
        return self.records[int(number) - 1]["tax_code"]

    def add(
        self,
        name: str,
        kind: str,
        code: str,
        comune: str,
        *,
        public: bool = False,
        parent: int = NONE,
        vat: bool = False,
        runts: int | None = None,
        ipa: str | None = None,
    ) -> int:
        """Record an organisation and return its number."""
        number = len(self.records) + 1
        self.records.append({
            "number": number, "name": name, "kind": kind, "tax_code": code,
            "vat_number": code if vat else None,
            "runts_number": None if runts is None else str(runts), "ipa_code": ipa, "istat_comune": comune,
            "parent": parent, "is_public_body": public,
        })  # fmt: skip
        return number


def _size(persons: int, base: float, growth: float, power: float) -> int:
    return round(base + growth * (persons / 1000) ** power)


def build_bodies(territory: Territory, code: int, persons: int, rng: np.random.Generator) -> Bodies:
    """Return the organisations of a territory; their number grows more slowly than the people.

    code: number of the territory, from 1. persons: how many people it knows.
    """
    words = catalogue()
    bodies = Bodies()
    local = iter(range(code * 100_000, (code + 1) * 100_000))
    place, seat = territory.name, territory.seat

    bodies.region = bodies.add(
        f"Regione {territory.region} (simulata)",
        "REGION",
        tax_code(100 + REGIONS.index(territory.region)),
        seat,
        public=True,
        ipa=f"r_sim{REGIONS.index(territory.region):02d}",
    )
    bodies.state = bodies.add(
        "Fondo statale per le politiche sociali (simulato)",
        "STATE",
        tax_code(99),
        "058091",
        public=True,
        ipa="m_sim01",
    )
    bodies.ats = bodies.add(
        f"Ambito territoriale sociale di {place} (simulato)",
        "ATS",
        tax_code(next(local)),
        seat,
        public=True,
        ipa=f"ats_sim{code:02d}",
    )
    bodies.municipalities = np.array(
        [
            bodies.add(
                f"Comune di {comune_names()[comune]} (simulato)",
                "MUNICIPALITY",
                tax_code(next(local)),
                comune,
                public=True,
                parent=bodies.ats,
                ipa=f"c_sim{comune}",
            )
            for comune in territory.comuni
        ]
    )
    bodies.add(f"Azienda sanitaria di {place}", "ASL", tax_code(next(local)), seat, public=True)
    company = bodies.add(
        f"Azienda speciale servizi di {place}",
        "OTHER_PUBLIC_BODY",
        tax_code(next(local)),
        seat,
        public=True,
        parent=bodies.ats,
    )

    consortia = words["consortia"][: 2 if persons < 9_000 else 3]
    bodies.consortia = np.array(
        [
            bodies.add(
                f"{name} {place}",
                "CONSORTIUM",
                tax_code(next(local)),
                seat,
                vat=True,
                runts=60_000 + code * 10 + i,
            )
            for i, name in enumerate(consortia)
        ]
    )
    providers = []
    for index in range(_size(persons, 4, 1.9, 0.6)):
        names = words["cooperatives"]
        round_, position = divmod(index, len(names))
        name = f"{names[(position + code * 7) % len(names)]} {place}" + (f" {round_ + 1}" if round_ else "")
        parent = int(bodies.consortia[index % len(bodies.consortia)]) if index % 5 != 4 else NONE
        providers.append(
            bodies.add(
                f"{name} cooperativa sociale",
                "PROVIDER_COOP",
                tax_code(next(local)),
                territory.comuni[index % len(territory.comuni)],
                parent=parent,
                vat=True,
                runts=10_000 + code * 500 + index,
            )
        )
    for index in range(_size(persons, 1, 0.5, 0.5)):
        names = words["associations"]
        round_, position = divmod(index, len(names))
        providers.append(
            bodies.add(
                f"{names[(position + code) % len(names)]} {place} ETS" + (f" {round_ + 1}" if round_ else ""),
                "OTHER_ETS",
                tax_code(next(local)),
                seat,
                runts=30_000 + code * 100 + index,
            )
        )
    bodies.providers = np.array([*providers, company])
    weight = rng.pareto(1.6, len(bodies.providers)) + 0.35
    bodies.provider_weight = weight / weight.sum()
    bodies.provider_price = rng.normal(1.0, 0.06, len(bodies.providers)).clip(0.85, 1.18)

    foundations = []
    for key in territory.foundations:
        entry = words["foundations"][key]
        number = 200 + list(words["foundations"]).index(key)
        foundations.append(bodies.add(entry["name"], "FOUNDATION", tax_code(number), entry["comune"]))
        bodies.programmes.append(entry["programme"])
    bodies.foundations = np.array(foundations)

    employers = [
        bodies.add(
            f"{words['employers'][(i + code) % len(words['employers'])]} {place} Srl"
            + (f" {i // 10 + 1}" if i >= 10 else ""),
            "EMPLOYER",
            tax_code(next(local)),
            seat,
            vat=True,
        )
        for i in range(_size(persons, 2, 1.1, 0.5))
    ]
    employers.append(
        bodies.add(f"Ente bilaterale artigianato {place}", "BILATERAL_BODY", tax_code(next(local)), seat)
    )
    employers.append(
        bodies.add(f"Associazione imprese {place}", "EMPLOYER_ASSOCIATION", tax_code(next(local)), seat)
    )
    bodies.employers = np.array(employers)

    bodies.points = np.array(
        [
            bodies.add(
                f"{words['social_points'][i % 4]} {place} {i + 1}",
                "SOCIAL_POINT",
                tax_code(next(local)),
                territory.comuni[i % len(territory.comuni)],
                parent=int(bodies.consortia[0]),
            )
            for i in range(_size(persons, 1.4, 0.35, 0.6))
        ]
    )
    merchants = []
    for index in range(_size(persons, 4, 1.6, 0.6)):
        name = f"{words['merchants'][(index + code) % len(words['merchants'])]} {place}"
        if index % 6 == 2:
            merchants.append(bodies.add(name, "MERCHANT", sole_trader_code(code * 10_000 + index), seat))
        else:
            kind = "COMPANY" if index % 6 == 5 else "MERCHANT"
            merchants.append(
                bodies.add(f"{name} {index + 1} Snc", kind, tax_code(next(local)), seat, vat=True)
            )
    bodies.merchants = np.array(merchants)
    return bodies


def organisation_rows(bodies: Bodies) -> Rows:
    """Return the organisation rows: all in the first export, and the one cooperative that
    changes consortium later.
    """
    records = list(bodies.records)
    n = len(records)
    month = np.zeros(n, dtype=np.int64)
    version = np.ones(n, dtype=np.int64)
    updated = np.full(n, (start_day() - 20) * DAY) + np.arange(n) * 613
    parent = np.array([r["parent"] for r in records])
    parent_from = np.where(parent == NONE, NONE, _FOUNDED)
    numbers = np.array([r["number"] for r in records])

    mover = next(i for i, r in enumerate(records) if r["kind"] == "PROVIDER_COOP" and r["parent"] != NONE)
    moved_in = month_count() // 2
    records.append(records[mover])
    month = np.append(month, moved_in)
    version = np.append(version, 2)
    updated = np.append(updated, first_day(moved_in) * DAY + 10 * 3600)
    numbers = np.append(numbers, records[mover]["number"])
    other = next(int(c) for c in bodies.consortia if c != parent[mover])
    parent = np.append(parent, other)
    parent_from = np.append(parent_from, first_day(moved_in))

    n += 1
    columns = {
        name: texts([r[name] for r in records])
        for name in ("name", "kind", "tax_code", "vat_number", "runts_number", "ipa_code", "istat_comune")
    }
    columns |= {
        "parent_organisation_id": parent,
        "parent_from": parent_from,
        "is_public_body": np.array([int(r["is_public_body"]) for r in records]),
        "active_from": np.full(n, _FOUNDED),
    }
    return Rows("organisation", numbers, month, updated, columns, version)
