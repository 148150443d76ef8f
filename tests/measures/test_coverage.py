"""Beside every figure: how many territories stand behind it, to which day, and what it was a year before."""

from datetime import date

import pytest

from tests.measures.conftest import Measured
from tests.measures.drawn_territories import LATE, SILENT

YEARS = {2025: date(2025, 1, 1), 2026: date(2026, 1, 1)}


def coverage(measured: Measured, indicator_id: str, scope: tuple[str, str], year: int) -> tuple:
    """Instances counted, instances expected and the last day covered, of a yearly figure."""
    return measured.one(
        """select n_instances, n_instances_expected, data_to from marts.indicator_value
           where indicator_id = ? and scope_type = ? and scope_id = ? and period_type = 'year'
           and period_start = ? and area = 'ALL' and item = 'ALL' and population_group = 'ALL'""",
        indicator_id,
        *scope,
        YEARS[year],
    )


@pytest.mark.parametrize(("year", "expected"), [(2025, 12), (2026, 13)])
def test_only_territories_active_in_the_period_are_expected(
    year: int, expected: int, measured: Measured
) -> None:
    assert LATE in measured.rows and len(measured.rows) == 13
    counted = coverage(measured, "spend_delivered", ("network", "network"), year)
    assert counted == (expected, expected, date(2026, 6, 30))


def test_a_territory_that_never_sends_what_the_figure_needs_is_not_counted(measured: Measured) -> None:
    assert coverage(measured, "voucher_issued", ("network", "network"), 2025)[:2] == (11, 12)
    assert coverage(measured, "voucher_issued", ("instance", SILENT), 2025) == (0, 1, None)


def test_a_grant_is_covered_as_its_instance_is(measured: Measured) -> None:
    assert coverage(measured, "deliberated", ("grant", "alba:G1"), 2025) == (1, 1, date(2026, 6, 30))


def test_a_provider_is_covered_by_the_territories_that_know_it(measured: Measured) -> None:
    assert coverage(measured, "spend_delivered", ("provider", "90000000002"), 2026)[:2] == (13, 13)


def test_the_previous_value_is_that_of_the_same_cell_twelve_months_earlier(measured: Measured) -> None:
    compared = measured.connection.execute("""
        select now.previous_value, now.previous_status, earlier.value, earlier.status
        from marts.indicator_value as now
        left join marts.indicator_value as earlier
            on earlier.indicator_id = now.indicator_id and earlier.scope_type = now.scope_type
            and earlier.scope_id = now.scope_id and earlier.item = now.item and earlier.area = now.area
            and earlier.period_type = now.period_type and earlier.population_group = now.population_group
            and year(earlier.period_start) = year(now.period_start) - 1
            and month(earlier.period_start) = month(now.period_start)
        where year(now.period_start) = 2026""").fetchall()
    assert sum(status is not None for _, status, *_ in compared) > 1000
    assert [row for row in compared if row[:2] != row[2:]] == []


def test_figures_of_a_group_stand_apart_from_those_of_all(measured: Measured) -> None:
    groups = measured.connection.execute("""
        select distinct population_group from marts.indicator_value
        where indicator_id = 'persons_served' and scope_type = 'network'""").fetchall()
    assert {"ALL", "F", "M", "IT", "EU", "NON_EU", "0-2", "85+"} <= {group for (group,) in groups}


def test_citizenship_is_told_at_network_and_region_only(measured: Measured) -> None:
    scopes = measured.connection.execute("""
        select distinct scope_type from marts.indicator_value
        where population_group in ('IT', 'EU', 'NON_EU')""").fetchall()
    assert {scope for (scope,) in scopes} == {"network", "region"}
