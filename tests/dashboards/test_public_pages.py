"""What everybody reads: the whole network first, then one territory; waits, funders, marks as published."""

import re
from pathlib import Path

import duckdb

from dashboards.i18n import Messages
from tests.support.built_release import DATABASE
from tests.support.pages import OpenSite, Site
from tests.support.release import build_release
from tests.support.release_figures import FUNDERS, LATE, SMALL, TERRITORIES

IT = Messages("it")
HOME = "it/"


def territory(site: Site, instance: str, lang: str = "it") -> str:
    return site.of("territori", TERRITORIES[instance][1], lang)


def changed(folder: Path, *statements: str) -> str:
    """A release whose public side was changed, as the folder of its releases."""
    release = build_release(folder)
    with duckdb.connect(str(release / "public" / DATABASE)) as c:
        for statement in statements:
            c.execute(statement)
    return str(folder)


def test_the_site_opens_on_the_whole_network(open_site: OpenSite) -> None:
    site = open_site()
    found = site.page(HOME)
    assert f"<h1>{IT('site.network.title')}</h1>" in found.html
    assert "nei 13 territori della rete" in found.text
    assert IT("sentence.coverage.all") in found.text
    for instance in TERRITORIES:
        assert f'href="{territory(site, instance).removeprefix(HOME)}"' in found.html


def test_a_page_has_question_limits_release_and_licence_in_both_languages(open_site: OpenSite) -> None:
    for lang in ("it", "en"):
        messages, site = Messages(lang), open_site()
        of_kinds = {
            f"{lang}/": ("site.network", "public_network"),
            territory(site, SMALL, lang): ("site.territory", "public_territory"),
            site.of("finanziatori", next(iter(FUNDERS)), lang): ("site.funder", "site.funder"),
            f"{lang}/qualita/": ("site.quality", "site.quality"),
        }
        for path, (kind, limits) in of_kinds.items():
            found = site.page(path)
            assert messages(f"{kind}.question") in found.text, path
            assert messages("limits.title") in found.text, path
            for line in messages.lines(f"{limits}.limits"):
                assert line in found.text, path
            assert "20261103-0210-a1b2c3" in found.text
            assert messages("foot.licence") in found.text and messages("foot.internal") not in found.text
            assert f'lang="{lang}"' in found.html and messages("top.other_language") in found.text


def test_no_page_has_a_word_about_roles(open_site: OpenSite) -> None:
    for path, html in open_site().pages():
        assert IT("notice.demo") not in html and IT("top.role", role="") not in html, path


def test_a_release_that_holds_nothing_says_so_and_draws_no_blank_axes(open_site: OpenSite) -> None:
    site = open_site("bare")
    for path, html in site.pages():
        assert '<svg class="cdv-svg' not in html, path
    assert IT("site.nothing") in site.page(HOME).text


def test_where_all_is_protected_no_figure_about_people_is_on_a_page(open_site: OpenSite) -> None:
    site = open_site("protected")
    for path in (HOME, territory(site, "rho")):
        found = site.page(path)
        assert "cdv-bar-fill" not in found.html, path
        above_limits = found.text[: found.text.index(IT("limits.title"))]
        # The rule of the least number of people is told on the home page.
        above_limits = above_limits.split(IT("site.network.protection"))[0]
        assert not re.search(r"\d[\d.]*\s*(?=persone)", above_limits), path
        assert IT("mark.suppressed.spoken") in found.text and IT("site.cards_protected") in found.text
        assert " download>" in found.html, "files are offered also where all is protected"
    text = site.page(territory(site, "rho")).text
    assert "Per il territorio di Rho, nel 2025, il numero delle persone aiutate è protetto." in text


def test_a_year_that_not_all_cover_and_money_that_alone_is_protected_are_said(
    open_site: OpenSite, tmp_path: Path
) -> None:
    releases = changed(
        tmp_path,
        "update publication.indicator_value set n_instances = 12 where scope_type = 'network'",
        "update publication.indicator_value set mark = 'suppressed', numerator = null, value = null "
        "where indicator_id = 'spend_delivered' and scope_id = 'rho' and area = 'ALL'",
    )
    site = open_site(releases)
    assert "L'anno è coperto per intero da 12 territori su 13." in site.page(HOME).text
    text = site.page(territory(site, "rho")).text
    assert "persone hanno ricevuto almeno un servizio." in text
    assert IT("sentence.money.suppressed") in text


def test_small_numbers_are_protected(open_site: OpenSite) -> None:
    site = open_site()
    assert "cdv-chip-suppressed" in site.page(territory(site, SMALL)).html


def test_the_method_says_what_the_attack_found_and_what_releases_of_before_give_away(
    open_site: OpenSite,
) -> None:
    found = open_site().page("it/metodo/").html
    assert "Celle ricostruite: <strong>0</strong>." in found
    assert "numeri sono piccoli, o confronta le fasi di un bando: <strong>4</strong>." in found


def test_funders_stand_by_name_with_what_they_paid(open_site: OpenSite) -> None:
    text = open_site().page("it/finanziatori/").text
    section = text[text.index(IT("public_network.funders", year=2025)) :]
    places = [section.index(name) for name in FUNDERS.values()]
    assert places == sorted(places)
    assert not any(code in section for code in FUNDERS)


def test_a_territory_shows_how_long_people_wait_and_what_became_of_requests(open_site: OpenSite) -> None:
    site = open_site()
    found = site.page(territory(site, SMALL))
    for kind in ("waits", "results"):
        section = found.html[found.html.index(IT(f"public_territory.{kind}", year=2025)) :]
        assert section.split("</table>")[0].count("cdv-chip-suppressed") == 2
    assert "respinte per mancanza di fondi o di posti" in found.text
    assert "da 31 a 60 giorni" in found.text and "oltre 90 giorni" in found.text


def test_a_release_of_before_without_some_tables_leaves_them_out(open_site: OpenSite, tmp_path: Path) -> None:
    gone = ("t08_persons_by_wait", "t09_persons_by_result", "funder", "organisation", "call", "intervention")
    site = open_site(changed(tmp_path, *(f"drop table publication.{name}" for name in gone)))
    for path, html in site.pages():
        assert "Quanto si aspetta" not in html, path


def test_every_public_file_is_offered_once(open_site: OpenSite) -> None:
    html = open_site().page("it/dati/").html
    assert html.count('href="../../data/t08_persons_by_wait.csv"') == 1
    assert "Persone per attesa" in html


def test_a_territory_that_stopped_says_so(open_site: OpenSite) -> None:
    site = open_site()

    def text(path: str) -> str:
        return re.sub(r"\s+", " ", site.page(path).text.replace("\u00a0", " "))

    late = text(territory(site, LATE))
    assert "I dati di questo territorio arrivano al 31 agosto 2026." in late
    assert "dati al 31 agosto 2026" in late[late.index("Persone servite") :][:120]
    assert "31 agosto" not in text(territory(site, "rho"))
    assert "31/08/2026" in text(HOME)[text(HOME).index("Trapani") :][:60]


def test_a_comune_that_is_no_seat_finds_its_territory(open_site: OpenSite) -> None:
    site = open_site()
    path = site.of("comuni", "pero")
    found = site.page(path)
    assert "<h1>Pero</h1>" in found.html and "11.469" in found.text
    assert f'href="../../{territory(site, "rho").removeprefix(HOME)}"' in found.html
    assert path.removeprefix("it/comuni/") in site.page("it/comuni/").html


def test_what_is_named_by_others_is_written_as_text(open_site: OpenSite) -> None:
    for path, html in open_site().pages():
        assert "<2025>" not in html, path
    site = open_site()
    assert "Sostegno alle famiglie &lt;2025&gt;" in site.page(site.of("bandi", "rho-ca-1")).html
