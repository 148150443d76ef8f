"""From the second computation of the first figures to that of all further measures, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from tests.second_computation import (
    call_waits,
    capacity,
    demand,
    dose,
    equity,
    interventions,
    membership,
    money_sources,
    pillars,
    targets,
)
from tests.second_computation.access import decided, survival_statistic, waits_to_service
from tests.second_computation.cells import Contribution, Figure, Key, ratio
from tests.second_computation.demand import turned_away
from tests.second_computation.needed_entities import not_collected
from tests.second_computation.network_facts import Network
from tests.second_computation.outcomes import paired
from tests.second_computation.population import Population
from tests.second_computation.reach import behind, distinct, first_time_figure, served_days
from tests.second_computation.residents import residents_by_group
from tests.second_computation.whole_network import SecondComputation

FullKey = tuple[str, str, str, str, str, str, date, str]


def all_figures(computed: SecondComputation, accepted_on: Mapping[str, date]) -> dict[FullKey, Figure]:
    """Return every figure of `marts.indicator_value`, keyed also by population group."""
    figures: dict[FullKey, Figure] = {(*key, "ALL"): figure for key, figure in computed.figures.items()}
    for key, figure in _further(computed, accepted_on):
        if key in figures:
            raise AssertionError(f"computed twice: {key}")
        figures[key] = figure
    figures.update({(*key, "ALL"): figure for key, figure in not_collected(computed.network)})
    return figures


def _further(
    computed: SecondComputation, accepted_on: Mapping[str, date]
) -> Iterator[tuple[FullKey, Figure]]:
    network = computed.network
    population = Population(network)
    chapters = [
        demand.figures(network),
        call_waits.figures(network),
        interventions.figures(network),
        targets.figures(network),
        money_sources.figures(network),
        membership.figures(network),
        dose.figures(network),
        equity.figures(network, population, residents_by_group()),
        pillars.figures(network),
        capacity.figures(network, accepted_on),
    ]
    for chapter in chapters:
        for key, figure in chapter:
            yield (*key, "ALL"), figure
    for group, key, figure in groups(network, population):
        yield (*key, group), figure


def groups(network: Network, population: Population) -> Iterator[tuple[str, Key, Figure]]:
    """Yield the six indicators that are told apart by age band, sex and citizenship."""
    wide, narrow = ("network", "region", "province", "instance"), ("network", "instance")
    served = [
        Contribution(
            delivery["start_date"],
            network.territory(delivery.instance, *wide),
            persons=network.persons(delivery.instance, delivery["person_id"]),
        )
        for delivery in network.ledger("service_delivery")
        if delivery.effective
    ]
    yield from population.by_group("persons_served", served, distinct, wide)
    yield from population.by_group("acceptance_rate", decided(network), ratio, wide)
    yield from population.by_group("unmet_share", turned_away(network), ratio, wide)
    waits = waits_to_service(network)
    yield from population.by_group("wait_to_service_p50", waits, survival_statistic(0.5), wide)
    yield from population.by_group("outcome_improved", paired(network), ratio, narrow)
    days = served_days(network)
    for group, key, persons in population.by_group("first_time_persons", served, behind, narrow):
        figure = first_time_figure(key, persons, days)
        if figure is not None:
            yield group, key, figure
