"""Hides figures of the private side that would give away a hidden one by subtraction.

The private figures with their marks, and the public ones, arrive; further figures of the private side get
the mark `suppressed`. Which figures are sensitive by themselves, and the public tables, which are one linear
system of their own, do not belong here.
"""

import re

import duckdb

from publication.cubes import read_registry
from publication.policy import DisclosurePolicy
from publication.private_counts_so_far import hide_counts_so_far

KEY = (
    "indicator_id",
    "scope_type",
    "scope_id",
    "item",
    "area",
    "period_type",
    "period_start",
    "population_group",
)
_KEY = ", ".join(KEY)
_AGES = "regexp_matches(population_group, '^[0-9]')"
_SEXES = "population_group in ('F', 'M')"
_CITIZENSHIPS = "population_group in ('IT', 'EU', 'NON_EU')"


def protect_private_figures(
    connection: duckdb.DuckDBPyConnection, warehouse: str, policy: DisclosurePolicy
) -> int:
    """Set `mark` of marts.indicator_value to `suppressed` where it would open a hidden figure; return how
    many were hidden so.

    A line is a whole with the parts that make it up: months and their quarter and year, areas, items and
    classes and their total, services and their territory, interventions and their funder. What a reader can
    subtract from it is the sum of its hidden figures, so there must be two of them, and where the whole is
    shown as many persons together as the threshold asks. Where there are not, its smallest part that is
    shown is hidden too, or else its whole, until no line is left. A ratio shows its count beside its amount,
    and a count so far what was added to it: they are hidden where that is. A figure that the public side
    prints stays: the system of the public tables has judged it. (Hundepool et al., Statistical Disclosure
    Control, 2012, chapter 4.)

    The connection's database is the private side, `memory.publication.indicator_value` the public one;
    `warehouse` is attached.
    """
    _cells(connection, warehouse, policy)
    _lines(connection, warehouse)
    _same_numbers(connection)
    hidden = _per_few_persons(connection)
    while True:
        found = _with_the_same_number(connection) + _every_open_line(connection)
        hidden += found
        if not found:
            break
    hidden += hide_counts_so_far(connection, policy)
    connection.execute(
        "update marts.indicator_value set mark = 'suppressed' from memory.cell "
        "where indicator_value.rowid = cell.cell and cell.hidden and mark <> 'suppressed'"
    )
    for name in ("cell", "member", "newly", "same_number"):
        connection.execute(f"drop table memory.{name}")
    return hidden


def _cells(connection: duckdb.DuckDBPyConnection, warehouse: str, policy: DisclosurePolicy) -> None:
    """Lay down the figures about persons: whether they are hidden, and how many persons must stand behind
    what is left over."""
    high = ", ".join(f"'{area}'" for area in sorted(policy.high_areas)) or "''"
    connection.execute(
        f"""create or replace table memory.cell as
        select figure.rowid as cell, {", ".join(f"figure.{column}" for column in KEY)},
            registry.kind, registry.unit, figure.numerator, figure.denominator,
            coalesce(figure.n_persons, 0) as n_persons,
            figure.mark = 'suppressed' as hidden,
            printed.mark is not null as is_printed,
            case when figure.area in ({high}) then {policy.high} else {policy.normal} end as threshold
        from marts.indicator_value as figure
        inner join {warehouse}.marts.dim_indicator as registry using (indicator_id)
        left join memory.publication.indicator_value as printed using ({_KEY})
        where registry.protect <> 'none' and (figure.n_persons > 0 or figure.mark = 'suppressed')"""
    )


# Kinds of line: what makes a figure a part, where its whole stands (the columns of the key that differ), what
# makes a figure a whole. Distinct persons add up over classes of one kind alone. Where parts make up less
# than their whole, because some have no area, a line hides more than it must, never less.
_ADDS_UP = "kind in ('sum', 'ratio')"
_KINDS = {
    "quarter": (
        f"{_ADDS_UP} and period_type = 'month'",
        {"period_type": "'quarter'", "period_start": "date_trunc('quarter', period_start)::date"},
        "period_type = 'quarter'",
    ),
    "quarters of a year": (
        f"{_ADDS_UP} and period_type = 'quarter'",
        {"period_type": "'year'", "period_start": "date_trunc('year', period_start)::date"},
        "period_type = 'year'",
    ),
    "months of a year": (
        f"{_ADDS_UP} and period_type = 'month'",
        {"period_type": "'year'", "period_start": "date_trunc('year', period_start)::date"},
        "period_type = 'year'",
    ),
    "areas": (f"{_ADDS_UP} and area <> 'ALL'", {"area": "'ALL'"}, "area = 'ALL'"),
    "items": (f"{_ADDS_UP} and item <> 'ALL'", {"item": "'ALL'"}, "item = 'ALL'"),
    **{
        name: (classes, {"population_group": "'ALL'"}, "population_group = 'ALL'")
        for name, classes in (("ages", _AGES), ("sexes", _SEXES), ("citizenships", _CITIZENSHIPS))
    },
    **{
        name: (
            f"{_ADDS_UP} and scope_type = '{name}'",
            {"scope_type": "'instance'", "scope_id": "split_part(scope_id, ':', 1)"},
            "scope_type = 'instance'",
        )
        for name in ("service", "call", "plan", "scheme", "social_point")
    },
    "grant": (
        f"{_ADDS_UP} and scope_type = 'grant'",
        {"scope_type": "'funder'", "scope_id": "coalesce(funder_tax_code, '')"},
        "scope_type = 'funder'",
    ),
    **{
        name: (
            f"{_ADDS_UP} and scope_type = '{name}'",
            {"scope_type": "'network'", "scope_id": "'network'"},
            "scope_type = 'network'",
        )
        for name in ("instance", "provider", "funder")
    },
}


def _lines(connection: duckdb.DuckDBPyConnection, warehouse: str) -> None:
    """Lay down which figures are on which line; lines that lack their whole or any part say nothing."""
    members = []
    for name, (is_part, at, is_whole) in _KINDS.items():
        whole = ", ".join(at.get(column, column) for column in KEY)
        members.append(
            f"select hash('{name}', {whole}) as line, cell, false as is_whole from placed where {is_part}"
        )
        members.append(
            f"select hash('{name}', {_KEY}) as line, cell, true as is_whole from placed where {is_whole}"
        )
    connection.execute(
        f"""create or replace table memory.member as
        with placed as (
            select cell.*, funder.funder_tax_code
            from memory.cell as cell
            left join {warehouse}.marts.dim_grant as funder
                on cell.scope_type = 'grant' and cell.scope_id = funder.grant_key
        ),
        member as ({" union all ".join(members)})
        select member.* from member
        semi join (
            select line from member group by line having bool_or(is_whole) and not bool_and(is_whole)
        ) using (line)"""
    )


# Who improved in the period stands above the line of outcome_improved, and is what cost_per_improved is
# divided by: the two are taken from different cubes, so that their columns do not say it.
_SAME_IN_OTHER_WORDS = (("cost_per_improved", "outcome_improved"),)


def _same_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Lay down which ratios have above or below their line what is a figure of its own: where the registry
    names it so in words, or takes both from the same column of the same cube."""
    connection.execute("create or replace table memory.same_number (ratio varchar, figure varchar)")
    entries = read_registry()
    column_of: dict[tuple[str, str], list[str]] = {}
    for indicator, entry in entries.items():
        for of in entry["figures"]:
            if not of.get("denominator") and of.get("numerator"):
                column_of.setdefault((of["cube"], of["numerator"]), []).append(indicator)
    pairs = {
        (indicator, figure)
        for indicator, entry in entries.items()
        for of in entry["figures"]
        if of.get("denominator")
        for column in re.findall("[a-z_0-9]+", f"{of.get('numerator')} {of['denominator']}")
        for figure in column_of.get((of["cube"], column), ())
    }
    connection.executemany(
        "insert into memory.same_number values (?, ?)", sorted(pairs.union(_SAME_IN_OTHER_WORDS))
    )
    for words in ("numerator", "denominator"):
        connection.execute(
            f"""insert into memory.same_number
            select ratio.indicator_id, figure.indicator_id
            from marts.dim_indicator as ratio inner join marts.dim_indicator as figure
                on figure.indicator_id = regexp_extract(ratio.{words}, '^[a-z_0-9]+')
            where ratio.denominator is not null"""
        )


def _per_few_persons(connection: duckdb.DuckDBPyConnection) -> int:
    """Hide an amount or a quantity per person where it is divided by too few: the amount, which is shown
    elsewhere, tells how many."""
    connection.execute(
        """create or replace table memory.newly as
        select cell from memory.cell
        where unit like '%/person' and denominator > 0 and denominator < threshold
            and not hidden and not is_printed"""
    )
    return _hide(connection)


def _with_the_same_number(connection: duckdb.DuckDBPyConnection) -> int:
    """Hide a ratio above or below whose line stands what is hidden as a figure of its own, in the same
    item or in all."""
    connection.execute(
        f"""create or replace table memory.newly as
        select distinct shown.cell
        from memory.cell as shown
        inner join memory.same_number as same on shown.indicator_id = same.ratio
        inner join memory.cell as hidden
            on same.figure = hidden.indicator_id
            and {" and ".join(f"shown.{k} = hidden.{k}" for k in KEY[1:] if k != "item")}
            and hidden.item in (shown.item, 'ALL')
        where hidden.hidden and not shown.hidden and not shown.is_printed"""
    )
    return _hide(connection)


def _every_open_line(connection: duckdb.DuckDBPyConnection) -> int:
    """Hide what must be until no line gives a hidden figure away."""
    hidden, of = 0, "select line from memory.member inner join memory.cell using (cell) where hidden"
    while found := _open_lines(connection, of):
        hidden += found
        of = "select line from memory.member inner join memory.newly using (cell)"
    return hidden


def _open_lines(connection: duckdb.DuckDBPyConnection, of: str) -> int:
    """Hide a figure of every line that would give one away, of those lines that `of` selects."""
    connection.execute(
        f"""create or replace table memory.newly as
        with line as materialized (
            select member.line, member.is_whole, cell.*
            from memory.member as member inner join memory.cell as cell using (cell)
            where member.line in ({of})
        )
        select distinct arg_min(cell, {{
            'whole': is_whole, 'n_persons': n_persons, 'cell': cell
        }}) filter (not hidden and not is_printed) as cell
        from line
        group by line.line
        having bool_or(hidden) and (
            count(*) filter (hidden) < 2
            or (not bool_or(is_whole and hidden) and sum(n_persons) filter (hidden) < max(threshold))
        )"""
    )
    return _hide(connection)


def _hide(connection: duckdb.DuckDBPyConnection) -> int:
    connection.execute("delete from memory.newly where cell is null")
    connection.execute("update memory.cell set hidden = true from memory.newly where cell.cell = newly.cell")
    [(found,)] = connection.execute("select count(*) from memory.newly").fetchall()
    return found
