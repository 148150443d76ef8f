"""What pages say is what tables hold: every page, in both languages, of an ordinary release, of one in which
all is protected, and of one in which everything happens once."""

import re
from pathlib import Path

import duckdb
import pytest

from dashboards import data, numerals
from dashboards.pages import STAFF
from dashboards.words import Words, catalogue
from tests.dashboards.test_words import FORMS
from tests.support.pages import Open, Page
from tests.support.release_figures import FUNDERS, LATE, PROVIDERS, TERRITORIES

IT = Words("it")
PAGES: tuple[tuple[str, dict[str, str]], ...] = (
    *((page.key, {}) for page in STAFF),
    *(("public", place) for place in ({}, {"territorio": "rho"})),
)
# The nouns that the catalogue counts, in the plural, by language; and those that only follow a number in it.
PLURALS = {
    lang: {plural.split()[-1] for texts in catalogue().values() for _, plural in FORMS.findall(texts[lang])}
    | more
    for lang, more in (("it", {"interventi", "prestazioni", "punti"}), ("en", {"interventions", "services"}))
}
# Never on a page: a place that was not filled, a name of the code, a hint at why a value is protected.
NEVER = re.compile(
    r"[{}]|\b(None|nan|NaN|null)\b|Decimal\(|troppo poche|too few people|senza renderle"
    r"|su 1 territori\b|aggiornat[oi]$"
)


def plain(found: Page) -> str:
    return re.sub(r"\s+", " ", found.text.replace("\u00a0", " "))


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("variant", ["ordinary", "protected", "tiny"])
def test_no_page_says_what_cannot_be_true(open_page: Open, variant: str, lang: str) -> None:
    plural = re.compile(rf"(?<![\d.,])1 ({'|'.join(map(re.escape, sorted(PLURALS[lang])))})\b")
    for page, place in PAGES:
        text = plain(open_page(page, variant, lang=lang, **place))
        assert len(text) > 300
        assert not NEVER.search(text), f"{page} {place}: {NEVER.search(text)}"
        found = plural.search(text)
        assert not found, f"{page} {place}: …{text[max(0, found.start() - 60) : found.end() + 20]}…"
        if variant == "tiny":
            # Cents and a third of a thousandth are not zero. (Funders: what has no row is.)
            text = text.split(Words(lang)("public_network.funders", year="2025"))[0]
            zero = re.search(r"(?<![\d.,−-])(0|0[.,]0+)( ?€|%| per 1,000| ogni 1\.000)|€0(?![\d.,])", text)
            assert not zero, f"{page} {place}: …{text[max(0, zero.start() - 60) : zero.end() + 20]}…"


def bold(found: Page) -> list[str]:
    """The numbers of the headline sentence."""
    drawn = re.search(r'<p class="cdv-sentence">(.*?)</p>', found.html)
    assert drawn is not None
    return [text.replace("\u00a0", " ") for text in re.findall(r"<strong>(.*?)</strong>", drawn[1])]


def test_the_numbers_of_a_sentence_are_those_of_the_table(open_page: Open, private: str, public: str) -> None:
    def told(database: str, table: str, scope_type: str, scope: str, *ids: str) -> list:
        everybody = "and population_group = 'ALL'" if "marts" in table else ""
        found = data.rows(
            database,
            f"""select indicator_id, numerator from {table} where scope_type = $scope_type
            and scope_id = $scope and period_type = 'year' and period_start = date '2025-01-01'
            and item = 'ALL' and area = 'ALL' {everybody}""",
            {"scope_type": scope_type, "scope": scope},
        )
        known = {row["indicator_id"]: row["numerator"] for row in found}
        return [known[indicator] for indicator in ids]

    def written(people, money) -> list[str]:
        euro = numerals.euro_in_words(money, "it").replace("\u00a0", " ")
        return [numerals.number(people, "it"), euro]

    pair = ("persons_served", "spend_delivered")
    found = open_page("territory", territory="rho", year="2025")
    assert bold(found) == written(*told(private, "marts.indicator_value", "instance", "rho", *pair))
    found = open_page("public", territorio="rho")
    assert bold(found) == written(*told(public, "publication.indicator_value", "instance", "rho", *pair))
    found = open_page("public")
    assert bold(found) == written(*told(public, "publication.indicator_value", "network", "network", *pair))
    code = next(iter(PROVIDERS))
    people, money, done = told(private, "marts.indicator_value", "provider", code, *pair, "deliveries")
    people, money = written(people, money)
    found = open_page("provider", provider=code, year="2025")
    assert bold(found) == [f"{numerals.number(done, 'it')} prestazioni", f"{people} persone", money]


def test_one_word_of_awarded_means_one_figure(open_page: Open) -> None:
    """The amount of the sentence, bars and tables leaves out savings and revocations and says so everywhere;
    the card's does not."""
    text = plain(open_page("foundation", funder=next(iter(FUNDERS))))
    assert "Al netto di economie e revoche Fondazione Comunità Aperte ha deliberato" in text
    assert "Deliberato netto" in text
    for key in ("sentence.funder", "ledger.awarded", "ledger.awarded.key", "foundation.ledger"):
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


def test_people_who_do_not_add_up_say_so_wherever_they_stand(open_page: Open) -> None:
    """In the head of a column, which a phone does not show, and above the rows, which it does."""
    distinct = IT("table.distinct")
    for page, place, least in (
        ("territory", {"territory": "rho"}, 1),
        ("public", {}, 3),
        ("public", {"territorio": "rho"}, 3),
    ):
        html = open_page(page, **place).html
        heads = re.findall(r"<th[^>]*>[^<]*<span class=\"cdv-head-note\">([^<]*)", html)
        above = re.findall(r'<p class="cdv-caption cdv-narrow">([^<]*)', html)
        assert sum(distinct in head for head in heads) >= least
        assert sum(distinct in note for note in above) >= 1
    steps = open_page("public").html
    waits = steps[steps.index(IT("public_network.waits", year="2025")) :]
    columns = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', waits.split("</table>")[0])
    assert len(columns) == 7 and all(distinct in head for head in columns[1:])


def test_how_a_number_is_made_says_what_it_promises(open_page: Open) -> None:
    html = open_page("territory", territory="rho", year="2025").html
    card = html[html.index("<h3>Parte") if "<h3>Parte" in html else html.index("<h3>Persone servite ogni") :]
    told = card.split("</section>")[0]
    for part in ("definition", "numerator", "denominator", "formula", "exports", "checks", "id"):
        assert f"<dt>{IT(f'made.{part}')}</dt>" in told, part
    assert "persons_per_1000, versione 1" in told
    assert "13 invii accettati di 1 territorio" in told
    protected = open_page("foundation", "protected").html
    card = protected[protected.index("<h3>Persone servite</h3>") :].split("</section>")[0]
    assert f"<dt>{IT('made.numerator')}</dt>" not in card


def test_a_territory_that_stopped_says_so_on_its_public_page_and_in_files(open_page: Open) -> None:
    late = plain(open_page("public", territorio=LATE))
    assert "I dati di questo territorio arrivano al 31 agosto 2026." in late
    card = late[late.index("Persone servite") :]
    assert "dati al 31 agosto 2026" in card[:120]
    other = plain(open_page("public", territorio="rho"))
    assert "31 agosto" not in other.split("Cosa c'è")[0]
    everywhere = open_page("public")
    row = plain(everywhere)[plain(everywhere).index("Trapani") :]
    assert "31/08/2026" in row[:60]
    assert "30 settembre 2026, secondo il territorio" in plain(everywhere).split("Rilascio")[1]


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
