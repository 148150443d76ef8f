"""What chance can explain, and time beside spending: told where it may be told, never computed on a page."""

import re
from datetime import date
from html import unescape
from pathlib import Path

import duckdb

from dashboards import queries
from dashboards.access.viewer import ViewerDatabase
from dashboards.comparison import CHANCE, LIMITS
from dashboards.i18n import Messages
from dashboards.release import current_release
from tests.support.pages import Open, Page
from tests.support.release import build_release
from tests.support.release_figures import AS_OF, FUNDERS, TERRITORIES

IT = Messages("it")
FUNDER = next(iter(FUNDERS))
COMPUTED = (
    *("adjusted", "network_value", *LIMITS, "reliability", "position", "overdispersion", "widening"),
    *(*CHANCE, "chance_position"),
)


def sentence(found: Page) -> str:
    """The headline sentence of a page."""
    drawn = re.search(r'<p class="cdv-sentence">(.*?)</p>', found.html)
    assert drawn is not None
    return unescape(re.sub(r"<[^>]+>", "", drawn[1]))


def vary(folder: Path, **columns: object) -> str:
    """Build a release whose comparison says something else everywhere; return where it stands."""
    release = build_release(folder)
    with duckdb.connect(str(release / "private" / "casa-di-vetro.duckdb")) as c:
        for column, value in columns.items():
            c.execute(f'update marts.comparison set "{column}" = $value', {"value": value})
    return str(folder)


def test_where_territories_vary_much_more_than_chance_the_page_begins_with_it(open_page: Open) -> None:
    found = open_page("network", year="2025", territory="rho")
    told = sentence(found)
    assert told.startswith("I territori differiscono più di quanto il caso spieghi: la varietà è 16 volte")
    # Twelve can be compared, Matera is too small; of them Rho alone is within chance.
    assert "Oltre i limiti del solo caso (99,8%): 11 su 12 (" in told
    named = told.partition("11 su 12 (")[2].partition(")")[0]
    assert len(named.split(", ")) == 11 and "Padova" in named and "Rho" not in named
    assert "Padova è sopra la varietà della rete: è una domanda, non un giudizio." in told
    assert "che il caso può spiegare" not in told
    assert "Troppo piccoli per dire qualcosa: Matera." in found.text
    for word in ("entro la varietà della rete", "sotto il caso", "4,0 volte più lontano", "16 volte quella"):
        assert word in found.text
    assert IT("network.picture.chance") in found.text and IT("network.picture.variety") in found.text
    assert IT("network.funnel.variety.one") in found.text


def test_a_little_more_variety_than_chance_is_said_after_the_value(open_page: Open, tmp_path: Path) -> None:
    releases = vary(tmp_path, overdispersion=2.25, widening=1.5, position="inside", chance_position="inside")
    told = sentence(open_page("network", releases, year="2025"))
    assert told.startswith("Persone servite ogni 1.000 residenti")
    assert "la varietà è 2,3 volte quella del caso" in told
    assert IT("sentence.compared.chance.none") in told
    assert IT("sentence.compared.variety.inside") in told


def test_chance_alone_explains_only_where_the_limits_are_not_widened(open_page: Open, tmp_path: Path) -> None:
    releases = vary(tmp_path, overdispersion=0.7, widening=1, position="inside", chance_position="inside")
    found = open_page("network", releases, year="2025")
    assert IT("sentence.compared.chance.inside") in sentence(found)
    assert "varietà" not in found.text.split(IT("limits.title"))[0]


def test_a_release_without_the_limits_of_chance_does_not_speak_of_chance(
    open_page: Open, tmp_path: Path
) -> None:
    folder = build_release(tmp_path)
    with duckdb.connect(str(folder / "private" / "casa-di-vetro.duckdb")) as c:
        for column in ("chance_position", *CHANCE, "widening"):
            c.execute(f"alter table marts.comparison drop column {column}")
    told = sentence(open_page("network", str(tmp_path), year="2025"))
    assert "Padova è sopra la varietà della rete" in told
    assert "solo caso" not in told


def test_where_one_value_is_hidden_nothing_computed_from_all_leaves(
    open_page: Open, private: ViewerDatabase
) -> None:
    shown = queries.compared(private, "persons_per_1000", "ALL", date(2025, 1, 1))
    assert len(shown) == 13 and all(row["lo998"] == 20 for row in shown)
    hidden = queries.compared(private, "persons_per_1000", "ALL", date(2024, 1, 1))
    assert len(hidden) == 13 and all(row["is_guarded"] for row in hidden)
    assert {row[name] for row in hidden for name in COMPUTED} == {None}
    found = open_page("network", year="2024")
    assert IT("network.guarded") in found.text
    assert "caso può spiegare" not in found.text and "volte quella del caso" not in found.text
    assert IT("column.lo95") not in found.text


def test_with_few_comparable_territories_there_is_only_the_table(open_page: Open, tmp_path: Path) -> None:
    folder = build_release(tmp_path)
    with duckdb.connect(str(folder / "private" / "casa-di-vetro.duckdb")) as c:
        c.execute("update marts.comparison set position = 'too_small' where instance_id < 'pistoia'")
    found = open_page("network", str(tmp_path), year="2025")
    assert IT("network.funnel.under") not in found.text
    assert IT("network.few", n=IT.count(8)) in found.text
    assert IT("column.lo95") in found.text


def test_an_indicator_without_limits_is_still_shown(open_page: Open) -> None:
    found = open_page("network", year="2025", indicator="cost_per_person")
    assert IT("network.picture.under") in found.text
    assert IT("column.lo95") not in found.text


def test_the_furthest_behind_comes_first_and_who_sent_no_budget_last(open_page: Open) -> None:
    html = open_page("foundation", funder=FUNDER).html
    rows = html[html.index('class="cdv-plan-rows"') :].split("</ul>")[0].split("<li")[1:]
    assert "Lavoro per chi ricomincia" in rows[0] and "Scarto \u221234,0\u00a0punti" in rows[0]
    assert IT("plan.no_budget") in rows[-1] and "cdv-plan-reported" not in rows[-1]
    young = [row for row in rows if IT("grant.young") in row]
    assert young and all("cdv-faded" in row for row in young)
    assert not any("cdv-faded" in row for row in rows if row not in young)


def test_who_is_behind_by_more_than_a_fifth_is_to_be_looked_at(shelf: Path) -> None:
    database = ViewerDatabase(current_release(shelf / "ordinary").database)

    def behind(most: float) -> list[str]:
        found = queries.grants_to_look_at(database, FUNDER, AS_OF, 0.6, most, 0.05)
        return [row["title"] for row in found if "behind" in {one["reason"] for one in row["reasons"]}]

    assert behind(0.2) == ["Lavoro per chi ricomincia"]
    assert not behind(0.4)


def test_the_network_reads_who_sends_what_since_when(open_page: Open, tmp_path: Path) -> None:
    folder = build_release(tmp_path)
    with duckdb.connect(str(folder / "private" / "casa-di-vetro.duckdb")) as c:
        c.execute(
            "update marts.dim_instance set first_period_from = date '2025-03-01' where instance_id = 'lecco'"
        )
        c.execute(
            "update marts.indicator_value set status = 'not_collected' where scope_id = 'rho' "
            "and indicator_id = 'unmet_share' and period_type = 'year' and period_start = date '2025-01-01'"
        )
    found = open_page("network", str(tmp_path), year="2025", **{"as": "network"})
    text = " ".join(found.text.split())
    table = text[text.index(IT("network.sending")) :]
    others = len(TERRITORIES) - 1
    assert f"{others} territori su {len(TERRITORIES)} coprono tutto il 2025" in table
    assert "Non sono alla pari con loro: Lecco" in table
    rows = [row for row in re.findall("<tr.*?</tr>", found.html, flags=re.DOTALL) if "Lecco" in row]
    assert any("01/03/2025" in row for row in rows)
    of_rho = [row for row in re.findall("<tr.*?</tr>", found.html, flags=re.DOTALL) if "Rho" in row]
    assert of_rho and not [row for row in of_rho if IT("column.not_sent.none") in row]
