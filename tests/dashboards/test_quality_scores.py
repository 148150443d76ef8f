"""The quality scores on the pages: the public page says what is published, and a figure carries the mean of
its own months."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape

import pytest

from dashboards.i18n import Messages
from dashboards.quality_scores import DIMENSIONS, badge, mean, of_period, terms
from tests.support.pages import Open
from tests.support.release_figures import LATE, NOT_COLLECTING, PROVIDERS, SMALL, TERRITORIES, scores

JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)
LAST = date(2026, 7, 1)


def test_a_mean_is_rounded_down_so_that_all_means_all() -> None:
    assert mean([Decimal(1), Decimal(1), Decimal("0.99")]) == Decimal("0.99")
    assert mean([Decimal(1), Decimal(1)]) == 1
    assert mean([]) is None


def test_a_period_has_the_mean_of_its_own_months() -> None:
    found = {JANUARY: Decimal("0.90"), FEBRUARY: Decimal("0.95"), date(2026, 1, 1): Decimal("0.10")}
    assert of_period(found, "year", JANUARY) == Decimal("0.92")
    assert of_period(found, "month", FEBRUARY) == Decimal("0.95")
    assert of_period(found, "year", date(2024, 1, 1)) is None


@pytest.mark.parametrize("lang, text", [("it", "Qualità dei dati 92%"), ("en", "Data quality 92%")])
def test_a_badge_is_a_whole_percentage_in_words(lang, text: str) -> None:
    found = badge({JANUARY: Decimal("0.92")}, "year", JANUARY, Messages(lang), "../qualita/")
    assert (found.text, found.address) == (text, "../qualita/")
    assert badge({}, "year", JANUARY, Messages(lang)) is None


def cells(page: str, place: str) -> dict[str, list[str]]:
    """The texts of the rows of the table before a list of files, by their first cell."""
    table = page[: page.index(f'id="{place}"')].rpartition("<table")[2]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in table.split("<tr")[2:]]
    hidden = r'<span class="cdv-sr">.*?</span>|<[^>]*>'
    texts = [[unescape(re.sub(hidden, "", cell)).strip() for cell in row] for row in rows]
    return {row[0]: row[1:] for row in texts}


def test_the_public_page_says_the_published_scores_and_the_formula(open_site: Callable) -> None:
    page = (open_site().folder / "it" / "qualita" / "index.html").read_text(encoding="utf-8")
    found, messages = cells(page, "punteggio-dimensioni"), Messages("it")
    last = {
        (row["scope_id"], row["dimension"]): row["score"]
        for row in scores(LAST, LAST)
        if row["scope_type"] == "instance"
    }
    assert len(found) == len(TERRITORIES)
    for instance, (name, *_) in TERRITORIES.items():
        told = [last[instance, dimension] for dimension in ("ALL", *DIMENSIONS)]
        written = [f"{100 * score:.0f}%" if score is not None else None for score in told]
        assert [text for text, score in zip(found[name], written, strict=True) if score] == [
            score for score in written if score
        ]
    assert found[TERRITORIES[SMALL][0]][1] == messages("quality_score.missing")
    assert found[TERRITORIES[NOT_COLLECTING][0]][-1] == messages("quality_score.not_collected")
    assert found[TERRITORIES[LATE][0]][3] == "0%"
    assert len(cells(page, "punteggio")[TERRITORIES[LATE][0]]) == 12
    text = unescape(re.sub(r"<[^>]*>", "", page))
    for _, meaning, _ in terms(messages, 30):
        assert meaning in text
    assert messages("quality_score.formula.2", n=messages.count(30)) in text


def test_a_card_of_a_territory_carries_the_score_of_its_year(open_site: Callable) -> None:
    folder = open_site().folder
    of_year = [
        row["score"]
        for row in scores(JANUARY, date(2025, 12, 1))
        if row["scope_id"] == LATE and row["dimension"] == "ALL"
    ]
    (place,) = (folder / "en" / "territori").glob("081021-*/index.html")
    page = place.read_text(encoding="utf-8")
    badges = re.findall(r'<a class="cdv-badge" href="([^"]*)">([^<]*)</a>', page)
    assert badges
    assert set(badges) == {("../../qualita/", f"Data quality {100 * mean(of_year):.0f}%")}
    # Of the whole network there is no score: its figures carry none.
    assert "cdv-badge" not in (folder / "en" / "index.html").read_text(encoding="utf-8")


def test_signed_in_a_territory_reads_its_scores_and_their_dimensions(open_page: Open) -> None:
    text = open_page("territory", territory=LATE, year="2025").text
    of_year = [
        row["score"]
        for row in scores(JANUARY, date(2025, 12, 1))
        if row["scope_id"] == LATE and row["dimension"] == "ALL"
    ]
    assert f"Qualità dei dati {100 * mean(of_year):.0f}%" in text
    shown = text[text.index(f"Qualità dei dati di {TERRITORIES[LATE][0]}") :]
    messages = Messages("it")
    assert all(messages(f"quality_score.{dimension}") in shown for dimension in DIMENSIONS)


def test_signed_in_a_provider_reads_only_what_applies_to_it(open_page: Open) -> None:
    (code, name), *others = PROVIDERS.items()
    text = open_page("provider", provider=code, year="2025").text
    shown = text[text.index(f"Qualità dei dati di {name}") :]
    assert "95%" in shown and "Completezza" in shown
    assert "Validità" not in shown and "Puntualità" not in shown
    # Of whom the release tells no score there is no section.
    assert f"Qualità dei dati di {others[0][1]}" not in open_page("provider", provider=others[0][0]).text


def test_operations_see_the_scores_of_all(open_page: Open) -> None:
    text = open_page("operations").text
    messages, provider = Messages("it"), next(iter(PROVIDERS.values()))
    shown = text[text.index(messages("quality_score.by_month")) :]
    territories, providers = shown.split(messages("quality_score.of_providers"), 1)
    assert all(name in territories for name, *_ in TERRITORIES.values())
    assert provider in providers and "set\u00a02026" in providers
