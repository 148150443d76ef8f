"""From a folder of exports to everything the warehouse must say about them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from tests.second_computation import (
    access,
    calls_and_plans,
    funding,
    market_and_data,
    not_collected,
    outcomes,
    reach,
    spending,
    vouchers,
)
from tests.second_computation.cells import Figure, Key
from tests.second_computation.export_files import find_exports, read_export
from tests.second_computation.flags import Flag, flags
from tests.second_computation.loading import Loading, Quarantined, load_all
from tests.second_computation.network_facts import Comune, Network, Territory

REFERENCE = Path(__file__).resolve().parents[2] / "ingestion" / "reference"
CHAPTERS = (spending, funding, reach, access, vouchers, calls_and_plans, outcomes, market_and_data)


@dataclass(frozen=True)
class SecondComputation:
    """What a network's exports come to."""

    loading: Loading
    network: Network
    figures: dict[Key, Figure]
    quarantine: list[Quarantined]
    flags: set[Flag]


class Lists:
    """The public lists that come with the product: comuni with their days of validity, residents."""

    def __init__(self) -> None:
        self.validity: dict[str, list[tuple[date, date]]] = {}
        self.comuni: dict[str, Comune] = {}
        # The comune that has the territory of a code today; the code itself where several have it.
        self.today: dict[str, str] = {}
        for line in _lines("comune.csv"):
            days = (date.fromisoformat(line["valid_from"]), date.fromisoformat(line["valid_to"]))
            self.validity.setdefault(line["istat_comune"], []).append(days)
            self.comuni[line["istat_comune"]] = Comune(line["province_code"], line["region_code"])
            self.today[line["istat_comune"]] = line["istat_comune_today"] or line["istat_comune"]
        self.residents: dict[str, int] = {}
        for line in _lines("residents.csv"):
            comune = self.today[line["istat_comune"]]
            self.residents[comune] = self.residents.get(comune, 0) + int(line["residents"])

    def is_valid(self, comune: str, day: date) -> bool:
        """Whether a code was an ISTAT code on that day."""
        return any(first <= day <= last for first, last in self.validity.get(comune, []))


def read_territories(instances_file: Path) -> dict[str, Territory]:
    """Read the registry of territories."""
    registry = yaml.safe_load(instances_file.read_text(encoding="utf-8"))["instances"]
    return {
        name: Territory(
            entry["seat"], tuple(entry["comuni"]), entry.get("active_from"), entry.get("active_to")
        )
        for name, entry in registry.items()
    }


def compute(folder: Path, instances_file: Path, residents: dict[str, int] | None = None) -> SecondComputation:
    """Compute everything from the exports under `folder`; `residents` by comune replace the product's own."""
    lists = Lists()
    territories = read_territories(instances_file)
    loading = load(folder, territories, lists)
    network = Network(
        loading, territories, lists.comuni, {**lists.residents, **(residents or {})}, today=lists.today
    )
    figures = {}
    for chapter in CHAPTERS:
        for key, figure in chapter.figures(network):
            if key in figures:
                raise AssertionError(f"computed twice: {key}")
            figures[key] = figure
    figures.update(not_collected.figures(network))
    return SecondComputation(loading, network, figures, quarantined(loading), flags(network))


def load(folder: Path, territories: dict[str, Territory], lists: Lists) -> Loading:
    """Judge and take in the exports under `folder`; nothing is computed from them."""
    exports = [read_export(path) for path in find_exports(folder)]
    return load_all(exports, set(territories), lists.is_valid)


def quarantined(loading: Loading) -> list[Quarantined]:
    """Return the rows of the accepted exports that were set aside."""
    return [entry for accepted in loading.accepted for entry in accepted.quarantine]


def _lines(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
