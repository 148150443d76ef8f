"""Whether the public tables of a release add up: months to quarters and years, parts to their wholes.

A finished folder arrives, the places that do not come out leave. It is read as a reader reads it and shares
nothing with what composed it. Why a place does not come out is not said here.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from core.duckdb_sessions import connect
from core.sql import literal
from publication.attack.published import Name, Publication, read_publication
from publication.calendar import MONTHS
from publication.relations import UNSTATED
from publication.table_list import TableList

DATABASE = Path("public", "casa-di-vetro.duckdb")
DATA = Path("public", "data")
# Half a cent: figures are printed to the cent.
TOLERANCE = 0.005


def not_adding_up(folder: Path, table_list: TableList, former: Sequence[Path] = ()) -> list[str]:
    """Return the places of the release in `folder` whose printed parts do not make up their printed whole.

    Distinct persons do not add up and are not asked to. What stands as one of the `former` releases printed
    it before months were made to add up is that release's, and is left out.
    """
    table = f"{table_list.open.name}.parquet"
    wrong = _over_time(folder / DATA / table, folder / DATABASE)
    for earlier in former if wrong else ():
        if (earlier / DATA / table).exists():
            wrong -= _over_time(earlier / DATA / table, folder / DATABASE)
    return [place for place, _ in sorted(wrong)] + _over_trees(folder, table_list)


def _over_time(figures: Path, database: Path) -> set[tuple[str, tuple]]:
    """Quarters and years of the exact figures that are sums, or ratios of sums, against their months: the
    places that do not come out, with what is printed in them."""
    wrong = set()
    with connect() as connection:
        connection.execute(f"attach {literal(database)} as side (read_only)")
        for kind in ("quarter", "year"):
            rows = connection.execute(
                f"""
                with figure as (
                    select figure.* from read_parquet($file) as figure
                    inner join side.publication.indicator as registry using (indicator_id)
                    where registry.kind in ('sum', 'ratio')
                ),
                month as (select * from figure where period_type = 'month')
                select whole.indicator_id, whole.scope_type, whole.scope_id, whole.period_start,
                    any_value(whole.numerator) as numerator, any_value(whole.denominator) as denominator,
                    coalesce(sum(month.numerator), 0) as of_months, sum(month.denominator) as under_months
                from figure as whole
                left join month
                    on month.indicator_id = whole.indicator_id and month.scope_type = whole.scope_type
                    and month.scope_id = whole.scope_id and month.period_start >= whole.period_start
                    and month.period_start < whole.period_start + to_months({MONTHS[kind]})
                where whole.period_type = $kind and whole.numerator is not null
                    and whole.indicator_id in (select indicator_id from month)
                group by all
                -- Where a month is hidden, what is shown of the others makes up no whole.
                having count(*) filter (month.mark = 'suppressed') = 0 and (
                    any_value(whole.numerator) <> coalesce(sum(month.numerator), 0)
                    or coalesce(any_value(whole.denominator), 0) <> coalesce(sum(month.denominator), 0))""",
                {"file": str(figures), "kind": kind},
            ).fetchall()
            for *place, start, numerator, denominator, of_months, under_months in rows:
                printed = (numerator, denominator, of_months, under_months)
                wrong.add((f"{' '.join(place)} {kind} {start}", printed))
    return wrong


def _over_trees(folder: Path, table_list: TableList) -> list[str]:
    """Sums over territories, areas, classes and kinds, where the whole and all its parts are printed."""
    publication = read_publication(folder)
    wrong = []
    children: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for dimension, tree in publication.hierarchies.items():
        for child, parent in tree.items():
            children[dimension][parent].append(child)
    for (name, place), _ in sorted(publication.printed.items()):
        measure = table_list.measures.get(name)
        if measure is None:
            continue
        for dimension, member in place:
            parts = children[dimension].get(member, []) if dimension in measure.additive else []
            if not parts or any(part.startswith(UNSTATED) for part in parts):
                continue
            at = dict(place)
            printed = [
                _printed(publication, (name, tuple(sorted((at | {dimension: part}).items()))))
                for part in parts
            ]
            values = [value for value in printed if value is not None]
            whole = _printed(publication, (name, place))
            if whole is None or len(values) < len(printed):
                continue
            if abs(whole - sum(values)) > TOLERANCE:
                wrong.append(f"{name} " + " ".join(f"{d}={m}" for d, m in place) + f" over {dimension}")
    return wrong


def _printed(publication: Publication, name: Name) -> float | None:
    """What is printed at a place; None where it is hidden, or not printed."""
    said = publication.printed.get(name)
    return said[0].value if said else None
