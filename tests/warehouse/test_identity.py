"""Who, which organisation and where: reviewed corrections, comuni that merged, members of consortia."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from core.home_files import HomeFileError
from ingestion.corrections.lines import COLUMNS
from orchestration import build_state
from tests.second_computation.agreement import disagreements, read_warehouse
from tests.second_computation.export_files import find_exports
from tests.second_computation.further_agreement import further_disagreements
from tests.second_computation.whole_network import compute
from tests.support.built_network import BuildingSite
from tests.support.exports import Export, row

MARIO, LUIGI = "RSSMRA80A01X501K", "BNCLRA92M55X704P"
# Castegnero and Nanto became Castegnero Nanto in 2026.
CASTEGNERO, NANTO, TODAY = "024027", "024071", "024129"
TERRITORIES = {
    "rho": {"name": "Rho", "seat": "015182", "comuni": ["015182"]},
    "colli": {"name": "Colli", "seat": CASTEGNERO, "comuni": [CASTEGNERO, NANTO]},
}
CONSORTIUM, OTHER_CONSORTIUM = "00743110157", "07643520567"
# Four cooperatives and their tax codes; the last is sent under the first one's code.
COOPERATIVES = {"A": "00000000018", "B": "00000000026", "C": "00000000034", "D": "00000000042"}
# The two comuni that merged were in one ATS; Milano left for another one in June.
ATS = f"""ats_id,ats_name,istat_comune,valid_from,valid_to
05-colli,Colli,{CASTEGNERO},2020-01-01,
05-colli,Colli,{NANTO},,
03-rhodense,Rhodense,015182,2020-01-01,
03-rhodense,Rhodense,015146,2020-01-01,2026-05-31
03-milano,Milano,015146,2026-06-01,
"""
MONEY = {
    "quantity": "1.000",
    "amount_user": "2.00",
    "amount_municipality": "3.00",
    "amount_ssn": "1.00",
}
REVIEWED = {"reason": "seen on paper", "reviewed_by": "A. Verdi", "reviewed_on": "2026-10-20"}
TAX_CODE = {
    "instance_id": "rho",
    "entity": "organisation",
    "record_id": "D",
    "column": "tax_code",
    "expected": COOPERATIVES["A"],
    "corrected": COOPERATIVES["D"],
}
ONE_PERSON = {
    "instance_id": "rho",
    "entity": "person",
    "record_id": "P-1",
    "column": "same_person_as",
    "expected": "",
    "corrected": "colli:P-1",
}
TWO_PERSONS = ONE_PERSON | {"record_id": "P-3", "expected": "rho:P-2", "corrected": ""}


def delivery(record_id: str, person: str, provider: str, day: str, place: str, euro: int) -> dict[str, str]:
    return row(
        "service_delivery",
        record_id,
        person_id=person,
        service_id="S-1",
        provider_id=provider,
        start_date=day,
        end_date=day,
        istat_place=place,
        amount_total=f"{euro}.00",
        amount_other=f"{euro - 6}.00",
        **MONEY,
    )


def organisations(code_of_d: str) -> list[dict[str, str]]:
    """A and B go to the consortium, B through A; C changed consortium in July; D is on its own."""
    codes = COOPERATIVES | {"D": code_of_d}
    members: dict[str, dict[str, str]] = {
        "A": {"parent_organisation_id": "CON"},
        "B": {"parent_organisation_id": "A"},
        "C": {"parent_organisation_id": "OTHER", "parent_from": "2026-07-01"},
        "D": {},
    }
    return [
        row("organisation", "CON", kind="CONSORTIUM", tax_code=CONSORTIUM),
        row("organisation", "OTHER", kind="CONSORTIUM", tax_code=OTHER_CONSORTIUM),
        *(
            row("organisation", name, kind="PROVIDER_COOP", tax_code=codes[name], **parent)
            for name, parent in members.items()
        ),
    ]


def person(record_id: str, code: str | None) -> dict[str, str]:
    return row("person", record_id, **({"id_kind": "CF", "id_value": code} if code else {}))


def rho(*, mistaken: bool) -> Export:
    """Rho; mistaken: D has A's tax code, P-1 the code of P-2, which P-3 was given too."""
    deliveries = [
        delivery("D-1", "P-1", "A", "2026-05-04", "015182", 10),
        delivery("D-2", "P-2", "B", "2026-05-05", "015182", 20),
        delivery("D-3", "P-3", "C", "2026-05-06", "015182", 40),
        delivery("D-4", "P-3", "C", "2026-08-06", "015182", 80),
        delivery("D-5", "P-2", "D", "2026-08-07", "015182", 160),
        delivery("D-6", "P-2", "CON", "2026-08-08", "015182", 320),
    ]
    people = [
        person("P-1", MARIO if mistaken else LUIGI),
        person("P-2", MARIO),
        person("P-3", MARIO if mistaken else None),
    ]
    return Export(
        entities={
            "organisation": organisations(COOPERATIVES["A" if mistaken else "D"]),
            "service": [row("service", "S-1")],
            "person": people,
            "service_delivery": deliveries,
        }
    )


def colli() -> Export:
    deliveries = [
        delivery("D-1", "P-1", "A", "2026-01-10", CASTEGNERO, 7),
        delivery("D-2", "P-1", "A", "2026-01-20", NANTO, 9),
        delivery("D-3", "P-1", "A", "2026-10-01", TODAY, 11),
    ]
    return Export(
        instance="colli",
        entities={
            "organisation": [row("organisation", "A", tax_code="00000000059", istat_comune=TODAY)],
            "service": [row("service", "S-1")],
            "person": [row("person", "P-1", id_kind="CF", id_value=LUIGI, istat_residence=TODAY)],
            "service_delivery": deliveries,
        },
    )


def correct(site: BuildingSite, *lines: dict[str, str]) -> None:
    written = [",".join(COLUMNS)]
    written += [",".join((REVIEWED | line)[name] for name in COLUMNS) for line in lines]
    site.home.corrections_file.write_text("\n".join(written) + "\n", encoding="utf-8")


def ask(site: BuildingSite, query: str, *parameters: Any) -> list[tuple]:
    with duckdb.connect(str(site.home.warehouse), read_only=True) as connection:
        return connection.execute(query, list(parameters)).fetchall()


def differences(site: BuildingSite, folder: Path) -> list[str]:
    computed = compute(folder, site.home.instances_file)
    held = read_warehouse(site.home.warehouse, {key[0] for key in computed.figures})
    return [*disagreements(held, computed), *further_disagreements(site.home.warehouse, computed)]


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports as they should have been."""
    folder = tmp_path_factory.mktemp("right")
    rho(mistaken=False).write(folder)
    colli().write(folder)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> BuildingSite:
    """The exports as they came, built with three corrections."""
    folder = tmp_path_factory.mktemp("sent")
    registry = folder / "instances.yaml"
    registry.write_text(yaml.safe_dump({"instances": TERRITORIES}), encoding="utf-8")
    rho(mistaken=True).write(folder / "exports")
    colli().write(folder / "exports")
    site = BuildingSite(tmp_path_factory.mktemp("home"))
    site.clear(registry)
    correct(site, ONE_PERSON, TWO_PERSONS, TAX_CODE)
    site.home.ats_file.write_text(ATS, encoding="utf-8")
    site.receive(find_exports(folder / "exports"))
    return site


pytestmark = pytest.mark.timeout(600)


def test_every_figure_of_corrected_records_is_as_if_they_had_come_right(
    site: BuildingSite, right: Path
) -> None:
    assert differences(site, right) == []


def test_another_correction_has_the_territory_computed_again_and_no_other(site: BuildingSite) -> None:
    correct(site, ONE_PERSON, TWO_PERSONS)
    plan = build_state.plan(site.home, build_state.resolve(site.home))
    assert (plan.is_full, plan.changed) == (False, ["rho"])
    correct(site, ONE_PERSON, TWO_PERSONS, TAX_CODE)
    assert build_state.plan(site.home, build_state.resolve(site.home)).changed == []


def test_a_mended_record_stops_the_build_with_the_tables_as_they_were(
    site: BuildingSite, tmp_path: Path
) -> None:
    before = site.home.warehouse.stat()
    correct(site, ONE_PERSON, TAX_CODE | {"expected": COOPERATIVES["B"]})
    with pytest.raises(HomeFileError, match=r"^corrections.csv, line 3: .*tog.*remove the line"):
        site.receive([])
    after = site.home.warehouse.stat()
    assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    correct(site, ONE_PERSON, TWO_PERSONS, TAX_CODE)


def test_by_the_comuni_of_the_day_and_by_those_of_today_the_network_comes_to_the_same(
    site: BuildingSite,
) -> None:
    def total(scope: str) -> Decimal:
        ((found,),) = ask(
            site,
            "select sum(numerator) from marts.indicator_value where indicator_id = 'spend_delivered' "
            "and scope_type = $1 and area = 'ALL' and period_type = 'year'",
            scope,
        )
        return found

    of_today = dict(
        ask(
            site, "select istat_comune, spend_delivered from marts.comune_overview where period_type = 'year'"
        )
    )
    of_the_day = dict(
        ask(
            site,
            "select scope_id, numerator from marts.indicator_value where indicator_id = 'spend_delivered' "
            "and scope_type = 'comune' and area = 'ALL' and period_type = 'year'",
        )
    )
    assert of_today == {"015182": 630, TODAY: 7 + 9 + 11}
    assert of_the_day == {"015182": 630, CASTEGNERO: 7, NANTO: 9, TODAY: 11}
    assert total("network") == sum(of_today.values()) == sum(of_the_day.values()) == 657
    # One person in three places of the day is one in the comune of today.
    assert ask(
        site,
        "select persons_served, istat_places, residents from marts.comune_overview "
        "where period_type = 'year' and istat_comune = $1",
        TODAY,
    ) == [(1, f"{CASTEGNERO}, {NANTO}, {TODAY}", 2792 + 3057)]


def test_a_territory_registered_by_codes_of_before_has_its_region_and_its_residents_of_today(
    site: BuildingSite,
) -> None:
    assert ask(
        site,
        "select region_code, residents from marts.dim_instance join intermediate.int_residents__by_scope "
        "on scope_id = instance_id where instance_id = 'colli'",
    ) == [("05", 2792 + 3057)]
    places = ask(
        site,
        "select istat_comune, istat_comune_today, comune_name_today, residents from marts.dim_territory "
        "where istat_comune in ($1, $2, $3) order by all",
        CASTEGNERO,
        NANTO,
        TODAY,
    )
    assert [place[1:3] for place in places] == [(TODAY, "Castegnero Nanto")] * 3
    assert [place[3] for place in places] == [None, None, 2792 + 3057]


def test_a_consortium_is_one_figure_and_its_members_and_the_network_counts_each_euro_once(
    site: BuildingSite,
) -> None:
    spent = {
        (scope, scope_id): numerator
        for scope, scope_id, numerator in ask(
            site,
            "select scope_type, scope_id, numerator from marts.indicator_value "
            "where indicator_id = 'spend_delivered' and area = 'ALL' and period_type = 'year'",
        )
    }
    members = {name: spent["provider", code] for name, code in COOPERATIVES.items()}
    assert members == {"A": 10, "B": 20, "C": 120, "D": 160}
    # What the consortium delivers itself is its own; C is the other one's member from July on only.
    own = spent["provider", CONSORTIUM]
    assert spent["consortium", CONSORTIUM] == members["A"] + members["B"] + own == 350
    assert spent["consortium", OTHER_CONSORTIUM] == 80
    assert ask(
        site,
        "select member_tax_code, spend_delivered, is_consortium_itself from marts.consortium_overview "
        "where period_type = 'year' and consortium_tax_code = $1 order by spend_delivered",
        CONSORTIUM,
    ) == [
        (COOPERATIVES["A"], 10, False),
        (COOPERATIVES["B"], 20, False),
        (CONSORTIUM, own, True),
    ]
    # Of C the part since July, and not all it delivered.
    assert ask(
        site,
        "select member_tax_code, spend_delivered from marts.consortium_overview "
        "where period_type = 'year' and consortium_tax_code = $1",
        OTHER_CONSORTIUM,
    ) == [(COOPERATIVES["C"], 80)]
    providers = sum(euro for (scope, _), euro in spent.items() if scope == "provider")
    assert providers == spent["network", "network"] == 657


def test_a_comune_is_in_the_ats_of_today_and_an_ats_has_the_residents_of_its_comuni(
    site: BuildingSite,
) -> None:
    residents = dict(
        ask(
            site,
            "select istat_comune, residents from marts.dim_territory "
            "where istat_comune in ('015146', '015182')",
        )
    )
    assert ask(site, "select ats_id, n_comuni, residents from marts.dim_ats order by all") == [
        ("03-milano", 1, residents["015146"]),
        ("03-rhodense", 1, residents["015182"]),
        ("05-colli", 1, 2792 + 3057),
    ]
    placed = ask(
        site,
        "select istat_comune, ats_id, ats_name from marts.dim_territory where ats_id is not null "
        "order by all",
    )
    assert placed == [
        ("015146", "03-milano", "Milano"),
        ("015182", "03-rhodense", "Rhodense"),
        *((comune, "05-colli", "Colli") for comune in (CASTEGNERO, NANTO, TODAY)),
    ]
    assert ask(
        site,
        "select ats_id, valid_to, is_current from marts.bridge_ats_comune "
        "where istat_comune = '015146' order by all",
    ) == [("03-milano", date.max, True), ("03-rhodense", date(2026, 5, 31), False)]
    assert ask(site, "select distinct ats_id from marts.comune_overview where istat_comune = $1", TODAY) == [
        ("05-colli",)
    ]
