"""Public money told late: it shows once, in the first month that is published after it was told.

The table of exact public figures and what former releases printed of it arrive; its figures that add up over
time leave so that every month, quarter and year comes out, with a table that says which part of a month is
about which earlier one. Periods that were printed stay. Which figures are public does not belong here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from publication.bulk_insert import insert_rows
from publication.calendar import MONTHS, Period
from publication.cells import SUPPRESSED, VALUE, ZERO

SERIES = "indicator_id, scope_type, scope_id"
COLUMNS = f"{SERIES}, period_type, period_start, numerator, denominator, value, mark"
LATE_COLUMNS = f"{SERIES}, period_start, about, numerator, denominator"


@dataclass(frozen=True)
class Former:
    """Two files of one former release: the open table, and the late data told in it; None where there were
    none. `closed` are the first days of the first and the last period of each kind that were published."""

    figures: Path
    late: Path | None
    closed: Mapping[str, tuple[date, date]]


def create_late_table(
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    open_table: str,
    late_table: str,
    periods: Mapping[str, Sequence[Period]],
    former: Sequence[Former],
    revised_years: Collection[str],
) -> tuple[bool, set[tuple[str, date]]]:
    """Turn publication.<open_table>, which holds the figures as they are known now, into what is printed, and
    create publication.<late_table> beside it, if anything was told late. Return whether, and the periods
    (kind, first day) that stay as they were printed.

    A period that a former release printed is taken over from the first of `former` that has it, except in the
    revised years. A figure that adds up over time (a sum or a ratio of sums, by month) then gets, in the
    first month that nobody printed yet, what was told since about the months that were: once, of either sign.
    What was told late about a year that is issued again is taken back from where it was shown. Quarters and
    years are the sums of their months as printed. Nothing is told late about a month that was hidden, and a
    quarter or year of which a month stays hidden is hidden with it: the rest of it would tell the month.
    What a former release told late but hid is not told again.
    """
    _read_former(connection, former, revised_years)
    _published(connection, periods, former)
    _additive(connection, marts, open_table)
    connection.execute(f"""
        create temp table known as
        select {SERIES}, period_start as month, coalesce(numerator, 0) as numerator,
            coalesce(denominator, 0) as denominator
        from publication.{open_table} inner join additive using (indicator_id) where period_type = 'month'""")
    _take_over(connection, open_table)
    target = _next_month(periods["month"], former)
    connection.execute(f"""
        create table publication.{late_table} as
        select {LATE_COLUMNS} from carried where not year(about) in (select year from revised)""")
    if target is not None:
        _carry(connection, late_table, target)
    _show(connection, open_table, late_table)
    for kind in ("quarter", "year"):
        _add_up(connection, open_table, kind)
    connection.execute(f"""
        update publication.{late_table} set denominator = null
        where indicator_id in (select indicator_id from additive where kind = 'sum')""")
    connection.execute(f"alter table publication.{late_table} add column mark varchar default '{VALUE}'")
    connection.execute(f"update publication.{late_table} set mark = '{SUPPRESSED}' where numerator is null")
    as_printed = set(connection.execute("select period_type, period_start from published").fetchall())
    for table in ("printed", "carried", "revised", "additive", "known", "published", "moved"):
        connection.execute(f"drop table {table}")
    [(told,)] = connection.execute(f"select count(*) from publication.{late_table}").fetchall()
    if not told:
        connection.execute(f"drop table publication.{late_table}")
    return told > 0, as_printed


def _read_former(
    connection: duckdb.DuckDBPyConnection, former: Sequence[Former], revised_years: Collection[str]
) -> None:
    """`printed`: what is printed of each period; `carried`: the late data shown in its months; both also of
    the revised years, which stand in `revised`."""
    connection.execute("create temp table revised (year bigint)")
    insert_rows(connection, "revised", [(int(year),) for year in sorted(set(revised_years))])
    connection.execute("""
        create temp table printed (
            indicator_id varchar, scope_type varchar, scope_id varchar, period_type varchar,
            period_start date, numerator decimal(24, 4), denominator decimal(24, 4), value double,
            mark varchar)""")
    connection.execute("""
        create temp table carried (
            indicator_id varchar, scope_type varchar, scope_id varchar, period_start date, about date,
            numerator decimal(24, 4), denominator decimal(24, 4))""")
    for each in former:
        connection.execute("create temp table seen as select distinct period_type, period_start from printed")
        connection.execute(
            f"""
            insert into printed
            select {COLUMNS} from read_parquet($file)
            anti join seen using (period_type, period_start)""",
            {"file": str(each.figures)},
        )
        if each.late is not None:
            connection.execute(
                f"""
                insert into carried
                select {LATE_COLUMNS} from read_parquet($file)
                where period_start not in (select period_start from seen where period_type = 'month')""",
                {"file": str(each.late)},
            )
        connection.execute("drop table seen")


def _published(
    connection: duckdb.DuckDBPyConnection,
    periods: Mapping[str, Sequence[Period]],
    former: Sequence[Former],
) -> None:
    """`published`: the periods that a former release published, also those in which it had nothing to print,
    but for those of the revised years."""
    connection.execute("create temp table published (period_type varchar, period_start date)")
    rows = {
        (kind, period.start)
        for each in former
        for kind, (first, last) in each.closed.items()
        for period in periods.get(kind, ())
        if first <= period.start <= last
    }
    insert_rows(connection, "published", sorted(rows))
    connection.execute("""
        insert into published select distinct period_type, period_start from printed
        anti join published using (period_type, period_start)""")
    connection.execute("delete from published where year(period_start) in (select year from revised)")


def _additive(connection: duckdb.DuckDBPyConnection, marts: str, open_table: str) -> None:
    """`additive`: the indicators whose months add up: sums and ratios of sums. Stocks and what is cumulative
    hold late data of themselves; distinct counts, waits and indices do not add up."""
    connection.execute(f"""
        create temp table additive as
        select indicator_id, any_value(kind) as kind from {marts}.dim_indicator
        where kind in ('sum', 'ratio') and indicator_id in (
            select indicator_id from publication.{open_table} where period_type = 'month'
            union all select indicator_id from printed where period_type = 'month')
        group by indicator_id""")


def _take_over(connection: duckdb.DuckDBPyConnection, open_table: str) -> None:
    """Put what was printed in the place of what is known now, except in the revised years."""
    connection.execute("delete from printed where year(period_start) in (select year from revised)")
    connection.execute(f"""
        delete from publication.{open_table} as figure
        using published as before
        where figure.period_type = before.period_type and figure.period_start = before.period_start""")
    connection.execute(f"insert into publication.{open_table} select {COLUMNS} from printed")


def _next_month(months: Sequence[Period], former: Sequence[Former]) -> date | None:
    """The first closed month after all that were ever published; None before the first release, and where
    none has closed since."""
    last = max((each.closed["month"][1] for each in former if "month" in each.closed), default=None)
    if last is None:
        return None
    return min((month.start for month in months if month.start > last), default=None)


def _carry(connection: duckdb.DuckDBPyConnection, late_table: str, target: date) -> None:
    """Tell in the month `target` how far what is known now about a printed month goes beyond what was told
    about it, in it and late.

    How much a row hid of what was told late nobody remembers. What such rows moved, from the months that they
    are about to those in which it counts, is nothing over all of these: they are looked at together, and what
    is new stands as of the first of them.
    """
    connection.execute(f"""
        create temp table blurred as
        select distinct {SERIES}, unnest([period_start, about]) as month
        from carried where numerator is null""")
    connection.execute(
        f"""
        insert into publication.{late_table}
        with told as (
            select {SERIES}, period_start as month, coalesce(numerator, 0) as numerator,
                coalesce(denominator, 0) as denominator
            from printed inner join additive using (indicator_id) where period_type = 'month'
            union all
            select {SERIES}, period_start, -numerator, -coalesce(denominator, 0) from carried
            where numerator is not null
            union all
            select {SERIES}, about, numerator, coalesce(denominator, 0) from publication.{late_table}
            where numerator is not null
        ),
        gap as (
            select {SERIES}, month, numerator, denominator from known
            union all
            select {SERIES}, month, -numerator, -denominator from told
        ),
        hidden as (
            select {SERIES}, period_start as month from printed
            where period_type = 'month' and mark = '{SUPPRESSED}'
        ),
        together as (
            select {SERIES}, min(month) as first_month, bool_or(hidden.month is not null) as is_hidden
            from blurred left join hidden using ({SERIES}, month) group by all
        ),
        unprinted as (
            select {SERIES}, coalesce(first_month, gap.month) as about, numerator, denominator
            from gap
            left join blurred using ({SERIES}, month)
            left join together on blurred.month is not null
                and together.indicator_id = gap.indicator_id and together.scope_type = gap.scope_type
                and together.scope_id = gap.scope_id
            where gap.month in (select period_start from published where period_type = 'month')
                and ({SERIES}, gap.month) not in (select ({SERIES}, month) from hidden)
                and not coalesce(is_hidden, false)
        )
        select {SERIES}, cast($target as date), about, sum(numerator), sum(denominator)
        from unprinted group by all
        having sum(numerator) <> 0 or sum(denominator) <> 0""",
        {"target": target},
    )
    connection.execute("drop table blurred")


def _show(connection: duckdb.DuckDBPyConnection, open_table: str, late_table: str) -> None:
    """Let the months show what was told late in them, as far as they do not show it yet."""
    connection.execute(f"""
        create temp table moved as
        with part as (
            select {SERIES}, period_start, numerator, coalesce(denominator, 0) as denominator
            from publication.{late_table}
            union all
            select {SERIES}, period_start, -numerator, -coalesce(denominator, 0) from carried
            where period_start in (select period_start from published where period_type = 'month')
        )
        select {SERIES}, 'month' as period_type, period_start, sum(numerator) as numerator,
            sum(denominator) as denominator
        from part group by all having sum(numerator) <> 0 or sum(denominator) <> 0""")
    connection.execute(f"""
        create temp table fresh as
        select {SERIES}, period_type, period_start,
            coalesce(figure.numerator, 0) + moved.numerator as numerator,
            coalesce(figure.denominator, 0) + moved.denominator as denominator
        from moved left join publication.{open_table} as figure
            using ({SERIES}, period_type, period_start)""")
    _put(connection, open_table)


def _add_up(connection: duckdb.DuckDBPyConnection, open_table: str, kind: str) -> None:
    """Let quarters or years be the sums of their months as printed. What was printed stays, but for those
    of which a month gave back what was told late about a year that is issued again."""
    count = MONTHS[kind]
    connection.execute(
        f"""
        create temp table fresh as
        with touched as (
            select period_start as month, false as is_moved from published where period_type = 'month'
            union
            select period_start, true from moved
        ),
        whole as (
            select distinct figure.period_start
            from publication.{open_table} as figure
            inner join touched on touched.month >= figure.period_start
                and touched.month < figure.period_start + to_months({count})
            where figure.period_type = $kind and (touched.is_moved or figure.period_start not in (
                select period_start from published where period_type = $kind))
        ),
        part as (
            select {SERIES}, whole.period_start, figure.numerator, figure.denominator
            from publication.{open_table} as figure
            inner join whole on figure.period_start >= whole.period_start
                and figure.period_start < whole.period_start + to_months({count})
            where figure.period_type = 'month'
            union all
            -- Where no month shows anything the whole shows nothing, whatever is known by now.
            select {SERIES}, period_start, 0, 0
            from publication.{open_table} inner join whole using (period_start)
            where period_type = $kind and numerator is not null
        ),
        summed as (
            select {SERIES}, period_start, sum(numerator) as numerator,
                sum(coalesce(denominator, 0)) as denominator
            from part inner join additive using (indicator_id)
            where numerator is not null and indicator_id in (
                select indicator_id from publication.{open_table} where period_type = $kind)
            group by all
        )
        select {SERIES}, $kind as period_type, period_start, summed.numerator, summed.denominator
        from summed
        left join (select * from publication.{open_table} where period_type = $kind) as figure
            using ({SERIES}, period_start)
        where summed.numerator is distinct from figure.numerator
            or summed.denominator <> coalesce(figure.denominator, 0)""",
        {"kind": kind},
    )
    _put(connection, open_table)
    connection.execute(
        f"""
        update publication.{open_table} as figure
        set numerator = null, denominator = null, value = null, mark = '{SUPPRESSED}'
        where period_type = $kind and indicator_id in (select indicator_id from additive)
            and period_start not in (select period_start from published where period_type = $kind)
            and exists (
                select 1 from publication.{open_table} as month
                where month.period_type = 'month' and month.mark = '{SUPPRESSED}'
                    and month.indicator_id = figure.indicator_id and month.scope_type = figure.scope_type
                    and month.scope_id = figure.scope_id and month.period_start >= figure.period_start
                    and month.period_start < figure.period_start + to_months({count}))""",
        {"kind": kind},
    )


def _put(connection: duckdb.DuckDBPyConnection, open_table: str) -> None:
    """Replace the rows of `fresh` in the open table, computing value and mark anew; drop it."""
    connection.execute(f"""
        delete from publication.{open_table} as figure using fresh
        where figure.indicator_id = fresh.indicator_id and figure.scope_type = fresh.scope_type
            and figure.scope_id = fresh.scope_id and figure.period_type = fresh.period_type
            and figure.period_start = fresh.period_start""")
    connection.execute(f"""
        insert into publication.{open_table}
        with figure as (
            select fresh.*, kind = 'ratio' as is_ratio, fresh.denominator > 0 as is_divided
            from fresh inner join additive using (indicator_id)
        ),
        computed as (
            select {SERIES}, period_type, period_start, numerator,
                case when is_ratio then denominator end as denominator,
                case when not is_ratio then cast(numerator as double)
                    when is_divided then cast(numerator as double) / cast(denominator as double)
                end as value
            from figure
        )
        select *, case when value is null then 'missing' when value = 0 then '{ZERO}' else '{VALUE}' end
        from computed""")
    connection.execute("drop table fresh")
