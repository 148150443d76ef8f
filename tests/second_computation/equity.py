"""Which part of an age is reached, and how far a group's rate lies from that of all others."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from tests.second_computation.access import decided
from tests.second_computation.calendar_days import period_of
from tests.second_computation.cells import Contribution, Figure, Key
from tests.second_computation.demand import turned_away
from tests.second_computation.network_facts import Network, Person, Scope
from tests.second_computation.outcomes import paired
from tests.second_computation.population import AGE_BANDS, CITIZENSHIP_SCOPES, Population
from tests.second_computation.spending import TERRITORY

# By comune: residents by (sex, age band).
Residents = Mapping[str, Mapping[tuple[str, str], int]]
TARGETS = {
    "NIDO_0_2": (("0-2",), "macro_area", "F"),
    "MIN_0_17": (("0-2", "3-5", "6-13", "14-17"), "istat_area", "FAM"),
    "ANZ_65": (("65-74", "75-84", "85+"), "istat_area", "ANZ"),
    "ANZ_75": (("75-84", "85+"), "istat_area", "ANZ"),
}
# The quantile of the standard normal distribution at 0.975.
Z = 1.959963984540054


def figures(network: Network, population: Population, residents: Residents) -> Iterator[tuple[Key, Figure]]:
    """Yield the two measures of equity."""
    yield from _coverage(network, population, residents)
    yield from _gaps(network, population, residents)


def comuni_of(network: Network, scope: Scope, residents: Residents) -> set[str]:
    """Return the comuni of the instances seated in a scope whose residents by sex and age are known."""
    return {
        comune
        for instance, territory in network.territories.items()
        if scope in network.territory(instance, *TERRITORY)
        for comune in map(network.comune_today, territory.comuni)
        if comune in residents
    }


def _served(network: Network) -> dict[tuple[Scope, int], list[tuple[Person, dict]]]:
    """Return, per scope and year, who had an effective delivery and of which service."""
    served = defaultdict(list)
    for delivery in network.ledger("service_delivery"):
        if delivery.effective and period_of("year", delivery["start_date"]) <= network.as_of:
            service = network.attributes("service", delivery.instance, delivery["service_id"]) or {}
            for person in network.persons(delivery.instance, delivery["person_id"]):
                for scope in network.territory(delivery.instance, *TERRITORY):
                    served[scope, delivery["start_date"].year].append((person, service))
    return served


def _year(year: int) -> date:
    return date(year, 1, 1)


def _coverage(network: Network, population: Population, residents: Residents) -> Iterator[tuple[Key, Figure]]:
    for (scope, year), deliveries in _served(network).items():
        comuni = comuni_of(network, scope, residents)
        for item, (bands, column, value) in TARGETS.items():
            reached = {
                person
                for person, service in deliveries
                if service.get(column) == value
                and network.comune_today(population.of(person).residence) in comuni
                and population.of(person).groups(year).get("age") in bands
            }
            if not reached:
                continue
            below = sum(n for comune in comuni for (_, band), n in residents[comune].items() if band in bands)
            above = Decimal(100 * len(reached))
            key = ("coverage_target", *scope, item, "ALL", "year", _year(year))
            if below == 0:
                yield key, Figure(above, Decimal(0), None, len(reached), "denominator_missing")
            else:
                yield key, Figure(above, Decimal(below), float(above / below), len(reached))


def _gaps(network: Network, population: Population, residents: Residents) -> Iterator[tuple[Key, Figure]]:
    everywhere = ("network", "region", "instance")
    yield from _gaps_of("acceptance_rate", decided(network), network, population, everywhere)
    yield from _gaps_of("unmet_share", turned_away(network), network, population, everywhere)
    yield from _gaps_of("outcome_improved", paired(network), network, population, ("network", "instance"))
    for (scope, year), deliveries in _served(network).items():
        if scope[0] in everywhere:
            yield from _reach(
                network, population, residents, scope, year, {person for person, _ in deliveries}
            )


def _gaps_of(
    rate: str,
    contributions: Iterator[Contribution],
    network: Network,
    population: Population,
    kinds: tuple[str, ...],
) -> Iterator[tuple[Key, Figure]]:
    cells: dict[tuple[Scope, int], list[Contribution]] = defaultdict(list)
    for each in contributions:
        if period_of("year", each.day) <= network.as_of:
            for scope in each.scopes:
                if scope[0] in kinds:
                    cells[scope, each.day.year].append(each)
    for (scope, year), members in cells.items():
        by_kind: dict[str, dict[str, list[Contribution]]] = defaultdict(lambda: defaultdict(list))
        for each in members:
            for person in each.persons:
                for kind, group in population.of(person).groups(year).items():
                    by_kind[kind][group].append(each)
        for kind, groups in by_kind.items():
            if kind == "citizenship" and scope[0] not in CITIZENSHIP_SCOPES:
                continue
            for group, own in groups.items():
                rest = [each for other, found in groups.items() if other != group for each in found]
                won = [int(sum(each.numerator for each in found)) for found in (own, rest)]
                tried = [int(sum(each.denominator for each in found)) for found in (own, rest)]
                persons = {person for each in own for person in each.persons}
                key = ("equity_gap", *scope, f"{rate}:{group}", "ALL", "year", _year(year))
                yield key, _gap(won[0], tried[0], won[1], tried[1], len(persons))


def _reach(
    network: Network,
    population: Population,
    residents: Residents,
    scope: Scope,
    year: int,
    served: set[Person],
) -> Iterator[tuple[Key, Figure]]:
    comuni = comuni_of(network, scope, residents)
    people = [population.of(person) for person in served]
    own = [known for known in people if network.comune_today(known.residence) in comuni]
    if not own:
        return
    for place, (kind, groups) in enumerate((("sex", ("F", "M")), ("age", AGE_BANDS))):
        reached: dict[str, int] = defaultdict(int)
        living: dict[str, int] = defaultdict(int)
        for known in own:
            if kind in (found := known.groups(year)):
                reached[found[kind]] += 1
        for comune in comuni:
            for group, n in residents[comune].items():
                living[group[place]] += n
        for group in groups:
            key = ("equity_gap", *scope, f"reach:{group}", "ALL", "year", _year(year))
            others = [other for other in groups if other != group]
            yield (
                key,
                _gap(
                    reached[group],
                    living[group],
                    sum(reached[other] for other in others),
                    sum(living[other] for other in others),
                    reached[group],
                ),
            )


def _gap(won: int, tried: int, others_won: int, others_tried: int, n_persons: int) -> Figure:
    if tried == 0 or others_tried == 0:
        return Figure(None, None, None, n_persons, "denominator_missing")
    own, rest = won / tried, others_won / others_tried
    low, high = _wilson(won, tried)
    others_low, others_high = _wilson(others_won, others_tried)
    difference = own - rest
    return Figure(
        None,
        None,
        100 * difference,
        n_persons,
        "ok",
        100 * (difference - math.hypot(own - low, others_high - rest)),
        100 * (difference + math.hypot(high - own, rest - others_low)),
    )


def _wilson(won: int, tried: int) -> tuple[float, float]:
    share = won / tried
    middle = share + Z * Z / (2 * tried)
    reach = Z * math.sqrt(share * (1 - share) / tried + Z * Z / (4 * tried * tried))
    whole = 1 + Z * Z / tried
    return (middle - reach) / whole, (middle + reach) / whole
