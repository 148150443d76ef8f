"""What a release says in the forms of others is what its tables print: 360Giving, results, the lists that the
law asks for, and the static API.
"""

import csv
import json
import os
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from publication.simulated import simulated_in
from publication.static_api import About, write_static_api

NEEDED = {"id", "title", "description", "currency", "amountAwarded", "awardDate", "recipientOrganization",
          "fundingOrganization"}  # fmt: skip


@pytest.fixture(scope="module")
def public(published) -> Path:
    """The public side of a release, with sole traders among the organisations."""
    return published[0].vetro_home.current_release.resolve() / "public"


@pytest.fixture(scope="module")
def database(public: Path):
    """Its database."""
    with duckdb.connect(str(public / "casa-di-vetro.duckdb"), read_only=True) as connection:
        yield connection


def document(public: Path, name: str) -> dict:
    return json.loads((public / name).read_text(encoding="utf-8"))


def test_grants_have_what_360giving_asks_for(public: Path):
    package = document(public, "data/360giving.json")
    assert package["version"] == "1.4"
    assert package["grants"]
    for grant in package["grants"]:
        assert grant.keys() >= NEEDED
        assert "recipientIndividual" not in grant
        for body in (*grant["recipientOrganization"], *grant["fundingOrganization"]):
            assert body["id"].removeprefix("IT-CF-").isdigit()
            assert body["name"]
    ids = [grant["id"] for grant in package["grants"]]
    assert len(ids) == len(set(ids))


def test_grants_are_valid_against_the_official_schema(public: Path):
    folder = os.environ.get("VETRO_STANDARDS")
    if folder is None:
        pytest.skip("VETRO_STANDARDS names no folder with the schemas of 360Giving")
    grant, package = (
        json.loads((Path(folder) / f"360-giving-{name}-1.4.3.json").read_text(encoding="utf-8"))
        for name in ("schema", "package-schema")
    )
    # The package schema of 1.4.3 still points to the grant schema by the address of 1.4.2.
    registry = Registry().with_resources(
        [(package["properties"]["grants"]["items"]["$ref"], DRAFT202012.create_resource(grant))]
    )
    # A date is one or a moment, never both: without a check of moments it would be both.
    formats = FormatChecker(())
    formats.checks("date-time", ValueError)(
        lambda text: "T" in text and datetime.fromisoformat(text) is not None
    )
    validator = Draft202012Validator(package, registry=registry, format_checker=formats)
    found = validator.iter_errors(document(public, "data/360giving.json"))
    assert [error.message for error in found] == []


def test_the_amount_of_a_grant_is_the_one_that_is_printed(public: Path, database):
    printed = dict(
        database.execute("""
            select '360G-casa-di-vetro-' || scope_id, sum(numerator)
            from publication.t14_public_money_and_data_quality
            where indicator_id = 'deliberated' and scope_type = 'grant' and period_type = 'month'
            group by all having bool_and(mark = 'value')""").fetchall()
    )
    for grant in document(public, "data/360giving.json")["grants"]:
        assert Decimal(str(grant["amountAwarded"])) == printed[grant["id"]]


def test_results_are_the_same_in_every_form(public: Path, database):
    rows = database.execute("select * from publication.results").fetchall()
    with (public / "data" / "results.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(rows) > 0
    results = document(public, "data/results.json")["results"]
    told = [
        (grant["scope_id"], indicator["indicator"], period["actual"]["value"], period["actual"]["mark"])
        for grant in results
        for indicator in grant["indicators"]
        for period in indicator["periods"]
    ]
    known = database.execute(
        "select scope_id, indicator_id, actual, actual_mark from publication.results"
    ).fetchall()
    assert sorted(told, key=str) == sorted(known, key=str)
    [(differing,)] = database.execute("""
        select count(*) from publication.results as told
        left join publication.indicator_value as figure
            on figure.indicator_id = 'outcome_improved' and figure.scope_type = 'grant'
            and figure.scope_id = told.scope_id and figure.period_type = 'year'
            and figure.period_start = told.period_from
        where (told.actual is not null or told.indicator_id = 'outcome_improved')
            and (figure.mark is distinct from told.actual_mark or figure.value is distinct from told.actual)
        """).fetchall()
    assert differing == 0


def test_concessions_are_those_that_are_printed(database):
    """A grant has the amount and the mark of the table of public money; what a call gave organisations is no
    more than the table of calls says."""
    [(differing, grants)] = database.execute("""
        select count(*) filter (figure.mark is distinct from listed.mark
                or figure.numerator is distinct from listed.amount_eur), count(*)
        from publication.art26_27_concessions as listed
        inner join publication.t14_public_money_and_data_quality as figure
            on figure.indicator_id = 'deliberated' and figure.scope_type = 'grant'
            and figure.scope_id = listed.concession_id and figure.period_type = 'year'
            and year(figure.period_start)::varchar = listed.year""").fetchall()
    assert (differing, grants > 0) == (0, True)
    over = database.execute("""
        with given as (
            select call_key as call, sum(amount_eur) as euro from publication.art26_27_concessions
            where concession_id not in (select scope_id from publication.intervention) group by all
        ),
        printed as (
            select call, sum(amount) as euro from publication.t10_organisations_by_call_and_stage
            where stage = 'funded' group by all
        )
        select call from given inner join printed using (call) where given.euro > printed.euro""").fetchall()
    assert over == []


def test_what_was_received_is_what_was_paid(database):
    """A year of the third law is the sum of the quarters of the second, where both are told."""
    paid = defaultdict(Decimal)
    for year, payer, payee, amount in database.execute("""
        select left(quarter, 4), payer_tax_code, beneficiary_tax_code, amount_eur
        from publication.art4bis_payments
        where payment_reason in ('GRANT_INSTALMENT', 'SUBSIDY', 'TRANSFER') and mark = 'value'""").fetchall():
        paid[year, payer, payee] += amount
    received = database.execute("""
        select year, payer_tax_code, provider_tax_code, received_eur from publication.l124_grants
        where mark = 'value'""").fetchall()
    assert received
    for year, payer, payee, amount in received:
        assert paid[year, payer, payee] == amount


def test_everything_that_is_named_has_a_name(database):
    """Whoever reads a key finds what it stands for, unless it is a person."""
    nameless = database.execute("""
        select scope_type, scope_id from publication.indicator_value
        where scope_type in ('funder', 'provider')
            and scope_id not in (select tax_code from publication.organisation where name is not null)
        union
        select 'call', call from publication.t10_persons_by_call_and_stage
        where call not in (select call_key from publication.call where title is not null)
        union
        select 'scheme', scheme from publication.t12_vouchers_by_scheme
        where scheme not in (select scheme_key from publication.voucher_scheme where title is not null)
        """).fetchall()
    assert nameless == []
    # A grant without a title is a person's: all its money is hidden.
    told = database.execute("""
        select count(*) from publication.t14_public_money_and_data_quality
        where scope_type = 'grant' and scope_id not in (select scope_id from publication.intervention)
            and mark <> 'suppressed'""").fetchall()
    assert told == [(0,)]


@pytest.mark.parametrize(
    "table, key, name",
    [
        ("t07_spending_by_provider", "provider", "provider_name"),
        ("t10_euro_by_call_and_stage", "call", "call_title"),
        ("t12_vouchers_by_scheme", "scheme", "scheme_title"),
        ("t13_outcomes_by_funder_and_grant", "award", "award_name"),
        ("t14_public_money_and_data_quality", "scope_id", "scope_name"),
    ],
)
def test_names_stand_beside_the_keys_of_the_files(public: Path, database, table: str, key: str, name: str):
    """After the columns of the table; empty for the network as a whole and for the grant of a person."""
    own = [column for column, *_ in database.execute(f"describe publication.{table}").fetchall()]
    file = public / "data" / f"{table}.parquet"
    columns = [column for column, *_ in duckdb.read_parquet(str(file), connection=database).description]
    assert columns == [*own, name, "data_to", "n_instances", "n_instances_expected", "simulated_instances"]
    nameless = database.execute(
        f"select distinct {key} from read_parquet('{file}') where {name} is null order by 1"
    ).fetchall()
    told = {
        scope for (scope,) in database.execute("select scope_id from publication.intervention").fetchall()
    }
    assert all(each == "network" or each.removeprefix("grant:") not in told for (each,) in nameless)
    assert all(each == "network" or ":" in each for (each,) in nameless)
    [(rows, in_table)] = database.execute(
        f"select (select count(*) from read_parquet('{file}')), (select count(*) from publication.{table})"
    ).fetchall()
    assert rows == in_table


def test_the_static_api_says_what_the_tables_say(public: Path, database):
    root = public / "v1"
    index = document(public, "v1/index.json")
    for file in index["resources"].values():
        assert (root / file).is_file()
    for kind, name in (("instance", "territories"), ("funder", "funders"), ("provider", "providers")):
        listed = document(public, f"v1/{name}.json")[name]
        assert listed
        for each in listed:
            own = document(public, f"v1/{each['file']}")["figures"]
            key = each["file"].rpartition("/")[2].removesuffix(".json")
            known = database.execute(
                "select indicator_id, area, period_type, value, mark, n_instances, cast(data_to as varchar) "
                "from publication.indicator_value where scope_type = ? and scope_id = ?",
                [kind, key],
            ).fetchall()
            told = [
                (f["indicator"], f["area"], f["period_type"], f["value"], f["mark"], f["n_instances"],
                 f["data_to"])
                for f in own
            ]  # fmt: skip
            assert sorted(told, key=str) == sorted(known, key=str)


def test_totals_are_the_sums_of_the_years(public: Path):
    seen = 0
    for name in ("funders", "providers"):
        for body in document(public, f"v1/{name}.json")[name]:
            *years, whole = body["totals"] or [{}]
            for indicator in whole.keys() - {"year"}:
                parts = [year[indicator] for year in years if indicator in year]
                if any(part["mark"] == "suppressed" for part in parts):
                    assert whole[indicator] == {"value": None, "mark": "suppressed"}
                else:
                    assert whole[indicator]["value"] == pytest.approx(sum(part["value"] for part in parts))
                    seen += 1
    assert seen > 0


def test_every_file_says_that_its_data_are_simulated(public: Path):
    files = [*sorted((public / "v1").rglob("*.json")), public / "data" / "results.json",
             public / "data" / "360giving.json"]  # fmt: skip
    for path in files:
        assert path.stat().st_size < 1_000_000
        told = json.loads(path.read_text(encoding="utf-8"))["simulated"]
        assert told["instances"]
        assert told["it"]
        assert told["en"]


def test_the_static_api_comes_out_the_same_again(published, public: Path, database, tmp_path: Path):
    index = document(public, "v1/releases.json")
    [now] = [release for release in index["releases"] if release["current"]]
    earlier = [release["id"] for release in index["releases"] if not release["current"]]
    with duckdb.connect(str(tmp_path / "home.duckdb")) as connection:
        home = published[0].vetro_home
        connection.execute(f"attach '{home.warehouse}' as warehouse (read_only)")
        simulated = simulated_in(connection, "warehouse")
    made = datetime.fromisoformat(now["created_at"]).astimezone(UTC)
    as_of = datetime.fromisoformat(index["data_to"]).date()
    write_static_api(database, tmp_path, About(now["id"], made, as_of, earlier, simulated))
    again = {path.relative_to(tmp_path): path.read_bytes() for path in (tmp_path / "v1").rglob("*.json")}
    assert again == {path.relative_to(public): path.read_bytes() for path in (public / "v1").rglob("*.json")}
