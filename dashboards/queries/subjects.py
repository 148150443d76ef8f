"""Whom a page can be about: funders, providers and territories of a release."""

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import MANY_SUBJECTS, ONE_EACH, Row, columns, kept, rows


def _places(database: ViewerDatabase, column: str) -> str:
    # A release of before does not say where an organisation is at work.
    held = column in columns(database, "marts", "dim_organisation")
    return f"string_split({column}, ' | ')" if held else "null::varchar[]"


_TERRITORIES = """select instance_id, instance_name as name, seat, region_name, first_period_from, data_to
    from marts.dim_instance"""


@kept(ONE_EACH)
def funders(database: ViewerDatabase) -> list[Row]:
    """Return tax_code, name and instances (ids of the territories it funds in) of every funder with grants
    that is the viewer's own, the largest by net awarded first."""
    return rows(
        database,
        f"""select tax_code, organisation_name as name, {_places(database, "funder_in")} as instances,
            coalesce(max(v.denominator), 0) as awarded
        from marts.dim_organisation o
        left join marts.indicator_value v on v.scope_type = 'funder' and v.scope_id = o.tax_code
            and v.indicator_id = 'disbursement_rate' and v.period_type = 'year' and v.population_group = 'ALL'
        where o.is_funder and o.tax_code in (select funder_tax_code from marts.dim_grant)
            and ($all or list_contains($own, tax_code))
        group by all order by awarded desc, name""",
        {"all": database.viewer.owns_all, "own": list(database.viewer.funders)},
    )


@kept(ONE_EACH)
def providers(database: ViewerDatabase) -> list[Row]:
    """Return tax_code, name and instances (ids of the territories it is at work in) of every provider that
    has delivered a service and is the viewer's own, alphabetical."""
    return rows(
        database,
        f"""select tax_code, organisation_name as name, {_places(database, "provider_in")} as instances
        from marts.dim_organisation
        where is_provider and ($all or list_contains($own, tax_code)) and tax_code in (
            select scope_id from marts.indicator_value
            where scope_type = 'provider' and indicator_id = 'deliveries'
                and (value > 0 or mark = 'suppressed')) order by name""",
        {"all": database.viewer.owns_all, "own": list(database.viewer.providers)},
    )


@kept(ONE_EACH)
def instances(database: ViewerDatabase) -> list[Row]:
    """Return instance_id, name, seat (its comune), region_name, first_period_from and data_to (last day
    covered) of every territory that is the viewer's own: those of which a page can be opened."""
    own = "" if database.viewer.owns_all else "where instance_id in (from own.instances)"
    return rows(database, f"{_TERRITORIES} {own} order by name")


@kept(ONE_EACH)
def territories(database: ViewerDatabase) -> list[Row]:
    """Return the same of every territory of the network: their names are public."""
    return rows(database, f"{_TERRITORIES} order by name")


def is_own(database: ViewerDatabase, scope_type: str, scope_id: str) -> bool:
    """Tell whether the figures of a scope are all among the viewer's rows, so that one without a row is none;
    of others only some are. What is within a territory, a funder or a provider is opened by whoever has it.
    """
    viewer = database.viewer
    if viewer.owns_all:
        return True
    if scope_type == "instance":
        return any(row["instance_id"] == scope_id for row in instances(database))
    of = {"funder": viewer.funders, "provider": viewer.providers, "consortium": viewer.consortia}
    return scope_id in of[scope_type] if scope_type in of else scope_type != "network"


@kept(MANY_SUBJECTS)
def at_work_in(database: ViewerDatabase, instance: str) -> dict[str, str]:
    """Return tax code and name of the organisations at work in a territory as providers, by name: those that
    deliver services and those that take vouchers."""
    held = "provider_in" in columns(database, "marts", "dim_organisation")
    found = rows(
        database,
        f"""select tax_code, organisation_name as name from marts.dim_organisation
        where {"list_contains(string_split(provider_in, ' | '), $instance)" if held else "$instance is null"}
        order by name""",
        {"instance": instance},
    )
    return {row["tax_code"]: row["name"] for row in found}
