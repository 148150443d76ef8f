"""Beside every figure: which instances stand behind it of those expected, up to when, and the year before."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tests.second_computation.calendar_days import last_day
from tests.second_computation.cells import Figure
from tests.second_computation.needed_entities import needed
from tests.second_computation.network_facts import Network

FullKey = tuple[str, str, str, str, str, str, date, str]
OF_ONE_INSTANCE = {"service", "grant", "call", "scheme", "plan", "social_point"}
OF_A_TAX_CODE = {"funder", "provider", "consortium", "ats"}


@dataclass(frozen=True)
class Beside:
    """What stands beside one figure."""

    n_instances: int
    n_instances_expected: int
    data_to: date | None
    previous_value: float | None
    previous_status: str | None


class Reporting:
    """Who reports what and for which days."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.periods: dict[str, list[tuple[date, date]]] = defaultdict(list)
        self.listed: dict[str, set[str]] = defaultdict(set)
        for accepted in network.loading.accepted:
            export = accepted.export
            self.periods[export.instance].append((export.period_from, export.period_to))
            self.listed[export.instance] |= set(export.listed)
        self.delivered_in: dict[str, set[str]] = defaultdict(set)
        for delivery in network.ledger("service_delivery"):
            self.delivered_in[delivery["istat_place"]].add(delivery.instance)
        self.having_code: dict[str, set[str]] = defaultdict(set)
        for instance, held in network.loading.held.items():
            for record_id in held.versions["organisation"]:
                known = network.attributes("organisation", instance, record_id)
                if known is not None:
                    self.having_code[known["tax_code"]].add(instance)

    def beside(self, figures: Mapping[FullKey, Figure]) -> dict[FullKey, Beside]:
        """Return what stands beside each figure."""
        found = {}
        for key, _ in figures.items():
            indicator, kind, scope_id, _, _, period, start, _ = key
            # Year and month and day of a period's start are those of the year before.
            previous = figures.get((*key[:6], start.replace(year=start.year - 1), key[7]))
            found[key] = Beside(
                *self._counted(indicator, kind, scope_id, period, start),
                previous.value if previous else None,
                previous.status if previous else None,
            )
        return found

    @functools.cache  # noqa: B019 - the object lives as long as the comparison
    def _counted(
        self, indicator: str, kind: str, scope_id: str, period: str, start: date
    ) -> tuple[int, int, date | None]:
        end = min(last_day(period, start), self.network.as_of)
        expected, counted = [], []
        for instance in self.instances(kind, scope_id):
            territory = self.network.territories[instance]
            first = max(start, territory.active_from or date.min)
            last = min(end, territory.active_to or date.max)
            if first > last:
                continue
            expected.append(instance)
            if self.listed[instance] >= needed(indicator) and self._cover(instance, first, last):
                counted.append(instance)
        data_to = min((max(to for _, to in self.periods[instance]) for instance in counted), default=None)
        return len(counted), len(expected), data_to

    def instances(self, kind: str, scope_id: str) -> set[str]:
        """Return the registered instances of a scope."""
        if kind in {"network", "region", "province", "instance"}:
            scope = (kind, scope_id)
            return {name for name in self.network.territories if scope in self.network.territory(name, kind)}
        if kind in OF_ONE_INSTANCE:
            return {scope_id.split(":")[0]}
        if kind in OF_A_TAX_CODE:
            return self.having_code[scope_id]
        listing = {
            name for name, territory in self.network.territories.items() if scope_id in territory.comuni
        }
        return listing | self.delivered_in[scope_id]

    def _cover(self, instance: str, first: date, last: date) -> bool:
        day = first
        while day <= last:
            ends = [to for begin, to in self.periods[instance] if begin <= day <= to]
            if not ends:
                return False
            day = max(ends) + timedelta(days=1)
        return True
