"""The rows of a viewer, copied out of a release: a release and a viewer arrive, a file of these rows leaves.

Own rows come from the private side; what is known of others, from the public side. Where figures about
persons are protected for the viewer, a number that publication hides is not copied at all. Which rows are
whose is said by `table_rules`.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.sql import identifier, literal
from dashboards.access.table_rules import FIGURES_OF, OF_THE_NETWORK, TABLES, TableRule
from dashboards.access.viewer import Viewer
from dashboards.figures import LEAST_PEERS

# Of a cell: what is a number, or tells of one.
_NUMBERS = ("numerator", "denominator", "value", "ci_low", "ci_high")
_SHOWN = "in ('value', 'zero')"
_CELL = "indicator_id, scope_type, scope_id, item, area, period_type, population_group"
# Of a comparison: what is a territory's own, and what says whose it is; the rest is computed from all.
_OF_ONE = ("numerator", "denominator", "value")
_OF_ONE_AND_ALL = ("expected", "adjusted")
_WHOSE = ("indicator_id", "item", "area", "period_start", "instance_id", "peer_group")
# In the place of a position, where one territory's figure is hidden.
GUARDED = "guarded"
# Who sees all, but persons protected: what they hold is nearly the whole release, and the same for each.
SEE_ALL = (Viewer("network"), Viewer("operations"))


def lay_down(private: Path) -> None:
    """Write, beside the private database of a release being made, those of the viewers who see all."""
    for viewer in SEE_ALL:
        fill(laid_down(private, viewer), private, viewer)


def laid_down(private: Path, viewer: Viewer) -> Path:
    """Return where the database of a viewer who sees all stands, if the release has it."""
    return private.with_name(f"{viewer.role}.duckdb")


def fill(file: Path, private: Path, viewer: Viewer) -> None:
    """Copy the rows of a viewer from a release into a new database file.

    private -- the private database of the release; its public one is looked for beside it.
    """
    public = private.parent.with_name("public") / private.name
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"attach {literal(private)} as private (read_only)")
        connection.execute(f"attach {literal(public)} as public (read_only)")
        connection.execute(f"attach {literal(file)} as viewer")
        columns, known, own = _columns(connection), _known(connection), _own(connection, viewer)
        connection.execute("use viewer")
        for schema in sorted({name.split(".")[0] for name in columns}):
            connection.execute(f"create schema {schema}")
        for name, held in columns.items():
            rule = TABLES.get(name)
            if rule is not None and viewer.role in {*rule.rows, *rule.others}:
                rows = _select(name, held, rule, viewer, known).format_map(own)
                connection.execute(f"create table {name} as {rows}")
        # An ambito is told by its comuni, so which territories are the viewer's is known only here.
        connection.execute("create schema own")
        connection.execute(
            f"create table own.instances as select instance_id from private.marts.dim_instance "
            f"where instance_id in {own['instances']}"
        )
        connection.execute("use memory")
        connection.execute("detach viewer")


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    found = connection.execute(
        """select schema_name || '.' || table_name, list(column_name order by column_index)
        from duckdb_columns() where database_name = 'private' and schema_name in ('marts', 'quality')
        group by all order by 1"""
    ).fetchall()
    return dict(found)


@dataclass(frozen=True)
class _Known:
    """What the release says of itself: its indicators, and how many persons are enough to show a figure."""

    indicators: frozenset[str]
    enough: int


def _known(connection: duckdb.DuckDBPyConnection) -> _Known:
    indicators = connection.execute("select indicator_id from private.marts.dim_indicator").fetchall()
    told = connection.execute("select max(threshold_high) from public.publication.release").fetchone()
    # A release that does not say it shows none.
    enough = told[0] if told and told[0] is not None else 2**31
    return _Known(frozenset(name for (name,) in indicators), enough)


def _own(connection: duckdb.DuckDBPyConnection, viewer: Viewer) -> dict[str, str]:
    """Return the lists of what is the viewer's own, each as it stands in SQL: what the policy names, and what
    follows from it. Literals let DuckDB skip what does not match."""

    def listed(sql: str, *parameters: object) -> list[str]:
        return [name for (name,) in connection.execute(sql, parameters).fetchall() if name is not None]

    comuni = listed(
        """select distinct istat_comune from private.marts.bridge_ats_comune
        where is_current and list_contains($1, ats_id)""",
        list(viewer.ats),
    )
    seated = listed(
        "select instance_id from private.marts.dim_instance where list_contains($1, seat)", comuni
    )
    grants = listed(
        "select grant_key from private.marts.dim_grant where list_contains($1, funder_tax_code)",
        list(viewer.funders),
    )
    public = listed(
        """select tax_code from public.publication.funder union
        select scope_id from public.publication.indicator_value
        where scope_type in ('funder', 'provider', 'consortium')"""
    )
    own = {
        "funders": viewer.funders,
        "grants": grants,
        "instances": [*viewer.instances, *seated],
        "ats": viewer.ats,
        "comuni": comuni,
        "providers": viewer.providers,
        "consortia": viewer.consortia,
        "public": public,
    }
    # An empty list would be no SQL; nothing has an empty name.
    return {name: f"({', '.join(map(literal, sorted(set(ids)) or ['']))})" for name, ids in own.items()}


def _select(name: str, columns: list[str], rule: TableRule, viewer: Viewer, known: _Known) -> str:
    own = f"({rule.rows[viewer.role]})" if viewer.role in rule.rows else "false"
    source = f"private.{name} as t"
    if rule.protection == "cells":
        return _cells(columns, own, viewer)
    if rule.protection == "comparison":
        return _comparison(columns, own, viewer)
    if viewer.sees_persons or rule.protection == "none":
        rows = f"select {_listed(columns)} from {source} where {own}"
    elif rule.protection == "wide":
        rows = _wide(name, columns, rule, own, known)
    else:
        kept = rule.facts or set(columns)
        rows = f"select {_listed(columns, kept)} from {source} where {own if rule.facts else 'false'}"
    if viewer.role in rule.others:
        condition = f"({rule.others[viewer.role]}) and {own} is not true"
        rows += f" union all by name select {_listed(columns, rule.told)} from {source} where {condition}"
    return rows


def _listed(columns: list[str], kept: set[str] | frozenset[str] | None = None) -> str:
    """Return the columns of `t`, null where they are not kept."""
    return ", ".join(
        f"t.{identifier(column)}" if kept is None or column in kept else _hidden(column) for column in columns
    )


def _hidden(column: str, otherwise: str = "false") -> str:
    """Return a column that is null but where a condition holds."""
    return f"case when {otherwise} then t.{identifier(column)} end as {identifier(column)}"


def _cells(columns: list[str], own: str, viewer: Viewer) -> str:
    """Return the figures: one's own, and of others' those that everybody can read on the public side."""
    if viewer.sees_persons:
        mine = f"select {_listed(columns)} from private.marts.indicator_value as t where {own}"
    else:
        shown, before = f"t.mark {_SHOWN}", f"before.mark {_SHOWN}"
        protected = {
            **{number: _hidden(number, shown) for number in _NUMBERS},
            "n_persons": _hidden("n_persons"),
            "mark": "coalesce(t.mark, 'suppressed') as mark",
            # What is hidden is not told apart by why there would have been no number.
            "status": "case when t.mark <> 'suppressed' then t.status else 'suppressed' end as status",
            "previous_value": _hidden("previous_value", before),
            "previous_status": _hidden("previous_status", before),
        }
        listed = ", ".join(protected.get(c, f"t.{identifier(c)}") for c in columns)
        mine = f"""select {listed} from (select * from private.marts.indicator_value as t where {own}) as t
            left join (
                select {_CELL}, period_start + interval 1 year as period_start, mark
                from private.marts.indicator_value as t where {own} and mark {_SHOWN}
            ) as before using ({_CELL}, period_start)"""
    if viewer.owns_all:
        return mine
    told = {
        "n_persons": "null::bigint as n_persons",
        "status": "case when t.mark = 'suppressed' then 'suppressed' else t.status end as status",
        "previous_status": f"case when t.previous_mark {_SHOWN} then 'ok' end as previous_status",
    }
    listed = ", ".join(told.get(c, f"t.{identifier(c)}") for c in columns)
    whole = f"({OF_THE_NETWORK.get(viewer.role, 'false')})"
    theirs = f"""select {listed} from public.publication.indicator_value as t
        where {own} is not true and {whole} is not true"""
    if viewer.role not in OF_THE_NETWORK:
        return f"{mine} union all by name {theirs}"
    return f"{mine} union all by name {theirs} union all by name {_of_the_network(columns, listed, whole)}"


def _of_the_network(columns: list[str], public: str, whole: str) -> str:
    """Return figures of the whole network: as the public side prints them, else protected, where no
    territory's figure is hidden, now and in the year before."""
    cell = f"({_CELL}, period_start)"
    hidden = f"""select {_CELL}, period_start from private.marts.indicator_value
        where scope_type = 'instance' and coalesce(mark, 'suppressed') = 'suppressed'"""
    key = cell.replace("scope_type, scope_id, ", "")
    opened = f"t.mark {_SHOWN} and {key} not in (select {key[1:-1]} from ({hidden}))"
    protected = {
        **{number: _hidden(number, "t.is_open") for number in _NUMBERS},
        "n_persons": "null::bigint as n_persons",
        "mark": "case when t.is_open then t.mark when t.mark "
        f"{_SHOWN} then 'not_visible' else coalesce(t.mark, 'suppressed') end as mark",
        "status": "case when t.is_open then t.status when coalesce(t.mark, 'suppressed') "
        "in ('suppressed', 'value', 'zero') then 'suppressed' else t.status end as status",
        "previous_value": "null::double as previous_value",
        "previous_status": "null::varchar as previous_status",
    }
    listed = ", ".join(protected.get(c, f"t.{identifier(c)}") for c in columns)
    return f"""select {public} from public.publication.indicator_value as t where {whole}
        union all by name select {listed} from (
            select t.*, {opened} as is_open from private.marts.indicator_value as t
            anti join (from public.publication.indicator_value as t where {whole}) as printed
                using ({_CELL}, period_start)
            where {whole}
        ) as t"""


def _comparison(columns: list[str], own: str, viewer: Viewer) -> str:
    """Return the comparison: values where the reader may see them, and what is computed from all territories
    only where publication hides none of them."""
    private, public = f"cell.mark {_SHOWN}", f"printed.mark {_SHOWN}"
    mine = (
        FIGURES_OF[viewer.role].replace("t.scope_type", "'instance'").replace("t.scope_id", "t.instance_id")
    )
    seen = f"(({mine}) and ({str(viewer.sees_persons).lower()} or {private})) or {public}"
    open_to_all = "not t.is_guarded"
    listed = []
    for column in columns:
        if column in _WHOSE:
            listed.append(f"t.{identifier(column)}")
        elif column in _OF_ONE:
            listed.append(_hidden(column, seen))
        elif column in _OF_ONE_AND_ALL:
            listed.append(_hidden(column, f"({seen}) and {open_to_all}"))
        elif column.endswith("position"):
            name = identifier(column)
            listed.append(f"case when t.is_guarded then '{GUARDED}' else t.{name} end as {name}")
        elif column == "peer_median" and not viewer.owns_all:
            # One territory's median is its figure, and of two the other's is told by either.
            listed.append(_hidden(column, f"{open_to_all} and t.peers >= {LEAST_PEERS}"))
        else:
            listed.append(_hidden(column, open_to_all))
    beside = """{table} as {name} on {name}.indicator_id = t.indicator_id and {name}.item = t.item
            and {name}.area = t.area and {name}.scope_type = 'instance' and {name}.scope_id = t.instance_id
            and {name}.period_type = 'year' and {name}.period_start = t.period_start
            and {name}.population_group = 'ALL'"""
    cell = beside.format(table="private.marts.indicator_value", name="cell")
    printed = beside.format(table="public.publication.indicator_value", name="printed")
    return f"""with t as (
            select t.*,
                bool_or(case when cell.mark is null then t.numerator <> 0 else cell.mark = 'suppressed' end)
                    over (partition by t.indicator_id, t.item, t.area, t.period_start) as is_guarded,
                count(t.value) over (
                    partition by t.indicator_id, t.item, t.area, t.period_start, t.peer_group
                ) - 1 as peers
            from private.marts.comparison as t left join {cell}
        )
        select {", ".join(listed)} from t left join {cell} left join {printed} where {own}"""


def _wide(name: str, columns: list[str], rule: TableRule, own: str, known: _Known) -> str:
    """Return a wide table: a column that is an indicator where its own cell is shown, another figure where no
    person, or enough of them, stand behind the row."""
    start = "period_start" if "period_start" in columns else "month_start"
    kind = "t.period_type" if "period_type" in columns else "'month'"
    enough = f"t.n_persons = 0 or t.n_persons >= {known.enough}" if "n_persons" in columns else "false"
    listed = []
    for column in columns:
        if column in rule.facts:
            listed.append(f"t.{identifier(column)}")
        elif column == "n_persons":
            listed.append(_hidden(column))
        else:
            shown = f"list_contains(cells.shown, {literal(column)})"
            listed.append(_hidden(column, shown if column in known.indicators else enough))
    return f"""select {", ".join(listed)} from private.{name} as t
        left join (
            select scope_id, period_type, period_start, list(indicator_id) as shown
            from private.marts.indicator_value
            where scope_type = '{rule.scope_type}' and item = 'ALL' and area = 'ALL'
                and population_group = 'ALL' and mark {_SHOWN}
            group by all
        ) as cells on cells.scope_id = t.{rule.scope_id} and cells.period_type = {kind}
            and cells.period_start = t.{start}
        where {own}"""
