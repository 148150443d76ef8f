"""What chance can explain, and time beside spending: told where it may be told, never computed on a page."""

from datetime import date
from pathlib import Path

import duckdb

from dashboards import data
from dashboards.release import current_release
from dashboards.words import Words
from tests.support.pages import Open
from tests.support.release import build_release
from tests.support.release_figures import AS_OF, FUNDERS

IT = Words("it")
FUNDER = next(iter(FUNDERS))
COMPUTED = ("adjusted", "network_value", "lo95", "hi95", "lo998", "hi998", "reliability", "position")


def test_only_who_is_beyond_998_is_named_and_as_a_question(open_page: Open) -> None:
    found = open_page("network", year="2025", territory="rho")
    assert "Padova è oltre quello che il caso può spiegare: è una domanda" in " ".join(found.text.split())
    assert "Troppo piccoli per dire qualcosa: Matera." in found.text
    assert "entro l'attesa" in found.text
    assert found.app.get("plotly_chart")


def test_where_one_value_is_hidden_nothing_computed_from_all_leaves(open_page: Open, private: str) -> None:
    shown = data.compared(private, "persons_per_1000", "ALL", date(2025, 1, 1))
    assert len(shown) == 13 and all(row["lo998"] == 20 for row in shown)
    hidden = data.compared(private, "persons_per_1000", "ALL", date(2024, 1, 1))
    assert len(hidden) == 13 and all(row["is_guarded"] for row in hidden)
    assert {row[name] for row in hidden for name in COMPUTED} == {None}
    found = open_page("network", year="2024")
    assert IT("network.guarded") in found.text
    assert "oltre quello che il caso" not in found.text
    assert IT("column.lo95") not in found.text


def test_with_few_comparable_territories_there_is_only_the_table(open_page: Open, tmp_path: Path) -> None:
    folder = build_release(tmp_path)
    with duckdb.connect(str(folder / "private" / "casa-di-vetro.duckdb")) as c:
        c.execute("update marts.comparison set position = 'too_small' where instance_id < 'pistoia'")
    found = open_page("network", str(tmp_path), year="2025")
    assert not found.app.get("plotly_chart")
    assert IT("network.few", n=8) in found.text
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
    database = current_release(shelf / "ordinary").database
    look = data.grants_to_look_at(database, FUNDER, AS_OF, 0.6, 0.2)
    assert [row["title"] for row in look if row["reason"] == "behind"] == ["Lavoro per chi ricomincia"]
    assert not [
        r for r in data.grants_to_look_at(database, FUNDER, AS_OF, 0.6, 0.4) if r["reason"] == "behind"
    ]
