"""What pages say is what tables hold: every page, in both languages, of an ordinary release, of one in which
all is protected, and of one in which everything happens once."""

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from core.presentation import formatting
from dashboards import queries, territories
from dashboards.access.identity import Standing
from dashboards.access.viewer import EVERYTHING, ViewerDatabase
from dashboards.i18n import Messages, catalogue
from dashboards.page_context import PageContext
from dashboards.pages import STAFF
from dashboards.release import current_release
from tests.dashboards.test_i18n import FORMS
from tests.support.pages import Open, OpenSite, Written
from tests.support.release_figures import FUNDERS, PROVIDERS, TERRITORIES

IT = Messages("it")
PAGES = [page.key for page in STAFF]
# The nouns that the catalogue counts, in the plural, by language; and those that only follow a number in it.
# Two verbs begin the next row of a table.
PLURALS = {
    lang: {plural.split()[-1] for texts in catalogue().values() for _, plural in FORMS.findall(texts[lang])}
    - {"stanno", "do"}
    | more
    for lang, more in (("it", {"interventi", "prestazioni", "punti"}), ("en", {"interventions", "services"}))
}
# Pages that hold nothing but what happened once. The start page is about the network, of which this release
# has no figure in euro; an intervention and its pack have a cost category with nothing in it.
IN_CENTS = {*PAGES, "it/", "en/"} - {"home", "foundation_grant", "foundation_pack"}
# Never on a page: a place that was not filled, a name of the code, a hint at why a value is protected.
NEVER = re.compile(
    r"[{}]|\b(None|nan|NaN|null)\b|Decimal\(|troppo poche|too few people|senza renderle"
    r"|su 1 territori\b|aggiornat[oi]$"
)


def plain(found: Written) -> str:
    return re.sub(r"\s+", " ", found.text.replace("\u00a0", " "))


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("variant", ["ordinary", "protected", "tiny"])
def test_no_page_says_what_cannot_be_true(
    open_page: Open, open_site: OpenSite, variant: str, lang: str
) -> None:
    plural = re.compile(rf"(?<![\d.,])1 ({'|'.join(map(re.escape, sorted(PLURALS[lang])))})\b")
    site = open_site(variant)
    texts = {page: plain(open_page(page, variant, lang=lang)) for page in PAGES}
    texts |= {path: plain(site.page(path)) for path, _ in site.pages() if path.startswith(f"{lang}/")}
    for page, text in texts.items():
        assert len(text) > 300
        assert not NEVER.search(text), f"{page}: {NEVER.search(text)}"
        found = plural.search(text)
        assert not found, f"{page}: …{text[max(0, found.start() - 60) : found.end() + 20]}…"
        if variant == "tiny" and page in IN_CENTS:
            # Cents and a third of a thousandth are not zero.
            zero = re.search(r"(?<![\d.,−-])(0|0[.,]0+)( ?€|%| per 1,000| ogni 1\.000)|€0(?![\d.,])", text)
            assert not zero, f"{page}: …{text[max(0, zero.start() - 60) : zero.end() + 20]}…"


def bold(found: Written) -> list[str]:
    """The numbers of the headline sentence."""
    drawn = re.search(r'<p class="cdv-sentence">(.*?)</p>', found.html)
    assert drawn is not None
    return [text.replace("\u00a0", " ") for text in re.findall(r"<strong>(.*?)</strong>", drawn[1])]


def test_the_numbers_of_a_sentence_are_those_of_the_table(
    open_page: Open, open_site: OpenSite, private: ViewerDatabase, public: str
) -> None:
    def told(database: ViewerDatabase, table: str, scope_type: str, scope: str, *ids: str) -> list:
        everybody = "and population_group = 'ALL'" if "marts" in table else ""
        found = queries.rows(
            database,
            f"""select indicator_id, numerator from {table} where scope_type = $scope_type
            and scope_id = $scope and period_type = 'year' and period_start = date '2025-01-01'
            and item = 'ALL' and area = 'ALL' {everybody}""",
            {"scope_type": scope_type, "scope": scope},
        )
        known = {row["indicator_id"]: row["numerator"] for row in found}
        return [known[indicator] for indicator in ids]

    def written(people, money) -> list[str]:
        euro = formatting.euro_in_words(money, "it").replace("\u00a0", " ")
        return [formatting.number(people, "it"), euro]

    pair = ("persons_served", "spend_delivered")
    found = open_page("territory", territory="rho", year="2025")
    *both, unmet = told(private, "marts.indicator_value", "instance", "rho", *pair, "unmet_share")
    assert bold(found) == [*written(*both), formatting.number(unmet, "it")]
    site = open_site()
    found = site.page(site.of("territori", "rho"))
    assert bold(found) == written(
        *told(ViewerDatabase(public), "publication.indicator_value", "instance", "rho", *pair)
    )
    found = site.page("it/")
    assert bold(found) == written(
        *told(ViewerDatabase(public), "publication.indicator_value", "network", "network", *pair)
    )
    code = next(iter(PROVIDERS))
    people, money, done = told(private, "marts.indicator_value", "provider", code, *pair, "deliveries")
    people, money = written(people, money)
    found = open_page("provider", provider=code, year="2025")
    assert bold(found) == [f"{formatting.number(done, 'it')} prestazioni", f"{people} persone", money]


def test_one_word_of_awarded_means_one_figure(open_page: Open) -> None:
    """The amount of the sentence, bars and tables leaves out savings and revocations and says so everywhere;
    the card's does not."""
    text = plain(open_page("foundation", funder=next(iter(FUNDERS))))
    assert "Al netto di economie e revoche Fondazione Comunità Aperte ha deliberato" in text
    assert "Deliberato netto" in text
    for key in ("sentence.funder", "ledger.awarded", "ledger.awarded.key"):
        for lang, mark in (("it", r"nett|tolte"), ("en", r"[Nn]et|less")):
            assert re.search(mark, catalogue()[key][lang]), key


def test_a_provider_counts_the_territories_it_works_in(open_page: Open) -> None:
    one = plain(open_page("provider", provider=list(PROVIDERS)[-1], year="2025"))
    assert "1 territorio in cui lavora (Rho) · dati al 30 settembre 2026" in one
    three = plain(open_page("provider", provider=next(iter(PROVIDERS)), year="2025"))
    assert "3 territori in cui lavora (Biella, Brescia, Cosenza)" in three
    assert "13 territori" not in one + three


def test_a_part_of_the_cost_is_not_called_the_cost(open_page: Open) -> None:
    assert "Costo per persona" not in plain(open_page("foundation", funder=next(iter(FUNDERS))))
    assert "Costo per persona" not in plain(open_page("provider"))
    assert IT("table.area_alone") in open_page("territory", territory="rho").text


def test_people_who_do_not_add_up_say_so_wherever_they_stand(open_page: Open, open_site: OpenSite) -> None:
    """In the head of a column, which a phone does not show, and above the rows, which it does."""
    distinct = IT("table.distinct")
    site = open_site()
    for html, least in (
        (open_page("territory", territory="rho").html, 1),
        (site.page("it/").html, 1),
        (site.page(site.of("territori", "rho")).html, 3),
    ):
        heads = re.findall(r"<th[^>]*>[^<]*<span class=\"cdv-head-note\">([^<]*)", html)
        above = re.findall(r'<p class="cdv-caption cdv-narrow">([^<]*)', html)
        assert sum(distinct in head for head in heads) >= least
        assert sum(distinct in note for note in above) >= 1


def test_how_a_number_is_made_says_what_it_promises(open_page: Open, shelf: Path) -> None:
    release, signed_in = current_release(shelf / "ordinary"), Standing("in", (EVERYTHING,))
    context = PageContext(IT, EVERYTHING, signed_in, "light", release, None, False, date(2026, 10, 20))
    rho, rate = territories.own(context, {"instance_id": "rho"}), context.indicators["persons_per_1000"]
    told = dict(rho.made(rate, rho.figure(rate, "year", date(2025, 1, 1))))
    for part in ("definition", "denominator", "formula", "exports", "checks", "id"):
        assert IT(f"made.{part}") in told, part
    assert IT("made.numerator") not in told, "people times a thousand would pass for people"
    assert "persons_per_1000, versione 1" in told[IT("made.id")]
    assert "13 invii accettati di 1 territorio" in told[IT("made.exports")]
    html = open_page("territory", territory="rho", year="2025").html
    card = html[html.index("<h3>Persone servite</h3>") :].split("</section>")[0]
    assert f"<dt>{IT('made.definition')}</dt>" in card
    card = html[html.rindex("<h3>", 0, html.index("unmet_share, versione 1")) :].split("</section>")[0]
    assert f"<dt>{IT('made.numerator')}</dt>" in card and f"<dt>{IT('made.denominator')}</dt>" in card
    protected = open_page("foundation", "protected").html
    card = protected[protected.index("<h3>Persone servite</h3>") :].split("</section>")[0]
    assert f"<dt>{IT('made.numerator')}</dt>" not in card


def ahead(folder: Path, variant_of: str) -> str:
    """Let the exports of one territory reach a month further than those of all others."""
    from tests.support.release import build_release

    release = build_release(folder)
    with duckdb.connect(str(release / "private" / "casa-di-vetro.duckdb")) as c:
        c.execute(
            "update marts.dim_instance set data_to = case when instance_id = ? then date '2026-10-31' "
            "else date '2026-09-30' end",
            [variant_of],
        )
    described = release / "release.json"
    described.write_text(described.read_text(encoding="utf-8").replace("2026-09-30", "2026-10-31"))
    return str(folder)


def test_a_territory_ahead_of_the_others_does_not_speak_for_them(open_page: Open, tmp_path: Path) -> None:
    releases = ahead(tmp_path, "rho")
    own = plain(open_page("territory", releases, territory="rho", year="2026"))
    other = plain(open_page("territory", releases, territory="lecco", year="2026"))
    assert "2026, fino al 31 ottobre 2026" in own and "2026, fino al 30 settembre 2026" in other
    assert "dati al 30 settembre 2026" in other and "31 ottobre" not in other.split("Rilascio")[0]
    assert "Invio mancante" not in other, "its own export of October is not due yet"
    whole = plain(open_page("network", releases, year="2026"))
    assert "13 territori su 13 · dati a giorni fra il 30 settembre 2026 e il 31 ottobre 2026" in whole
    assert "Fino al 30 settembre 2026: 12 territori; Fino al 31 ottobre 2026: Rho." in whole
    assert len(TERRITORIES) == 13
