"""What everybody reads: the whole network first, then one territory; waits and funders as published."""

from html import escape
from pathlib import Path

import duckdb

from dashboards.words import Words
from tests.support.pages import Open
from tests.support.release import build_release
from tests.support.release_figures import FUNDERS, SMALL, TERRITORIES

IT = Words("it")


def test_the_public_site_opens_on_the_whole_network(open_page: Open) -> None:
    found = open_page("public")
    assert f"<h1>{IT('public_network.title')}</h1>" in found.html
    assert "i 13 territori della rete hanno aiutato" in found.text
    assert IT("sentence.coverage.all") in found.text
    for instance, (name, *_) in TERRITORIES.items():
        assert f'territorio={instance}" target="_self">{escape(name)}</a>' in found.html


def test_a_year_that_not_all_cover_says_how_many_do(open_page: Open, tmp_path: Path) -> None:
    folder = build_release(tmp_path)
    with duckdb.connect(str(folder / "public" / "casa-di-vetro.duckdb")) as c:
        c.execute("update publication.territory set data_from = date '2025-04-01' where instance_id = 'rho'")
    text = open_page("public", str(tmp_path)).text
    assert "L'anno è coperto per intero da 12 territori su 13." in text
    assert "gli invii non coprono tutto il 2025" in text


def test_an_unknown_territory_is_said_and_never_another_one(open_page: Open) -> None:
    found = open_page("public", territorio="atlantide<b>")
    assert "Nella rete non c'è un territorio «atlantide<b>»" in found.text.replace("\n", " ")
    assert "<b>" not in found.html
    assert not found.app.get("selectbox")
    assert all(name in found.text for name, *_ in TERRITORIES.values())
    assert "cdv-card" not in found.html


def test_funders_stand_by_name_with_what_they_paid(open_page: Open) -> None:
    text = open_page("public").text
    section = text[text.index(IT("public_network.funders", year=2025)) :]
    assert all(name in section for name in FUNDERS.values())
    assert not any(code in section for code in FUNDERS)


def test_waits_of_every_territory_carry_their_marks(open_page: Open) -> None:
    html = open_page("public").html
    section = html[html.index(IT("public_network.waits", year=2025)) :]
    row = section[section.index('<th scope="row">Biella</th>') :].split("</tr>")[0]
    assert row.count("cdv-chip-suppressed") == 2
    assert row.count("<td") == 6
    assert "da 31 a 60 giorni" in section


def test_a_territory_shows_how_long_people_wait_and_what_became_of_requests(open_page: Open) -> None:
    found = open_page("public", territorio=SMALL)
    for kind in ("waits", "results"):
        section = found.html[found.html.index(IT(f"public_territory.{kind}", year=2025)) :]
        assert "cdv-chip-suppressed" in section
    assert "respinte per mancanza di fondi o di posti" in found.text
    assert "oltre 90 giorni" in found.text


def test_a_release_without_requests_leaves_waits_out(open_page: Open, tmp_path: Path) -> None:
    folder = build_release(tmp_path)
    with duckdb.connect(str(folder / "public" / "casa-di-vetro.duckdb")) as c:
        c.execute("drop table publication.t08_persons_by_wait")
        c.execute("drop table publication.t09_persons_by_result")
        c.execute("drop table publication.funder")
    for query in ({}, {"territorio": "rho"}):
        text = open_page("public", str(tmp_path), **query).text
        assert "Quanto si aspetta" not in text
        assert IT("error.word") not in text


def test_every_public_file_can_be_chosen_once(open_page: Open) -> None:
    app = open_page("public").app
    assert app.selectbox(key="choice.file").options == ["Persone per attesa"]
