"""The reporting packs: real files, opened with libraries of others and held against each other."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from core.presentation import formatting
from core.presentation.tokens import ASSETS
from core.sql import literal
from dashboards.packs import narrative
from dashboards.packs.narrative import NarrativeError
from dashboards.packs.pack import Pack, Refused, make_pack
from dashboards.release import Release, release_at
from tests.support import pack_release
from tests.support.built_release import DATABASE
from tests.support.pack_release import GRANT, HIDDEN, PROVIDER, TERRITORY, build_pack_release

SUBJECTS = {"grant": (GRANT, None), "territory": (TERRITORY, 2025), "provider": (PROVIDER, 2025)}
CHOSEN = [("grant", "it"), ("grant", "en"), ("territory", "it"), ("provider", "en")]


@pytest.fixture(scope="module")
def releases(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "releases"
    build_pack_release(folder)
    return folder


@pytest.fixture(scope="module")
def release(releases) -> Release:
    return opened(releases)


def opened(releases: Path) -> Release:
    found = release_at(releases / "current")
    assert found is not None
    return found


def changed(releases: Path, folder: Path, *sql: str) -> Release:
    """The same release with something changed in its private database."""
    copy = folder / "releases"
    shutil.copytree(releases, copy, symlinks=True)
    with duckdb.connect(str(copy / "current" / "private" / DATABASE)) as c:
        for each in sql:
            c.execute(each)
    return opened(copy)


def made(release: Release, kind: str, lang: str = "it", **more) -> Pack:
    subject, year = SUBJECTS[kind]
    found = make_pack(release, kind, subject, year=year, lang=lang, **more)
    assert isinstance(found, Pack), found
    return found


@pytest.fixture(scope="module")
def packs(release) -> dict[tuple[str, str], Pack]:
    return {(kind, lang): made(release, kind, lang) for kind, lang in CHOSEN}


def reader(pack: Pack) -> PdfReader:
    return PdfReader(io.BytesIO(pack.files["pdf"]))


def text(pack: Pack) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader(pack).pages).split())


def tables(pack: Pack) -> dict[str, dict]:
    content = json.loads(pack.files["json"])
    return {table["name"]: table for section in content["sections"] for table in section["tables"]}


@pytest.mark.parametrize("chosen", CHOSEN, ids="-".join)
def test_the_pdf_is_one_for_archives_and_for_everybody(chosen, packs) -> None:
    """What Typst promises of PDF/A-3a and PDF/UA-1 is in the file; the whole rules veraPDF would judge."""
    pack, lang = packs[chosen], chosen[1]
    pdf = reader(pack)
    root = pdf.trailer["/Root"]
    said = pdf.xmp_metadata.stream.get_data().decode()
    for claim in ("<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert claim in said
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    assert root["/Lang"].startswith(lang) and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata.title == pack.document.title
    assert [entry["/Title"] for entry in pdf.outline] == [section.title for section in pack.document.sections]
    tags = structure(root["/StructTreeRoot"])
    assert {"/H1", "/Table", "/TH", "/TD", "/Caption", "/P"} <= set(tags)
    # Whatever is a picture is said in words.
    assert all(node.get("/Alt") for node in nodes(root["/StructTreeRoot"]) if node.get("/S") == "/Figure")
    for page in pdf.pages:
        fonts = page["/Resources"]["/Font"].values()
        descended = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts]
        assert all({"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"]) for font in descended)
        names = {font["/BaseFont"].split("+")[-1] for font in descended}
        assert all(name.startswith("Source") for name in names), names


def nodes(node) -> Iterator:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from nodes(child)
    elif hasattr(node, "get") and not isinstance(node, int):
        yield node
        if "/K" in node:
            yield from nodes(node["/K"])


def structure(root) -> list[str]:
    return [node["/S"] for node in nodes(root) if "/S" in node]


@pytest.mark.parametrize("chosen", CHOSEN, ids="-".join)
def test_the_data_files_are_inside_and_equal(chosen, packs) -> None:
    pack = packs[chosen]
    attached = reader(pack).attachments
    assert {name: content[0] for name, content in attached.items()} == {
        f"{pack.stem}.xlsx": pack.files["xlsx"],
        f"{pack.stem}.json": pack.files["json"],
    }
    files = reader(pack).trailer["/Root"]["/AF"]
    assert [each.get_object()["/AFRelationship"] for each in files] == ["/Data", "/Data"]


@pytest.mark.parametrize("chosen", CHOSEN, ids="-".join)
def test_pdf_spreadsheet_and_json_say_the_same(chosen, packs) -> None:
    pack, lang = packs[chosen], chosen[1]
    printed = text(pack)
    book = openpyxl.load_workbook(io.BytesIO(pack.files["xlsx"]))
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    told = 0
    for table in tables(pack).values():
        heads = list(table["rows"][0]) if table["rows"] else list(table["columns"])
        sheet = next(s for name, s in sheets.items() if table["title"].startswith(name.removesuffix(" 2")))
        ids = [cell.value for cell in sheet[2]]
        assert ids == heads, table["name"]
        for n, row in enumerate(table["rows"], start=3):
            for key, cell in zip(ids, sheet[n], strict=True):
                raw, value = row[key], cell.value
                if isinstance(value, int | float) and not isinstance(value, bool):
                    assert Decimal(str(value)) == Decimal(raw), (table["name"], key)
                    if cell.number_format.endswith('"€"') and table["name"] in ("costs", "ledger", "sources"):
                        amount = formatting.euro(Decimal(raw), lang, cents=True)
                        assert " ".join(amount.split()) in printed
                        told += 1
                elif row.get(f"{key}_mark") in ("suppressed", "missing", "not_applicable"):
                    assert raw == "" and value in printed
    assert told >= 4


def test_a_hidden_number_is_in_no_file(packs) -> None:
    pack = packs["grant", "it"]
    hidden = {str(HIDDEN), formatting.number(HIDDEN, "it")}
    assert not any(each in text(pack) or each in pack.files["json"].decode() for each in hidden)
    book = openpyxl.load_workbook(io.BytesIO(pack.files["xlsx"]))
    values = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert HIDDEN not in values and "protetto" in values
    people = {row["year"]: row for row in tables(pack)["people"]["rows"]}
    assert (people["2025"]["persons_served"], people["2025"]["persons_served_mark"]) == ("", "suppressed")
    assert people["2026"]["persons_served"] == "84"
    # What was reached since the beginning less the other year would be the hidden one.
    targets = {row["measure"]: row for row in tables(pack)["targets"]["rows"]}
    assert targets["persons_served"]["progress_mark"] == "suppressed"
    assert targets[pack_release.SCALE]["gained"] == "1.2"


def test_the_categories_make_the_totals_of_the_intervention(packs) -> None:
    found = tables(packs["grant", "it"])
    ledger = {row["stage"]: Decimal(row["amount"]) for row in found["ledger"]["rows"]}
    *categories, total = found["costs"]["rows"]
    for key in ("reported", "admitted"):
        assert sum(Decimal(row[key]) for row in categories) == Decimal(total[key]) == ledger[key]
    for row in [*categories, total]:
        assert Decimal(row["variance"]) == Decimal(row["reported"]) - Decimal(row["budget"])
    assert ledger["residual"] == ledger["awarded"] - ledger["disbursed"]
    checks = {check.check_id: check.state for check in packs["grant", "it"].document.checks}
    assert (checks["sums"], checks["over_budget"]) == ("ok", "attention")


def test_before_and_after_is_told_as_what_it_is(packs) -> None:
    assert "senza un gruppo di confronto: non è tutto merito dell'intervento" in text(packs["grant", "it"])
    assert "+1,20 +0,80 +1,60" in text(packs["grant", "it"])


def test_whose_money_and_what_came_from_public_bodies(packs) -> None:
    found = tables(packs["provider", "en"])
    assert sum(Decimal(row["amount"]) for row in found["sources"]["rows"]) == Decimal("81234.50")
    [received] = found["public_grants"]["rows"]
    assert (received["payer_tax_code"], received["received_eur"]) == ("00293460014", "12500.4")
    assert "reaches the threshold" in text(packs["provider", "en"])


def test_made_again_elsewhere_and_later_it_is_the_same_to_the_byte(releases, tmp_path) -> None:
    for n, zone in enumerate(("Europe/Rome", "Pacific/Auckland")):
        home = tmp_path / f"house {n}"
        shutil.copytree(releases, home / "releases", symlinks=True)
        work = tmp_path / f"work{n}"
        work.mkdir()
        program = "from orchestration.cli import main; main()"
        command = [
            sys.executable,
            "-c",
            program,
            "--home",
            str(home),
            "pack",
            "grant",
            GRANT,
            "--out",
            "files",
        ]
        environment = os.environ | {"TZ": zone, "LANG": "C", "PYTHONHASHSEED": str(n)}
        subprocess.run(command, cwd=work, env=environment, check=True, capture_output=True, timeout=120)
    files = sorted(path.name for path in (tmp_path / "work0" / "files").iterdir())
    assert len(files) == 3
    for name in files:
        contents = {(tmp_path / f"work{n}" / "files" / name).read_bytes() for n in (0, 1)}
        assert len(contents) == 1, name


def test_a_page_may_have_the_release_open_with_settings_of_its_own(release, packs) -> None:
    with duckdb.connect(release.database, read_only=True, config={"threads": 1}) as c:
        c.execute("set enable_external_access = false")
        c.execute("set lock_configuration = true")
        assert made(release, "grant").files == packs["grant", "it"].files


def test_a_red_gate_refuses_with_the_failed_checks_by_name(releases, release, tmp_path) -> None:
    check = {"check_name": "landed.volume", "passed": False, "severity": "critical"}
    said = {
        "detail_it": "Il volume di ogni invio è vicino a quello solito",
        "detail_en": "Near the usual one",
    }
    warning = check | said | {"check_name": "landed.late", "severity": "warning"}
    run = {"green": False, "checks": [check | said, warning, check | said | {"passed": True}]}
    refused = make_pack(release, "grant", GRANT, lang="en", last_run=run)
    assert isinstance(refused, Refused)
    assert [(each.name, each.sentence) for each in refused.failed] == [
        ("landed.volume", "Near the usual one")
    ]

    red = changed(
        releases,
        tmp_path,
        """insert into quality.check_result by name select 'built' as gate, false as passed,
            'grants_add_up' as check_name, 'critical' as severity, 'Le voci danno il totale' as detail_it""",
    )
    refused = make_pack(red, "territory", TERRITORY, year=2025)
    assert isinstance(refused, Refused)
    assert [each.name for each in refused.failed] == ["grants_add_up"]


def test_numbers_that_do_not_hold_together_refuse_it(releases, tmp_path) -> None:
    more = "update marts.grant_cost_category set reported = reported + 0.01 where cost_category = 'STAFF'"
    refused = make_pack(changed(releases, tmp_path, more), "grant", GRANT)
    assert isinstance(refused, Refused)
    assert [each.name for each in refused.failed] == ["sums"]


def test_a_release_of_before_says_what_it_does_not_hold(releases, tmp_path) -> None:
    dropped = (f"drop table marts.{table}" for table in ("grant_cost_category", "dim_grant_target"))
    found = made(changed(releases, tmp_path, *dropped), "grant", "en")
    assert "This release does not hold the cost categories" in text(found)
    assert "This release does not hold the targets" in text(found)


def test_what_the_release_does_not_know_is_no_pack(release) -> None:
    assert make_pack(release, "grant", "rho:../../etc") is None
    assert make_pack(release, "territory", TERRITORY, year=1999) is None
    assert make_pack(release, "provider", "99999999999", year=2025) is None


def test_where_all_is_protected_the_pack_says_so(releases, tmp_path) -> None:
    hide = "update marts.indicator_value set mark = 'suppressed' where scope_type = 'instance'"
    found = made(changed(releases, tmp_path, hide), "territory")
    assert "protetti o mancano" in found.document.finding
    assert {row["persons_served_mark"] for row in tables(found)["people"]["rows"]} == {"suppressed"}


def test_texts_of_people_are_quoted_and_signed_and_change_no_figure(release, packs, tmp_path) -> None:
    file = narrative.file_of(tmp_path, "grant", GRANT, None)
    file.parent.mkdir()
    file.write_text(
        "people:\n  text: |\n    Le persone sono arrivate dai servizi di prossimità.\n\n"
        "    #pagebreak() *Da luglio* di più.\n"
        "  author: Maria Rossi, presidente\n  date: 2026-11-12\n",
        encoding="utf-8",
    )
    told = made(release, "grant", texts=tmp_path)
    printed = text(told)
    assert "«Le persone sono arrivate dai servizi di prossimità." in printed
    # What somebody writes is text, whatever it means to the typesetter.
    assert "#pagebreak() *Da luglio* di più.»" in printed
    assert "— Maria Rossi, presidente, 12 novembre 2026" in printed
    before = packs["grant", "it"]
    assert {k: told.files[k] for k in ("xlsx", "json")} == {k: before.files[k] for k in ("xlsx", "json")}
    assert told.files["pdf"] != before.files["pdf"]


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ("people: {text: a, author: b}\n", ".yaml:1:1, people", "date"),
        ("people: {text: a, author: ' ', date: 2026-01-01}\n", ", people.author", "serve un testo"),
        ("people: {text: a, author: b, date: ieri}\n", ":1:36, people.date", "serve una data"),
        ("money: {text: a, author: b, date: 2026-01-01}\n", ", money", "si conosce overview, costs"),
        ("people: [\n", ":2:1", "non è YAML"),
    ],
)
def test_a_text_that_cannot_be_used_says_where_and_why(content, place, said, release, tmp_path) -> None:
    file = narrative.file_of(tmp_path, "grant", GRANT, None)
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8")
    with pytest.raises(NarrativeError) as raised:
        make_pack(release, "grant", GRANT, texts=tmp_path)
    assert place in str(raised.value) and said in str(raised.value)


@pytest.mark.parametrize(
    ("subject", "year", "name"),
    [
        ("rho:GR-5", None, "rho.GR-5"),
        ("rho:a/../b", None, "rho.a%2F..%2Fb"),
        ("../x", 2025, "_..%2Fx-2025"),
        ("rho.GR-5", None, "rho.GR-5"),
        ("rho", 2025, "rho-2025"),
    ],
)
def test_no_name_of_a_file_leads_out_of_its_folder(subject, year, name) -> None:
    assert narrative.stem(subject, year) == name


def test_a_title_is_text_whatever_it_says(releases, tmp_path) -> None:
    title = '=HYPERLINK("x") #set page(paper: "a8") \\u{41} Wrocław Ωμέγα 家 \U0001f600'
    said = f"update marts.dim_grant set title = {literal(title)} where grant_key = {literal(GRANT)}"
    found = made(changed(releases, tmp_path, said), "grant")
    # A character that no face has is a box on paper, and itself in the data.
    assert '=HYPERLINK("x") #set page(paper: "a8") \\u{41} Wrocław Ωμέγα □ □' in text(found)
    assert json.loads(found.files["json"])["title"] == title
    cell = openpyxl.load_workbook(io.BytesIO(found.files["xlsx"])).worksheets[0]["A1"]
    assert (cell.value, cell.data_type) == (title, "s")


def test_the_faces_of_the_typesetter_are_those_of_the_pages() -> None:
    for packed in sorted((ASSETS / "fonts").glob("*.woff2")):
        script = "latin-ext" if "latin-ext" in packed.name else "latin"
        unpacked = ASSETS / "fonts" / "truetype" / script / f"{packed.stem}.ttf"
        ours, theirs = TTFont(unpacked), TTFont(packed)
        assert ours.getGlyphOrder() == theirs.getGlyphOrder()
        for table in ("cmap", "hmtx", "name"):
            assert ours.getTableData(table) == theirs.getTableData(table), (packed.name, table)


def test_an_open_year_says_that_it_is_open(release) -> None:
    found = make_pack(release, "territory", TERRITORY, year=2026)
    assert isinstance(found, Pack)
    assert "Il 2026 non è ancora completo: i dati arrivano al 30 settembre 2026" in text(found)
    assert found.document.data_to == date(2026, 9, 30)
