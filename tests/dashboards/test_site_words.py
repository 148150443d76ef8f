"""The words beside figures, where they depend on what a release holds: pages are made from releases that were
changed, without writing a whole site.
"""

import re
from pathlib import Path
from types import ModuleType

import duckdb

from dashboards.i18n import Messages
from dashboards.site import addresses
from dashboards.site.pages import (
    about,
    calls,
    data,
    funders,
    indicators,
    interventions,
    people,
    providers,
    spending,
    territories,
)
from dashboards.site.published_release import PublishedRelease
from dashboards.site.site import Site
from dashboards.site.writing import DEMONSTRATION
from tests.support.built_release import DATABASE
from tests.support.pages import Written
from tests.support.release import build_release
from tests.support.release_figures import FUNDERS

IT = Messages("it")
CONCESSIONS = "../../trasparenza/art26-27-concessions/"
CALL, INTERVENTION = "it/bandi/rho-ca-1/", "it/interventi/biella-g000/"


def written(folder: Path, kind: ModuleType, path: str, *statements: str) -> Written:
    """The body of a page of a kind, of a release whose public side was changed."""
    release = folder / "20261103-0210-a1b2c3"
    if not release.exists():
        build_release(folder)
    public = release / "public"
    with duckdb.connect(str(public / DATABASE)) as c:
        for statement in statements:
            c.execute(statement)
    site = Site(PublishedRelease.read(public), DEMONSTRATION, IT)
    (page,) = (page for page in kind.pages(site) if page.path == path)
    return Written("\n".join(page.body))


def test_a_call_leads_to_the_names_that_the_list_has_of_it(tmp_path: Path) -> None:
    found = written(tmp_path, calls, CALL)
    assert IT.counted("site.call.names", 1) in found.text
    assert f'href="{CONCESSIONS}"' in found.html
    assert IT("site.column.year_asked") in found.text, "the year is that of the application"
    assert IT("site.column.promoter") in found.text and IT("filter.funder") not in found.text


def test_a_call_that_no_list_holds_says_which_years_the_list_has(tmp_path: Path) -> None:
    found = written(
        tmp_path, calls, CALL, "update publication.art26_27_concessions set call_key = 'rho:CA-9'"
    )
    assert "gli atti di concessione di questi anni: 2025, e nessuno di questo bando" in found.text
    assert f'href="{CONCESSIONS}"' in found.html
    found = written(tmp_path, calls, CALL, "delete from publication.art26_27_concessions")
    assert IT("site.call.no_list") in found.text and CONCESSIONS not in found.html
    nobody = (
        "update publication.t10_organisations_by_call_and_stage set organisations = 0, amount = 0, "
        "mark = 'zero' where stage in ('funded', 'paid')"
    )
    found = written(tmp_path, calls, CALL, nobody)
    assert IT("site.call.no_list") not in found.text, "nobody received"


def test_more_granted_than_the_budget_of_a_call_is_said_only_where_it_is_so(tmp_path: Path) -> None:
    assert "risultano concessi 72.000" in written(tmp_path, calls, CALL).text
    within = "update publication.call set budget = 72000"
    assert "risultano concessi" not in written(tmp_path, calls, CALL, within).text
    to_people = (
        "insert into publication.t10_euro_by_call_and_stage by name select 'rho:CA-1' as call, "
        "'funded' as stage, '2025' as \"year\", 0.5 as call_amount, 'value' as call_amount_mark"
    )
    assert "risultano concessi" in written(tmp_path, calls, CALL, to_people).text


def test_a_call_for_places_has_no_stages_in_euro(tmp_path: Path) -> None:
    places = (
        "update publication.call set kind = 'SERVICE', budget = 0",
        "delete from publication.t10_organisations_by_call_and_stage",
        "insert into publication.t10_euro_by_call_and_stage by name select call, stage, year, "
        "0 as call_amount, 'zero' as call_amount_mark from publication.t10_persons_by_call_and_stage",
    )
    found = written(tmp_path, calls, CALL, *places).text
    assert IT("site.call.places.under") in found and IT("site.call.no_money") in found
    assert IT("site.call.euro", year=2025) not in found and IT("site.stage.paid") not in found
    paid = "update publication.t10_euro_by_call_and_stage set call_amount = 500, call_amount_mark = 'value'"
    found = written(tmp_path, calls, CALL, paid).text
    assert IT("site.call.places.under") not in found
    assert IT("site.call.euro", year=2025) in found and IT("site.stage.paid") in found


def test_a_call_says_of_which_years_its_applications_are_not_told_yet(tmp_path: Path) -> None:
    later = IT("site.call.left_out", years="2026")
    assert later not in written(tmp_path, calls, CALL).text
    assert (
        later in written(tmp_path, calls, CALL, "update publication.call set closes_on = '2026-02-03'").text
    )


def test_an_intervention_of_which_more_was_reported_than_awarded_says_so(tmp_path: Path) -> None:
    found = written(tmp_path, interventions, INTERVENTION).text
    assert "Al netto di economie e revoche sono stati deliberati" in found
    assert IT("site.intervention.more_reported") not in found
    more = (
        "update publication.indicator_value set denominator = 9e9, numerator = 8e9 "
        "where indicator_id = 'eligible_cost_rate' and scope_id = 'biella:G000'"
    )
    found = written(tmp_path, interventions, INTERVENTION, more).text
    assert IT("site.intervention.more_reported") in found


def test_a_list_says_how_many_of_its_amounts_are_protected_and_why(tmp_path: Path) -> None:
    paid = (
        "insert into publication.art4bis_payments by name select '2025-Q4' as quarter, 'A' as payer_name, "
        "'B' as beneficiary_name, reason as payment_reason, amount as amount_eur, if(amount is null, "
        "'suppressed', 'value') as mark from (values ('SERVICE_FEE', null), ('SERVICE_FEE', 20), "
        "('TRANSFER', 30)) as told (reason, amount)"
    )
    page = "it/trasparenza/art4bis-payments/"
    found = written(tmp_path, data, page, paid).text
    assert re.search(r"Importi protetti:\s+1\s+su 3\.", found)
    assert "compenso per servizi: 1 su 2" in found and "trasferimento: 0 su 1" in found
    assert IT("site.statutory.hidden.why") in found
    told = "update publication.art4bis_payments set mark = 'value'"
    assert IT("site.statutory.hidden.why") not in written(tmp_path, data, page, told).text


def test_a_median_of_one_territory_says_that_it_is_one(tmp_path: Path) -> None:
    page = f"it/confronto/{spending.ADDRESS}/"
    assert "5 territori" in rows_of(written(tmp_path, indicators, page).html, "Rho")
    one = (
        "update publication.spending_per_resident set peers_shown = 1 where territory = 'instance:biella'",
        "update publication.spending_per_resident set peers_shown = 0, peer_median = null "
        "where territory = 'instance:rho'",
    )
    found = written(tmp_path, indicators, page, *one)
    assert rows_of(found.html, "Biella")[-3:-2] == ["1 solo territorio"]
    assert IT("site.spending.n_shown.zero") in rows_of(found.html, "Rho")
    of_one = written(tmp_path, territories, "it/territori/096004-biella/").text
    assert IT("site.spending.peer") in of_one and IT("site.spending.peers") not in of_one


def rows_of(html: str, name: str) -> list[str]:
    """The cells of the row that begins with a name, as they are read."""
    for row in re.findall(r"<tr\b.*?</tr>", html, flags=re.DOTALL):
        cells = [Written(cell).text.strip() for cell in re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.DOTALL)]
        if cells and cells[0] == name:
            return cells
    raise AssertionError(name)


def test_the_page_of_funders_says_who_is_not_in_it(tmp_path: Path) -> None:
    page = "it/finanziatori/"
    found = written(tmp_path, funders, page).text
    assert "i servizi valgono in tutto" in found and IT("site.funders.not_here") in found
    assert IT("site.funders.no_comune") in found
    paying = "update publication.organisation set kind = 'MUNICIPALITY' where is_funder"
    assert IT("site.funders.no_comune") not in written(tmp_path, funders, page, paying).text


def test_an_indicator_without_values_by_territory_shows_that_of_the_network(tmp_path: Path) -> None:
    page = "it/indicatori/persons-per-1000/"
    found = written(tmp_path, indicators, page).text
    assert IT("site.indicator.not.ratio.1") in found and "Unità ogni 1.000 residenti" in " ".join(
        found.split()
    )
    gone = (
        "delete from publication.indicator_value where indicator_id = 'persons_per_1000' "
        "and scope_type = 'instance'"
    )
    found = written(tmp_path, indicators, page, gone)
    assert re.search(r"In tutta la rete, 2025:\s+[\d,]+", found.text)
    assert "si pubblica per tutta la rete" in found.text
    assert 'href="../../cifre/#persons_per_1000.2025"' in found.html
    assert IT("site.indicator.not.ratio.1") not in found.text, "no territories stand side by side"


def test_the_list_of_concessions_says_which_officers_were_not_sent_and_leads_to_projects(
    tmp_path: Path,
) -> None:
    page = "it/trasparenza/art26-27-concessions/"
    found = written(tmp_path, data, page)
    assert "Senza responsabile del procedimento: 1 riga su 1" in found.text
    assert IT("site.statutory.project") not in found.text
    sent = (
        "update publication.art26_27_concessions set responsible_officer = 'Ufficio di piano', "
        "project_url = 'https://progetti.example/1'"
    )
    found = written(tmp_path, data, page, sent)
    assert "Senza responsabile" not in found.text
    assert 'href="https://progetti.example/1"' in found.html
    script = "update publication.art26_27_concessions set project_url = 'javascript:alert(1)'"
    assert "javascript:" not in written(tmp_path, data, page, script).html


def test_people_stand_by_age_and_sex_with_the_marks_of_their_table(tmp_path: Path) -> None:
    page = "it/persone/"
    assert IT("site.people.none") in written(tmp_path, people, page).text
    by_area = (
        "insert into publication.t03_persons_by_area_and_target_group by name "
        "select 'ALL' as area, age_band, sex, '2025' as \"year\", n as persons_served, "
        "mark as persons_served_mark from (values "
        "('65-74', 'F', 30, 'value'), ('65-74', 'M', null, 'suppressed'), ('85+', 'F', 12, 'value'), "
        "('85+', 'M', 0, 'zero')) as told (age_band, sex, n, mark)"
    )
    by_region = (
        "insert into publication.t02_persons_by_region_and_target_group by name "
        "select 'region:03' as territory, * exclude (area) from "
        "publication.t03_persons_by_area_and_target_group where sex = 'F'"
    )
    told = written(tmp_path, people, page, by_area, by_region)
    found = told.html
    assert [each.split()[0] for each in rows_of(found, "65-74 anni")] == ["65-74", "30", "protetto"]
    assert rows_of(found, "85 anni e più")[1:] == ["12", "0"]
    assert IT("site.people.of", name="Lombardia", year=2025) in found
    assert IT("site.people.limits.1") in told.text
    rho = written(tmp_path, territories, "it/territori/015182-rho/").html
    assert 'href="../../persone/#persone-regione-03"' in rho and 'id="persone-regione-03"' in found


def test_the_share_of_the_third_sector_is_told_where_all_kinds_of_provider_are_printed(
    tmp_path: Path,
) -> None:
    kinds = (
        "insert into publication.t11_spending_by_kind_of_provider by name select 'network' as territory, "
        "kind, '2025' as \"year\", n as spend_delivered, mark as spend_delivered_mark from (values "
        "('other', 0, 'zero'), ('public', 25, 'value'), ('cooperative', 60, 'value'), "
        "('other_ets', 15, 'value')) as told (kind, n, mark)"
    )
    found = " ".join(written(tmp_path, providers, "it/fornitori/", kinds).text.split())
    assert "danno il 75,0% del valore dei servizi" in found
    assert found.index(IT("site.provider_kind.other_ets")) < found.index(IT("site.provider_kind.public"))
    hidden = (
        "update publication.t11_spending_by_kind_of_provider set spend_delivered = null, "
        "spend_delivered_mark = 'suppressed' where kind = 'public'"
    )
    found = written(tmp_path, providers, "it/fornitori/", hidden).text
    assert "75,0%" not in found and IT("site.protected_large") in found


def test_a_funder_whose_areas_are_nothing_says_where_its_protected_total_is(tmp_path: Path) -> None:
    code = next(iter(FUNDERS))
    of_areas = f"where indicator_id = 'attributed' and scope_id = '{code}' and period_start = '2025-01-01'"
    nothing = f"update publication.indicator_value set numerator = 0, value = 0, mark = 'zero' {of_areas}"
    total = (
        "insert into publication.indicator_value by name select * replace ('ALL' as area, null as numerator, "
        f"null as value, 'suppressed' as mark) from publication.indicator_value {of_areas} and area = 'ANZ'"
    )
    path = f"it/finanziatori/{addresses.slug(code, FUNDERS[code])}/"
    assert IT("site.areas.elsewhere") not in written(tmp_path, funders, path, nothing).text
    assert IT("site.areas.elsewhere") in written(tmp_path, funders, path, total).text


def test_a_call_is_titled_with_its_territory_and_found_by_words_of_its_kind(tmp_path: Path) -> None:
    build_release(tmp_path)
    public = tmp_path / "20261103-0210-a1b2c3" / "public"
    site = Site(PublishedRelease.read(public), DEMONSTRATION, IT)
    (call,) = (page for page in calls.pages(site) if page.path == CALL)
    assert call.place == "Rho"
    keywords = {page.path: page.keywords for page in [*about.pages(site), *data.pages(site)]}
    assert "privacy" in keywords["it/metodo/"] and "DCAT" in keywords["it/dati/"]
    assert "33/2013" in keywords["it/trasparenza/"] and "versione" in keywords["it/cambiamenti/"]
