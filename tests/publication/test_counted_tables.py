"""The tables that no indicator fills, T8 to T13: what they say is counted rightly and hidden together."""

import csv
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from publication.attack.attacker import TOO_NARROW, attack
from publication.composition import Source, compose
from publication.policy import load_policy
from publication.release import current, publish
from tests.support.gates import RecordedGate
from tests.support.published import HIDDEN, Published
from tests.support.published_homes import copy_two_releases
from tests.support.warehouse import Size, build_warehouse

NOW = datetime(2026, 10, 1, tzinfo=UTC)
OPEN = RecordedGate(True, NOW, [])
SIZE = Size(instances=4, persons=700)


def compose_here(folder: Path, warehouse: Path) -> Path:
    folder.mkdir(parents=True)
    compose(folder, Source(warehouse, folder.parent, None, load_policy(), "1"), NOW)
    return folder


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    return build_warehouse(tmp_path_factory.mktemp("counted") / "warehouse.duckdb", SIZE)


@pytest.fixture(scope="module")
def release(warehouse) -> Path:
    return compose_here(warehouse.parent / "release", warehouse)


def table(release: Path, name: str) -> list[dict[str, str]]:
    with (release / "public" / "data" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_table_of_the_list_is_there_and_says_something(release):
    described = json.loads((release / "public" / "tables.json").read_text())["tables"]
    numbers = {entry["name"][:3] for entry in described}
    assert numbers == {f"t{number:02d}" for number in range(1, 15)}
    for entry in described:
        assert table(release, Path(entry["file"]).stem), entry["name"]


def persons(warehouse: Path, measure: str, members: list[str], subject: str, year: str, column: str) -> int:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(
            f"""select count(distinct person_key) from marts.person_contribution where measure = $measure
                and list_contains($members, member) and {column} = $subject and year(period_start) = $year""",
            {"measure": measure, "members": members, "subject": subject, "year": int(year)},
        ).fetchone()[0]


def test_people_by_result_and_wait_are_counted_once_each(release, warehouse):
    served = list(load_policy().wait_band_names)
    below = {
        "ALL": [*served, "waiting", "refused_resources", "refused_other", "open"],
        "accepted": [*served, "waiting"],
    }
    shown = 0
    for name, column in (("t08_persons_by_wait", "wait"), ("t09_persons_by_result", "result")):
        for row in table(release, name):
            if row["persons_asking_mark"] == "value":
                members = below.get(row[column], [row[column]])
                instance = row["territory"].removeprefix("instance:")
                counted = persons(warehouse, "persons_asking", members, instance, row["year"], "instance_id")
                assert int(row["persons_asking"]) == counted
                shown += 1
    assert shown > 20


def test_a_stage_holds_everybody_who_went_on(release, warehouse):
    stages = ["submitted", "admitted", "funded", "paid"]
    shown = 0
    for row in table(release, "t10_persons_by_call_and_stage"):
        if row["call_applicants_mark"] == "value":
            reached = stages[stages.index(row["stage"]) :]
            counted = persons(warehouse, "call_applicants", reached, row["call"], row["year"], "subject")
            assert int(row["call_applicants"]) == counted
            shown += 1
    assert shown > 5


def test_the_euro_of_hidden_applicants_are_hidden(release):
    euro = {
        (row["call"], row["stage"], row["year"]): row["call_amount_mark"]
        for row in table(release, "t10_euro_by_call_and_stage")
    }
    hidden = [
        euro[row["call"], row["stage"], row["year"]]
        for row in table(release, "t10_persons_by_call_and_stage")
        if row["call_applicants_mark"] == "suppressed"
    ]
    assert hidden
    assert set(hidden) <= {"suppressed", "zero"}


def test_kinds_of_provider_add_up_to_providers_and_to_the_total(release):
    kinds = {
        (row["year"], row["kind"]): row
        for row in table(release, "t11_spending_by_kind_of_provider")
        if row["territory"] == "network"
    }
    total = {
        row["year"]: row
        for row in table(release, "t05_spending_by_territory_and_area")
        if (row["territory"], row["area"]) == ("network", "ALL")
    }
    for year, row in total.items():
        of_year = [kind for (when, _), kind in kinds.items() if when == year]
        assert [kind["spend_delivered_mark"] for kind in of_year] == ["value"] * 4
        assert sum(Decimal(kind["spend_delivered"]) for kind in of_year) == Decimal(row["spend_delivered"])
    tree = json.loads((release / "public" / "tables.json").read_text())["hierarchies"]["provider"]
    providers = {row["provider"] for row in table(release, "t07_spending_by_provider")}
    assert {tree[provider] for provider in providers} == {"cooperative", "other_ets", "public", "other"}


def test_a_provider_keeps_the_kind_under_which_it_was_first_published(tmp_path):
    """Else the sums by kind that were printed would not come out any more, and no release could follow."""
    home = copy_two_releases(tmp_path / "home")
    first = current(home)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("update marts.dim_organisation set provider_group = 'public'")
        connection.execute("update quality.export_log set export_id = export_id || '-later'")
    later = publish(home, gate=OPEN, code_version="1")
    trees = [
        json.loads((release.path / "public" / "tables.json").read_text())["hierarchies"]["provider"]
        for release in (first, later)
    ]
    assert trees[1] == trees[1] | trees[0]
    assert set(trees[0].values()) > {"public", "cooperative"}
    assert not attack(later.path, first.path).findings


def test_few_payees_without_a_tax_code_of_their_own_hide_their_money(tmp_path, warehouse):
    """A sole trader is a person: three of them behind the euro of `other` are three persons."""
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("""
            update marts.person_contribution
            set payee_key = 'instance:' || (hash(person_key) % 3)
            where measure = 'spend_delivered'
                and member in (select tax_code from marts.dim_organisation where provider_group = 'other')""")
    rows = table(compose_here(tmp_path / "release", copy), "t11_spending_by_kind_of_provider")
    marks = {row["spend_delivered_mark"] for row in rows if row["kind"] == "other"}
    assert marks <= {"suppressed", "zero"}
    assert "suppressed" in marks


def test_pairs_of_few_persons_are_hidden_however_many_they_are(tmp_path, warehouse):
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from marts.person_contribution where measure = 'outcome_pairs'")
        connection.execute("""
            insert into marts.person_contribution by name
            select 'outcome_pairs' as measure, 'rho' as instance_id, 'measurement' as entity,
                   'M-' || range || '-' || nth as record_id, 'rho:G-1' as subject, 'improved' as member,
                   date '2025-01-01' as period_start, 'p' || range as person_key,
                   'p' || range as contributor_key, false as is_high, 0 as amount
            from range(4), range(10) as pairs(nth)""")
    release = compose_here(tmp_path / "release", copy)
    rows = table(release, "t13_outcomes_by_funder_and_grant")
    assert {row["outcome_pairs_mark"] for row in rows if row["outcome"] == "ALL"} == {"suppressed"}
    assert not attack(release).findings


def test_what_was_issued_is_the_sum_of_what_became_of_it(release):
    found = {}
    for row in table(release, "t12_vouchers_by_scheme"):
        found.setdefault((row["scheme"], row["year"]), {})[row["state"]] = row
    whole = [states for states in found.values() if all(row["voucher_money"] for row in states.values())]
    assert whole
    for states in whole:
        amounts = {state: Decimal(row["voucher_money"]) for state, row in states.items()}
        assert amounts["issued"] == amounts["spent"] + amounts["lapsed"] + amounts["outstanding"]


def test_the_concentration_is_that_of_the_printed_providers_or_none(tmp_path, release, warehouse):
    def index_and_providers(folder: Path, year: str) -> tuple[dict[str, str], list[dict[str, str]]]:
        (index,) = [
            row
            for row in table(folder, "t14_public_money_and_data_quality")
            if row["indicator_id"] == "provider_hhi" and row["period_start"].startswith(year)
        ]
        return index, [row for row in table(folder, "t07_spending_by_provider") if row["year"] == year]

    index, providers = index_and_providers(release, "2025")
    assert {row["spend_delivered_mark"] for row in providers} == {"value"}
    spent = [Decimal(row["spend_delivered"]) for row in providers]
    assert float(index["value"]) == pytest.approx(
        float(10_000 * sum(amount**2 for amount in spent) / sum(spent) ** 2)
    )
    small = build_warehouse(tmp_path / "small.duckdb", Size(instances=4, persons=60))
    index, providers = index_and_providers(compose_here(tmp_path / "few", small), "2025")
    assert "suppressed" in {row["spend_delivered_mark"] for row in providers}
    assert (index["value"], index["mark"]) == ("", "suppressed")


def test_the_share_improved_is_that_of_the_printed_counts(release):
    with duckdb.connect(str(release / "public" / "casa-di-vetro.duckdb"), read_only=True) as connection:
        shown = {
            (f"{scope}:{scope_id}", str(start.year)): (numerator, denominator)
            for scope, scope_id, start, numerator, denominator in connection.execute("""
                select scope_type, scope_id, period_start, numerator, denominator
                from publication.indicator_value
                where indicator_id = 'outcome_improved' and mark = 'value'""").fetchall()
        }
    printed = {
        (row["award"], row["outcome"], row["year"]): row["outcome_pairs"]
        for row in table(release, "t13_outcomes_by_funder_and_grant")
    }
    assert shown
    for (award, year), (numerator, denominator) in shown.items():
        assert numerator == Decimal(printed[award, "improved", year])
        assert denominator == Decimal(printed[award, "ALL", year])


def test_stages_that_bound_each_other_are_found(tmp_path):
    """8 were paid of 10 who applied: between 8 and 10 were funded, which is too narrow."""
    published = Published({"stage": {"funded": "submitted", "paid": "funded", "unstated": "submitted",
                                     "unstated funded": "funded"}}, {"persons": ["stage"]})  # fmt: skip
    published.table("t", ["stage"], {("submitted",): 10, ("funded",): HIDDEN, ("paid",): 8}, threshold=10,
                    absent="unknown")  # fmt: skip
    found = attack(published.write(tmp_path / "r")).findings
    assert [(finding.kind, finding.lowest, finding.highest) for finding in found if "funded" in finding.place]
    assert {finding.kind for finding in found} >= {TOO_NARROW}


COMPOSE = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from publication.composition import Source, compose
from publication.policy import load_policy
from publication.release import publish
from tests.support.gates import RecordedGate
folder = Path(sys.argv[2])
folder.mkdir()
source = Source(Path(sys.argv[1]), folder, None, load_policy(), "1")
print(compose(folder, source, datetime(2026, 10, 1, tzinfo=UTC)).release_id)
"""


def test_every_process_gives_the_same_bytes(tmp_path, warehouse):
    """Python orders sets differently in each process: nothing may depend on it."""
    made = [
        subprocess.run(
            [sys.executable, "-c", COMPOSE, str(warehouse), str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    ]
    assert len(set(made)) == 1
