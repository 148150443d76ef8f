"""The pages of a territory: waits, ways, calls and vouchers are told as their tables say, and nothing that
lacks is told as zero."""

import re
from datetime import date
from pathlib import Path

import duckdb

from dashboards import queries
from dashboards.i18n import Messages
from tests.support.pages import Open, Page
from tests.support.release import build_release
from tests.support.release_figures import TERRITORIES

IT, EN = Messages("it"), Messages("en")
YEAR = date(2025, 1, 1)
OF_RHO = {"territory": "rho", "year": "2025", "table": "1"}


def texts(found: Page) -> str:
    """The text of a page without the gaps that its tags leave."""
    return re.sub(r" ([.,;])", r"\1", " ".join(found.text.split()))


def test_demand_tells_waits_refusals_and_the_way_of_the_requests(open_page: Open) -> None:
    text = texts(open_page("territory_demand", **OF_RHO))
    # The median is the figure's, the guide line the curve's.
    assert "Stima per chi non viene respinto e non rinuncia: metà ha il servizio entro 70 giorni" in text
    # Beside the estimate stands how many of all had the service by then: 18 and 22 of 100.
    assert "Di tutte le richieste del 2025, con il servizio entro 70 giorni: 40 su 100 (40,0%)." in text
    assert "Per mancanza di fondi o di posti sono state respinte 15 richieste su 85" in text
    assert "Di 100 richieste, 60 sono arrivate al servizio" in text
    rows = [
        IT(f"stage.request.{stage}") for stage in ("served", "rejected_no_funds", "rejected_not_eligible")
    ]
    table = text[text.index("Di 100 richieste") :]
    places = [table.index(row) for row in rows]
    assert places == sorted(places), "refusals for lack of funds stand before the others"
    assert IT("stage.request.withdrawn") not in table, "nobody left that way"


def test_where_there_is_no_curve_its_mark_stands_in_its_place(open_page: Open) -> None:
    found = open_page("territory_demand", territory="lecce", year="2025")
    assert IT("curve.measure.service") in found.text
    assert "cdv-pane" in found.html
    assert "Stima per chi non viene respinto" not in found.text


def test_calls_are_listed_with_what_became_of_their_applications(open_page: Open) -> None:
    text = texts(open_page("territory_calls", **OF_RHO))
    assert "finanziate al 30 settembre 2026: 10." in text
    # Two years of the same call: 40 applications, 20 funded with 40,000 of 25,000 euro.
    assert "Di 40 domande, finanziate 20" in text
    assert "160,0%" in text
    assert "L. 431/1998 art. 11" in text


def test_the_vouchers_issued_are_those_spent_lapsed_and_outstanding(open_page: Open, private: str) -> None:
    text = texts(open_page("territory_vouchers", **OF_RHO))
    assert "Al 30 settembre 2026: spesi 5.000 €, scaduti o annullati 2.800 €, in circolazione 200 €." in text
    for row in queries.voucher_ledger(private, "rho", YEAR):
        assert row["issued"] == row["spent"] + row["lapsed"] + row["outstanding"]


def test_a_waiting_curve_says_how_many_still_wait_when_a_day_begins(private: str) -> None:
    where = ("wait_to_service_p50", "instance", "rho", "ALL", YEAR)
    found = {row["day"]: row["at_risk"] for row in queries.waiting_at(private, *where, (0, 60, 90, 400))}
    assert found == {0: 100, 60: 60, 90: 30, 400: 0}
    assert queries.waiting_reached(private, *where) == {"half": 70, "tenth": None}


def test_waits_that_ended_are_counted_among_all_that_began(private: str) -> None:
    where = ("wait_to_service_p50", "instance", "rho", "ALL", YEAR)
    assert queries.waiting_ended(private, *where, 70) == {"begun": 100, "ended": 40}
    assert queries.waiting_ended(private, *where, 29) == {"begun": 100, "ended": 0}
    nowhere = ("wait_to_service_p50", "instance", "nowhere", "ALL", YEAR)
    assert queries.waiting_ended(private, *nowhere, 70) == {"begun": 0, "ended": 0}


def test_spending_providers_and_access_tell_what_they_have(open_page: Open) -> None:
    spending = texts(open_page("territory_spending", **OF_RHO))
    assert "Assistenza domiciliare (D1, ora)" in spending and "21,06 €" in spending
    assert IT("territory_spending.few") in spending, "no provider's price stands alone beside the territory's"
    assert "è 2.200 su 10.000: media." in texts(open_page("territory_providers", **OF_RHO))
    assert "30 richieste su 100 sono arrivate dal sito" in texts(open_page("territory_access", **OF_RHO))


def test_what_is_not_the_viewers_is_told_so_and_never_as_zero(open_page: Open, tmp_path: Path) -> None:
    """Providers' figures are of the whole network: a municipality holds of them what is public."""
    public = build_release(tmp_path) / "public" / "casa-di-vetro.duckdb"
    with duckdb.connect(str(public)) as c:
        c.execute(
            "delete from publication.indicator_value "
            "where scope_type = 'provider' and indicator_id <> 'spend_delivered'"
        )
        c.execute("update publication.indicator_value set population_group = 'ALL'")
    place = str(tmp_path)
    mine = {"as": "municipality", "of": "rho", "year": "2025", "table": "1"}
    work = open_page("territory_providers", place, **mine)
    seen_by_all = texts(open_page("territory_providers", place, year="2025", territory="rho"))
    assert IT("mark.not_visible") in work.text and IT("mark.not_visible") not in seen_by_all
    assert not re.search(r"<td[^>]*>\s*0\s*<", work.html)
    care = texts(open_page("territory_providers", place, view="care", **mine))
    assert IT("providers.not_visible", name="Rho") in care
    prices = texts(open_page("territory_spending", place, **mine))
    assert IT("territory_spending.not_visible") in prices and IT("territory_spending.few") not in prices
    assert prices.count("Rho") > prices.split(IT("territory_spending.not_visible"))[0].count("Rho")


def compared_release(folder: Path, few: tuple[str, ...] = ()) -> str:
    """Build a release that compares the unmet share of all territories, in one group but for `few`, which are
    in another; return where it stands."""
    private = build_release(folder) / "private" / "casa-di-vetro.duckdb"
    with duckdb.connect(str(private)) as c:
        c.execute(
            "update marts.comparison set indicator_id = 'unmet_share', peer_median = 0.239, numerator = 0, "
            "peer_group = case when list_contains($few, instance_id) then 'few' else 'many' end",
            {"few": list(few)},
        )
        # Where any is hidden, nothing that is computed of all is told.
        c.execute("update marts.indicator_value set mark = 'value' where indicator_id = 'unmet_share'")
    return str(folder)


def test_similar_territories_are_named_and_no_median_is_told_of_fewer_than_three(
    open_page: Open, tmp_path: Path
) -> None:
    many = texts(open_page("territory", compared_release(tmp_path / "many"), **OF_RHO))
    others = len(TERRITORIES) - 1
    assert f"mediana di {others} territori simili (" in many and "Padova" in many and "): 23,9%" in many
    few = texts(open_page("territory", compared_release(tmp_path / "few", ("rho", "padova")), **OF_RHO))
    assert IT("card.peers.few.one", names="Padova") in few and "23,9%" not in few


def test_the_pages_of_the_network_tell_what_they_have(open_page: Open) -> None:
    assert "30 persone su 120" in texts(open_page("network_integration", year="2025"))
    assert "D1, ora" in texts(open_page("network_services", year="2025", lang="it"))
    consortia = texts(open_page("network_consortia", year="2025"))
    assert "Consorzio Terre Solidali" in consortia and "50.000 €" in consortia
    assert IT("network_corporate.none") in open_page("network_corporate", year="2025").text
