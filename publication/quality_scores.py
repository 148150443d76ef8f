"""The quality score of each territory's data, month by month: the only scores that the public sees.

`marts.quality_score` arrives, one public table leaves: whole percentages and marks, without what they are
made from. Providers are not in it. How a score is computed does not belong here.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from core.sql import literal
from publication.bulk_insert import insert_rows
from publication.calendar import Period
from publication.cells import VALUE, ZERO

QUALITY_SCORE = "quality_score"
QUALITY_SCORE_TITLE = (
    "Qualità dei dati di ogni territorio, mese per mese",
    "Quality of each territory's data, month by month",
)
WHOLE = "ALL"
_COLUMNS = "territory, period_start, dimension, score, mark"


def create_quality_score(
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    months: Sequence[Period],
    former: Sequence[Path],
    revised_years: Collection[str],
) -> None:
    """Create publication.quality_score, one row per territory, closed month and dimension (ALL: their mean).

    Columns: territory (`instance:<id>`), period_start (first day of the month), dimension, score (0.00 to
    1.00, whole percentages; null where the mark is none of `value` and `zero`) and mark. A territory's month
    that has a mean in one of the `former` folders stays as it was printed, unless its year is one of
    the revised.
    """
    connection.execute("create temp table closed_month (period_start date)")
    insert_rows(connection, "closed_month", [(month.start,) for month in months])
    connection.execute(f"""
        create table publication.{QUALITY_SCORE} as
        select 'instance:' || scope_id as territory, month_start as period_start, dimension, score,
            case when status = 'denominator_missing' then 'missing' when status <> 'ok' then status
                when score = 0 then '{ZERO}' else '{VALUE}' end as mark
        from {marts}.quality_score
        where scope_type = 'instance' and month_start in (from closed_month)
        order by all""")
    connection.execute(
        f"create temp table printed as select {_COLUMNS} from publication.quality_score limit 0"
    )
    for folder in former:
        file = folder / "public" / "data" / f"{QUALITY_SCORE}.parquet"
        if file.exists():
            connection.execute(f"""
                insert into printed select {_COLUMNS} from read_parquet({literal(file)})
                where (territory, period_start) not in (select (territory, period_start) from printed)
                qualify bool_or(dimension = '{WHOLE}' and score is not null)
                    over (partition by territory, period_start)""")
    connection.execute(
        "delete from printed where list_contains($years, year(period_start)::varchar)",
        {"years": sorted(set(revised_years))},
    )
    connection.execute(f"""
        delete from publication.{QUALITY_SCORE} as own using printed
        where own.territory = printed.territory and own.period_start = printed.period_start""")
    connection.execute(f"insert into publication.{QUALITY_SCORE} select {_COLUMNS} from printed order by all")
    connection.execute("drop table printed")
    connection.execute("drop table closed_month")
