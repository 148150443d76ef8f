"""Every page in every state: an ordinary release, one where all is protected, an empty one, and
none at all.
"""

import re
from pathlib import Path

import duckdb
import pytest

from dashboards.i18n import Messages
from dashboards.pages import QUESTIONS, START
from dashboards.pages import STAFF as REGISTERED
from tests.support.pages import Open, Page
from tests.support.release import build_release
from tests.support.release_figures import FUNDERS, SMALL, TERRITORIES

STAFF = [page.key for page in REGISTERED]
OF_FIGURES = [page.key for page in QUESTIONS if not page.is_about_runs]
IT, EN = Messages("it"), Messages("en")


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("page", STAFF)
def test_a_page_has_title_question_limits_and_footer_in_both_languages(
    open_page: Open, page: str, lang: str
) -> None:
    found, messages = open_page(page, lang=lang), Messages(lang)
    assert found.html.count("<h1>") == 1
    assert messages(f"{page}.question") in found.text
    assert messages("limits.title") in found.text
    for line in messages.lines(f"{page}.limits"):
        assert line in found.text
    assert "20261103-0210-a1b2c3" in found.text
    assert messages("foot.internal") in found.text
    assert messages("foot.licence") not in found.text
    assert f'lang="{lang}"' in found.html
    assert messages("top.other_language") in found.text


@pytest.mark.parametrize("page", STAFF)
def test_a_staff_page_says_that_it_is_a_demonstration(open_page: Open, page: str) -> None:
    assert IT("notice.demo") in open_page(page).text


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("page", STAFF)
def test_every_page_says_that_its_data_are_invented_or_of_which_territories(
    open_page: Open, page: str, lang: str
) -> None:
    messages, names = Messages(lang), [name for name, *_ in TERRITORIES.values()]
    told = f"{messages('notice.simulated.word')}."
    whole = open_page(page, "simulated", lang=lang).text
    assert told in whole and messages("notice.simulated") in whole
    mixed = open_page(page, "mixed", lang=lang).text
    assert told in mixed and messages("notice.simulated.some", names=names[0]) in mixed
    assert told not in open_page(page, lang=lang).text


@pytest.mark.parametrize("page", STAFF)
def test_without_a_release_a_page_says_what_must_happen_first(open_page: Open, page: str) -> None:
    found = open_page(page, "none")
    assert IT("empty.no_release") in found.text
    assert IT("limits.title") in found.text
    assert not found.app.get("bidi_component")


@pytest.mark.parametrize("page", OF_FIGURES)
def test_a_release_that_holds_nothing_gives_a_panel_and_no_blank_axes(open_page: Open, page: str) -> None:
    found = open_page(page, "bare")
    assert IT("empty.will_appear") in found.text
    assert not found.app.get("bidi_component")


def test_where_all_is_protected_no_figure_about_people_is_on_the_page(open_page: Open) -> None:
    found = open_page("foundation", "protected")
    assert "protetto" in found.text
    assert "cdv-bar-fill" not in found.html
    above_limits = found.text[: found.text.index(IT("limits.title"))]
    assert not re.search(r"\d[\d.]*\s*(?=persone)", above_limits)
    assert IT("mark.suppressed.spoken") in found.text
    assert found.app.get("download_button"), "files are offered also where all is protected"


def test_a_page_of_a_chosen_view_opens_the_same_view(open_page: Open) -> None:
    found = open_page("territory", territory="rho", year="2024")
    assert "<h1>Rho</h1>" in found.html
    assert "Nel 2024, nel territorio di Rho" in found.text
    assert found.app.query_params["territory"] == "rho"


def test_every_filter_is_in_the_address(open_page: Open) -> None:
    found = open_page("foundation")
    assert {"funder", "year", "state", "by"} <= set(found.app.query_params)


def test_an_address_that_names_nothing_falls_back_and_does_not_break(open_page: Open) -> None:
    found = open_page("territory", year="1066", lang="xx", bar="'; drop table x")
    assert found.app.query_params["territory"] == "biella"


def test_a_subject_that_is_not_the_readers_and_one_that_does_not_exist_get_the_same_answer(
    open_page: Open,
) -> None:
    asked = {"as": "municipality", "of": "rho"}
    own = open_page("territory", territory="rho", **asked)
    assert "Questa pagina non è tua" not in own.text and "Rho" in own.text
    others = {open_page("territory", territory=one, **asked).text for one in ("padova", "atlantide")}
    assert len(others) == 1 and "Questa pagina non è tua" in others.pop()
    foreign = open_page("network", **asked)
    assert "Questa pagina non è tua" in foreign.text and "ruolo: comune o ambito" in foreign.text


def test_the_start_page_asks_a_reader_only_the_questions_of_their_pages(open_page: Open) -> None:
    found = open_page("home", **{"as": "foundation"})
    links = " ".join(link.proto.label for link in found.app.get("page_link"))
    assert IT("foundation.question") in links and IT("network.question") not in links
    asked = [box.label for box in found.app.selectbox]
    assert sorted(asked) == sorted([IT("home.search"), IT("filter.as"), IT("filter.of")])


def test_a_page_says_whether_figures_about_persons_are_protected(open_page: Open) -> None:
    assert IT("persons.protected") in open_page("provider", **{"as": "provider"}).text
    assert IT("territory.rule") in open_page("territory", **{"as": "municipality"}).text


def test_who_has_not_signed_in_sees_no_page(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.dashboards.conftest.AUTH", "oidc")
    for page in ("home", "territory", "operations"):
        found = open_page(page, territory="rho", **{"as": "network"})
        assert IT("sign_in.out") in found.text and "Rho" not in found.text
        assert not found.app.selectbox and [button.label for button in found.app.button] == ["Accedi"]


def test_pages_without_signing_in_are_not_for_other_machines(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.dashboards.conftest.ADDRESS", "0.0.0.0")
    found = open_page("home")
    assert IT("sign_in.closed") in found.text and not found.app.selectbox and not found.app.button


def test_a_choice_changes_the_page_and_its_address(open_page: Open) -> None:
    found = open_page("territory")
    app = found.app.selectbox(key="choice.territory").select("lecce").run()
    assert "<h1>Lecce</h1>" in Page(app).html
    assert app.query_params["territory"] == "lecce"


def test_the_table_is_open_where_the_address_asks_for_it(open_page: Open) -> None:
    assert '<details class="cdv-twin" open>' in open_page("territory", table="1").html
    assert '<details class="cdv-twin" open>' not in open_page("territory").html


def test_a_funder_sees_people_protected_and_its_money_exact(open_page: Open) -> None:
    small = list(FUNDERS)[1]
    found = open_page("foundation", funder=small)
    card = found.html[found.html.index("<h3>Persone servite</h3>") :][:400]
    assert "cdv-chip-suppressed" in card
    assert "Fondazione Valle Lunga ha deliberato" in found.text


def test_a_territory_sees_its_own_small_numbers_and_the_rule_that_lets_it(open_page: Open) -> None:
    found = open_page("territory", territory=SMALL)
    assert IT("territory.rule") in found.text
    assert "cdv-chip-suppressed" not in found.html


def test_a_late_territory_is_told_what_is_missing(open_page: Open) -> None:
    text = open_page("territory", territory="trapani").text.replace("\u00a0", " ")
    assert "Dati fermi al 31 agosto 2026: manca l'invio di settembre." in text
    assert "Era atteso entro il 3 ottobre 2026." in text
    assert "Dati fermi" not in open_page("territory", territory="rho").text


def test_an_incomplete_total_says_who_is_missing(open_page: Open) -> None:
    found = open_page("network", year="2026")
    text = found.text.replace("\u00a0", " ")
    assert "13 territori su 13 · dati a giorni fra il 31 agosto 2026 e il 30 settembre 2026, secondo" in text
    assert "Fino al 31 agosto 2026: Trapani; Fino al 30 settembre 2026: 12 territori." in text


def test_territories_stand_by_name_unless_asked_by_size(open_page: Open) -> None:
    def first_cell(page: Page) -> str:
        body = page.html[page.html.index("<tbody>") :]
        return re.search(r'<th scope="row">(.*?)</th>', body)[1]

    assert first_cell(open_page("network")) == "Biella"
    assert first_cell(open_page("network", order="size")) == "Padova"


def test_a_red_gate_keeps_the_last_good_release_and_says_so_on_every_page(open_page: Open) -> None:
    for page in (START.key, *OF_FIGURES):
        text = open_page(page, status="red.duckdb").text
        assert IT("notice.red.word") in text
        assert "20261103-0210-a1b2c3" in text
    assert IT("notice.red.word") not in open_page("foundation", status="green.duckdb").text


def test_operations_names_the_check_that_failed_even_without_a_release(open_page: Open) -> None:
    for variant in ("ordinary", "none"):
        text = open_page("operations", variant, status="red.duckdb").text
        assert "Una verifica critica non è superata: Il volume di ogni invio è vicino a quello solito" in text
    assert "rho-2026-10-0022" in open_page("operations", "none", status="red.duckdb").text


def test_operations_shows_that_every_euro_is_found_again(open_page: Open) -> None:
    text = open_page("operations", status="green.duckdb").text
    assert "0,00 · quadra" in text
    assert "non quadra" not in text
    assert IT("sentence.balanced.quarantined") in text or IT("sentence.balanced") in text
    # Checks judge what came: an export that did not come is not green.
    assert IT("gate.late.word") in text and "Verde" not in text
    assert IT("code.comune_unknown") in text


def test_a_gap_is_said_in_words_and_in_the_sentence(open_page: Open, tmp_path: Path) -> None:
    folder = build_release(tmp_path, variant="ordinary")
    with duckdb.connect(str(folder / "private" / "casa-di-vetro.duckdb")) as c:
        c.execute(
            "update quality.reconciliation set gap = 0.01 where instance_id = 'rho' and entity = 'payment'"
        )
    text = open_page("operations", str(tmp_path)).text
    assert "non quadra" in text
    assert IT("sentence.unbalanced") in text


def test_a_release_that_cannot_be_read_gives_a_sentence_and_a_button(open_page: Open, tmp_path: Path) -> None:
    folder = build_release(tmp_path, variant="bare")
    with duckdb.connect(str(folder / "private" / "casa-di-vetro.duckdb")) as c:
        c.execute("drop table marts.dim_organisation")
    found = open_page("foundation", str(tmp_path))
    assert IT("error.word") in found.text
    assert "dim_organisation" not in found.text
    assert [b.label for b in found.app.button] == [IT("error.again")]


def test_a_new_release_is_read_at_once_and_the_old_page_is_not_mixed(open_page: Open, tmp_path: Path) -> None:
    build_release(tmp_path, variant="ordinary", release_id="first")
    found = open_page("territory", str(tmp_path))
    assert "first" in found.text
    build_release(tmp_path, variant="protected", release_id="second")
    again = Page(found.app.run())
    assert "second" in again.text and "Rilascio first" not in again.text


def test_what_the_release_does_not_hold_is_left_out(open_page: Open, tmp_path: Path) -> None:
    folder = build_release(tmp_path, variant="ordinary")
    with duckdb.connect(str(folder / "private" / "casa-di-vetro.duckdb")) as c:
        c.execute(
            "delete from marts.indicator_value where indicator_id in ('wait_to_service_p50', 'satisfaction')"
        )
    assert "Attesa mediana" not in open_page("territory", str(tmp_path)).text
    assert "Risposte soddisfatte" not in open_page("provider", str(tmp_path)).text


def test_no_name_of_a_mark_or_of_a_code_reaches_a_reader(open_page: Open) -> None:
    for page in STAFF:
        text = open_page(page, status="red.duckdb").text
        assert not re.search(r"\b(suppressed|not_collected|denominator_missing|None|nan|NaN|null)\b", text)
