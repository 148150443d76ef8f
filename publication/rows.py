"""The rows behind a public figure.

The measure and the place of a figure arrive; SQL over the warehouse that names the records it was
counted from leaves, or why none are named. Which rows count, the cubes declare; what a row holds does
not belong here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from publication.calendar import Period
from publication.contributions import SOURCE
from publication.cubes import ALL, Contributions, Place, counted, figures_counted, rows_at
from publication.scope import NETWORK, Scope
from publication.table_list import Measure, TableList

# The column of marts.dim_instance, and of the public list of territories, behind each kind of territory.
TERRITORY_COLUMNS = {"instance": "instance_id", "province": "province_code", "region": "region_code"}
TARGET_GROUPS = "persons_by_target_group"
ORGANISATIONS = "organisation_application"


@dataclass(frozen=True)
class RowsBehind:
    """SQL that names rows (entity, instance_id, record_id) with its parameters, or why there is none."""

    sql: str | None = None
    parameters: dict[str, object] = field(default_factory=dict)
    why_none: str | None = None


def rows_behind(measure: str, place: dict[str, str], table_list: TableList) -> RowsBehind:
    """Return the rows behind the figure of a measure at a place, as its id names both."""
    known = table_list.measures.get(measure)
    if known is None and "organisation_stage" in place:
        stages = (place["organisation_stage"], *below(table_list.trees["stage"], place["organisation_stage"]))
        at = Place("call", place["call"], period_at(place), members={"stage": stages})
        return _named((of, of.rows, at) for of in counted(ORGANISATIONS))
    if known is not None and is_counted(known, place, table_list):
        where, parameters = contributions_at(known, place, table_list)
        sql = (
            f"select entity, instance_id, contribution.record_id {where} union "
            f"select entity, instance_id, earlier_record_id {where} and earlier_record_id is not null"
        )
        return RowsBehind(sql, parameters)
    at = scope_of(place)
    groups = target_group(place)
    if groups:
        at = replace(at, members={name: (member,) for name, member in groups.items()})
        return _named((of, of.rows, at) for of in counted(TARGET_GROUPS))
    indicator = place["indicator"] if known is None else known.indicator
    figure = figures_counted(indicator, at.scope_type)
    if figure.item is not None:
        at = replace(at, members={figure.item: (ALL,)})
    found = _named((of, figure.conditions(of), at) for of in figure.contributions)
    return replace(found, why_none=figure.without_rows or found.why_none)


def _named(parts: Iterable[tuple[Contributions, str | None, Place]]) -> RowsBehind:
    selects: list[str] = []
    parameters: dict[str, Any] = {}
    for of, conditions, at in parts:
        found = None if conditions is None else rows_at(of, conditions, at)
        if found is not None:
            selects.append(
                f"select distinct {of.entity} as entity, {of.instance} as instance_id, "
                f"{of.record} as record_id {found[0]}"
            )
            parameters |= found[1]
    if not selects:
        return RowsBehind(why_none="its cube puts its rows together in SQL of its own")
    return RowsBehind(" union ".join(dict.fromkeys(selects)), parameters)


def is_counted(measure: Measure, place: dict[str, str], table_list: TableList) -> bool:
    """Whether the figure is counted from person_contribution: no indicator has cells of it."""
    return measure.indicator is None or place.get("provider") in table_list.trees["provider"]


def target_group(place: dict[str, str]) -> dict[str, str]:
    """The age band and sex that a figure is about, as far as it is about one."""
    return {name: place[name] for name in ("age_band", "sex") if place.get(name, ALL) != ALL}


def scope_of(place: dict[str, str]) -> Place:
    """The scope, area and days of a figure that an indicator has."""
    if "scope_type" in place:
        return Place(place["scope_type"], place["scope"], period_at(place))
    for dimension in ("provider", "funder"):
        if place.get(dimension, ALL) != ALL:
            return Place(dimension, place[dimension], period_at(place), area=place.get("area", ALL))
    return Place(*Scope.parse(place.get("territory", NETWORK)), period_at(place), area=place.get("area", ALL))


def period_at(place: dict[str, str]) -> Period:
    """The period of a figure: of what was told late, the month that it is about."""
    if "period" in place:
        return Period.parse(place["period"])
    if "about" in place:
        return Period("month", date.fromisoformat(place["about"]))
    return Period(place["period_type"], date.fromisoformat(place["period_start"]))


def contributions_at(
    measure: Measure, place: dict[str, str], table_list: TableList
) -> tuple[str, dict[str, object]]:
    """Return the contributions of persons at a place of a table that no indicator fills, as SQL from `from`
    on with its parameters."""
    conditions = ["measure = $measure", "period_start = $first_day"]
    parameters: dict[str, object] = {"measure": measure.name, "first_day": period_at(place).start}
    for dimension, member in place.items():
        tree = table_list.trees.get(dimension, {})
        if dimension == "period" or member == table_list.totals.get(dimension):
            continue
        kind, code = Scope.parse(member)
        column = TERRITORY_COLUMNS.get(kind)
        if dimension == "territory" and column:
            conditions.append(f"{column} = $territory")
            parameters["territory"] = code
        elif dimension == "award":
            conditions.append("funder_tax_code = $award" if kind == "funder" else "subject = $award")
            parameters["award"] = code
        elif dimension == "provider":
            of_kind = "select tax_code from marts.dim_organisation where provider_group = $provider"
            conditions.append(f"(member = $provider or member in ({of_kind}))")
            parameters["provider"] = member
        elif dimension in ("call", "scheme"):
            conditions.append(f"subject = ${dimension}")
            parameters[dimension] = member
        else:
            members = [member, *below(tree, member)]
            conditions.append(f"member in ({', '.join(repr(each) for each in members)})")
    return (
        f"from marts.{SOURCE} as contribution inner join marts.dim_instance using (instance_id) "
        f"left join marts.dim_grant on subject = grant_key where {' and '.join(conditions)}"
    ), parameters


def below(tree: dict[str, str], member: str) -> list[str]:
    """The members of a tree that lie below one of them."""
    return [child for child in tree if member in _above(tree, child)]


def _above(tree: dict[str, str], member: str) -> Iterator[str]:
    while member in tree:
        member = tree[member]
        yield member
