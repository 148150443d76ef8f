"""What a territory offers and what it measures: the service catalogue, its providers, the outcome indicators.

A territory and its bodies arrive; service and outcome-indicator rows leave with the tables by which
care is drawn.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulation.months import DAY, NONE, day_of, first_day, january, start_day
from simulation.organisations import Bodies, catalogue
from simulation.rows import Rows, concat, texts
from simulation.territories import Territory

AREAS = ["FAM", "DIS", "DIP", "ANZ", "IMM", "POV", "MUL"]
_OFFERED_FROM = day_of(date(2016, 1, 1))
_NEW_PRICES_IN = 2026


@dataclass
class Offer:
    """The services of a territory; service i has record number i + 1.

    area: codes into AREAS. price: cents per unit. base: usual quantity. ssn: share of the health service.
    pays, bookable, high: 0/1. weight: by area. dose: deliveries against those of the usual service. days: how
    many one delivery covers. providers, provider_share: per service, who gives it and how much.
    """

    area: np.ndarray
    price: np.ndarray
    base: np.ndarray
    ssn: np.ndarray
    pays: np.ndarray
    bookable: np.ndarray
    weight: np.ndarray
    whole_units: np.ndarray
    dose: np.ndarray
    days: np.ndarray
    providers: list[np.ndarray]
    provider_share: list[np.ndarray]
    service_rows: Rows
    indicator_rows: Rows

    def choose_service(self, area: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a service index for each area code."""
        chosen = np.zeros(len(area), dtype=np.int64)
        for code in range(len(AREAS)):
            rows = np.flatnonzero(area == code)
            options = np.flatnonzero(self.area == code)
            share = self.weight[options] / self.weight[options].sum()
            chosen[rows] = rng.choice(options, size=len(rows), p=share)
        return chosen

    def choose_provider(self, service: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the organisation number of a provider for each service index."""
        chosen = np.zeros(len(service), dtype=np.int64)
        for index in range(len(self.providers)):
            rows = np.flatnonzero(service == index)
            chosen[rows] = rng.choice(self.providers[index], size=len(rows), p=self.provider_share[index])
        return chosen


def build_offer(territory: Territory, bodies: Bodies, rng: np.random.Generator) -> Offer:
    """Return the catalogue of a territory, priced and given to providers."""
    entries = catalogue()["services"]
    n = len(entries)
    price = np.array(
        [round(e["price"] * 100 * (1 if e["unit"] == "EUR" else territory.price)) for e in entries]
    )
    providers, shares = [], []
    for _ in entries:
        count = min(len(bodies.providers), int(rng.integers(3, 7)))
        picked = rng.choice(len(bodies.providers), size=count, replace=False, p=bodies.provider_weight)
        providers.append(bodies.providers[picked])
        shares.append(bodies.provider_weight[picked] / bodies.provider_weight[picked].sum())
    columns = {
        "name": texts([e["name"] for e in entries]), "macro_area": texts([e["macro"] for e in entries]),
        "nomenclatore_code": texts([e.get("code") for e in entries]),
        "istat_area": texts([e["area"] for e in entries]),
        "leps_code": texts([e.get("leps") for e in entries]),
        "unit": texts([e["unit"] for e in entries]), "list_price": price,
        "sensitivity": texts(["HIGH" if e.get("high") else "NORMAL" for e in entries]),
        "valid_from": np.full(n, _OFFERED_FROM), "valid_to": np.full(n, NONE),
    }  # fmt: skip
    first = Rows(
        "service",
        np.arange(1, n + 1),
        np.zeros(n, dtype=np.int64),
        np.full(n, (start_day() - 15) * DAY) + np.arange(n) * 411,
        columns,
    )
    return Offer(
        area=np.array([AREAS.index(e["area"]) for e in entries]), price=price,
        base=np.array([float(e["base"]) for e in entries]),
        ssn=np.array([e.get("ssn", 0.0) for e in entries]),
        dose=np.array([float(e["dose"]) for e in entries]),
        days=np.array([e.get("days", 1) for e in entries]),
        pays=np.array([int(e.get("pays", False)) for e in entries]),
        bookable=np.array([int(e.get("bookable", False)) for e in entries]),
        weight=np.array([float(e["weight"]) for e in entries]),
        whole_units=np.array([e["unit"] != "HOUR" for e in entries]),
        providers=providers, provider_share=shares, service_rows=_with_new_prices(first),
        indicator_rows=_indicators(),
    )  # fmt: skip


def _with_new_prices(first: Rows) -> Rows:
    """Every list price is stated again in January 2026; the deliveries keep the agreed one."""
    again = first.take(np.arange(len(first)))
    month = january(_NEW_PRICES_IN)
    if month < 1:
        return first
    again.month = np.full(len(first), month)
    again.updated = np.full(len(first), first_day(month) * DAY + 9 * 3600) + np.arange(len(first)) * 60
    again.version = np.full(len(first), 2)
    again.columns = dict(again.columns)
    money = np.array([first.columns["unit"].labels[c] == "EUR" for c in first.columns["unit"].codes])
    again.columns["list_price"] = np.where(
        money, first.columns["list_price"], np.round(first.columns["list_price"] * 1.02).astype(np.int64)
    )
    return concat([first, again])


def _indicators() -> Rows:
    entries = catalogue()["outcomes"]
    n = len(entries)
    columns = {
        "code": texts([e["code"] for e in entries]), "name": texts([e["name"] for e in entries]),
        "kind": texts([e["kind"] for e in entries]), "unit": texts([e["unit"] for e in entries]),
        "direction": texts([e["direction"] for e in entries]),
        "scale_min": np.array([e["min"] * 1000 for e in entries]),
        "scale_max": np.array([e["max"] * 1000 for e in entries]),
        "meaningful_change": np.array([e["change"] * 1000 for e in entries]),
    }  # fmt: skip
    return Rows(
        "outcome_indicator",
        np.arange(1, n + 1),
        np.zeros(n, dtype=np.int64),
        np.full(n, (start_day() - 14) * DAY) + np.arange(n) * 97,
        columns,
    )
