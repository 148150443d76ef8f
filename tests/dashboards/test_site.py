"""The public site as files: every link leads somewhere, pages weigh little, files say what pages say and
pictures what their tables say; the same release gives the same bytes, and feeds tell only what changed.
"""

import csv
import io
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from decimal import Decimal
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest

from dashboards.figures import MARKS
from dashboards.i18n import Messages
from dashboards.site import writing
from dashboards.site.addresses import in_language
from dashboards.site.pages.data import WRITTEN_AFTER
from dashboards.site.writing import DEMONSTRATION, LANGUAGES, write_site
from tests.support.built_release import DATABASE
from tests.support.pages import Links, OpenSite, Site, broken_links
from tests.support.public_side import write_told
from tests.support.release import build_release
from tests.support.release_figures import FUNDERS, SMALL, TERRITORIES

# Links to others: the licence of the data. Who publishes is told in the data about a page.
LEADS_OUT = {"https://creativecommons.org/licenses/by/4.0/"}
LOADED = ("script", "img", "iframe", "source", "audio", "video", "object", "embed")
ATOM = "{http://www.w3.org/2005/Atom}"
MOST_BYTES = 200_000


def test_every_link_leads_to_a_file_and_to_a_place_in_it(open_site: OpenSite) -> None:
    for variant in ("ordinary", "bare"):
        assert not broken_links(open_site(variant), WRITTEN_AFTER), variant


def test_a_page_names_itself_its_language_and_its_other_language(open_site: OpenSite) -> None:
    site, titles = open_site(), {}
    known = {path for path, _ in site.pages()}
    for path, html in site.pages():
        links = Links(html)
        lang = path.partition("/")[0] or "it"
        assert links.tags[0] == ("html", {"lang": lang}), path
        assert links.headings.count(1) == 1 and links.headings[0] == 1, path
        steps = zip(links.headings, links.headings[1:], strict=False)
        assert all(after - before <= 1 for before, after in steps), (path, links.headings)
        assert not [each for each, n in links.ids.items() if n > 1], path
        named = {
            given["name"]: given["content"] for tag, given in links.tags if tag == "meta" and "name" in given
        }
        assert len(named["description"] or "") > 20, path
        title = re.search(r"<title>(.*?)</title>", html)
        assert title and title[1].endswith("Casa di Vetro"), path
        # Two awards may have one title; how figures are made is read from the page above.
        if path and "/interventi/" not in path and 'content="noindex"' not in html:
            titles.setdefault((lang, title[1]), []).append(path)
        own = DEMONSTRATION.site_url + (path or "it/")
        heads = [given for tag, given in links.tags if tag == "link"]
        assert [each["href"] for each in heads if each["rel"] == "canonical"] == [own], path
        alternates = {each["hreflang"]: each["href"] for each in heads if each.get("hreflang")}
        expected = {each: DEMONSTRATION.site_url + in_language(path or "it/", each) for each in LANGUAGES}
        assert alternates == expected | {"x-default": expected["it"]}, path
        for each in LANGUAGES:
            assert in_language(path or "it/", each) in known, path
        assert len(html.encode()) < MOST_BYTES, path
    twice = {title: paths for title, paths in titles.items() if len(paths) > 1}
    assert not twice, "two pages under one title cannot be told apart in a list of results"


def test_nothing_is_loaded_from_another_host_and_no_script_is_needed(open_site: OpenSite) -> None:
    for path, html in open_site().pages():
        links = Links(html)
        for tag, rel, reference in links.references:
            if urlsplit(reference).scheme not in ("http", "https"):
                continue
            assert tag not in LOADED, (path, reference)
            is_about = tag == "link" and rel in ("canonical", "alternate")
            assert is_about or (tag == "a" and reference in LEADS_OUT), (path, reference)
        scripts = [given for tag, given in links.tags if tag == "script"]
        if not path.endswith("/cerca/"):
            assert all(given.get("type") == "application/ld+json" for given in scripts), path
    for sheet in (open_site().folder / "assets").glob("*.css"):
        assert "http" not in sheet.read_text(encoding="utf-8")


def published_rows(site: Site, scope_type: str, scope_id: str) -> list[dict]:
    # Attached, not opened: a page of the same process may hold the file open with settings of its own.
    with duckdb.connect() as c:
        c.execute(f"attach '{site.folder / DATABASE}' as published (read_only)")
        found = c.execute(
            "select indicator_id, area, period_type, period_start, value, numerator, mark "
            "from published.publication.indicator_value "
            "where scope_type = ? and scope_id = ? and item = 'ALL'",
            [scope_type, scope_id],
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def number(text: object) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text))


@pytest.mark.parametrize(
    ("scope", "kind"), [(("instance", SMALL), "territori"), (("funder", next(iter(FUNDERS))), "finanziatori")]
)
def test_the_files_at_the_address_of_a_page_hold_the_rows_of_the_release(
    open_site: OpenSite, scope: tuple[str, str], kind: str
) -> None:
    site = open_site()
    name = TERRITORIES[scope[1]][1] if kind == "territori" else scope[1]
    beside = site.folder / site.of(kind, name).rstrip("/")
    rows = {
        (r["indicator_id"], r["area"], r["period_type"], r["period_start"].isoformat()): r
        for r in published_rows(site, *scope)
    }
    plain = list(csv.DictReader(io.StringIO(beside.with_name(f"{beside.name}.csv").read_text("utf-8"))))
    document = json.loads(beside.with_name(f"{beside.name}.json").read_bytes())
    assert document["licence"] and document["release_id"] == plain[0]["release_id"]
    for records in (plain, document["figures"]):
        assert len(records) == len(rows) > 10
        for record in records:
            key = tuple(record[k] for k in ("indicator_id", "area", "period_type", "period_start"))
            row = rows[key]
            assert record["mark"] == row["mark"]
            if row["mark"] in ("value", "zero"):
                assert float(record["value"]) == row["value"]
                assert number(record["numerator"]) == row["numerator"]
            else:
                assert {number(record[k]) for k in ("value", "numerator", "denominator")} == {None}
    assert any(row["mark"] == "suppressed" for row in rows.values()) == (kind == "territori")


def test_codes_in_files_are_the_same_in_both_languages(open_site: OpenSite) -> None:
    site = open_site()
    for path in ("territori", "qualita"):
        for file in sorted((site.folder / "it" / path).parent.glob(f"{path}/**/*.json")):
            other = site.folder / "en" / file.relative_to(site.folder / "it")
            if not other.is_file():
                # Files about people, waits and results are named in the language of their page.
                continue
            told, english = json.loads(file.read_bytes()), json.loads(other.read_bytes())
            for rows in ("figures", "rows"):
                assert told.get(rows) and rows in english if rows in told else True
                pairs = zip(told.get(rows, []), english.get(rows, []), strict=True)
                assert all(mine.keys() == theirs.keys() for mine, theirs in pairs), file


def test_a_file_for_spreadsheets_holds_the_same_cells_in_italian(open_site: OpenSite) -> None:
    """Commas, the words of the page as heads, marks in words; codes stand in the plain file."""
    found = sorted(open_site().folder.glob("it/**/*-excel.csv"))
    assert len(found) > 30
    assert not list(open_site().folder.glob("en/**/*-excel.csv"))
    words = {mark: Messages("it")(f"mark.{mark}") for mark in MARKS if mark != "zero"}
    for file in found:
        raw = file.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf"), file
        heads, *with_commas = csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";")
        plain = file.with_name(file.name.replace("-excel.csv", ".csv")).read_text(encoding="utf-8")
        codes, *cells = csv.reader(io.StringIO(plain))
        assert len(heads) == len(codes) and heads[codes.index("release_id")] == "Rilascio", file
        for n, code in enumerate(codes):
            if code.endswith("_mark"):
                assert heads[n] == f"{heads[n - 1]}: segno", file
            for row, shown in zip(cells, with_commas, strict=True):
                is_mark = code.endswith("_mark")
                as_comma = re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", row[n])
                assert shown[n] == (words.get(row[n], row[n]) if is_mark else as_comma), file


def test_every_table_says_how_to_cite_it(open_site: OpenSite) -> None:
    site, n = open_site(), 0
    for path, html in site.pages():
        for place in re.findall(r'<p class="cdv-files" id="([^"]+)"', html):
            n += 1
            cited = re.search(
                rf'id="{re.escape(place)}".*?<details class="cdv-cite">(.*?)</details>', html, re.S
            )
            assert cited, (path, place)
            for told in (
                "20261103-0210-a1b2c3",
                "CC BY 4.0",
                f"{DEMONSTRATION.site_url}{path or 'it/'}#{place}",
            ):
                assert told in unescape(cited[1]), (path, place, told)
    assert n > 60


def labels(svg: str) -> list[str]:
    """The texts of a picture, without its title and description."""
    root = ElementTree.fromstring(svg)
    return ["".join(each.itertext()).strip() for each in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_picture_says_the_numbers_of_its_table(open_site: OpenSite) -> None:
    """Of dots, every row of the table; of a line, its last point."""
    site, n = open_site(), 0
    for file in sorted(site.folder.glob("it/**/*.svg")):
        svg = file.read_text(encoding="utf-8")
        if "assets" in file.parts:
            continue
        n += 1
        root = ElementTree.fromstring(svg)
        for tag in ("title", "desc", "metadata"):
            told = root.find(f"{{http://www.w3.org/2000/svg}}{tag}")
            assert told is not None and "".join(told.itertext()).strip(), (file, tag)
        assert "20261103-0210-a1b2c3" in svg and "CC BY" in svg, file
        html = (file.parent / "index.html").read_text(encoding="utf-8")
        twin = re.search(
            r'<details class="cdv-twin"[^>]*>(?:(?!</details>).)*</details>'
            rf"(?=(?:(?!<details).)*{re.escape(file.name)})",
            html,
            flags=re.DOTALL,
        )
        assert twin, file
        shown = texts_of_rows(twin[0])
        seen = labels(svg)
        if not re.search(r"\b\d{4}$", shown[0][0]):
            for name, value in shown:
                assert name in seen and value in seen, (file, name, value)
        else:
            assert any(shown[-1][1] in each for each in seen), (file, shown[-1], seen)
    assert n > 15


def texts_of_rows(table: str) -> list[list[str]]:
    body = table[table.index("<tbody>") :]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, flags=re.DOTALL)
    spoken = re.compile(r'<span class="cdv-sr">.*?</span>')
    return [
        [
            re.sub(r"<[^>]+>", "", spoken.sub("", cell)).strip().replace("&#39;", "'")
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL)
        ]
        for row in rows
    ]


def test_every_page_and_every_file_says_that_its_data_are_invented(open_site: OpenSite) -> None:
    first = next(iter(TERRITORIES))
    for variant, told in (("simulated", "ALL"), ("mixed", first)):
        site = open_site(variant)
        for path, html in site.pages():
            messages = Messages("en" if path.startswith("en/") else "it")
            assert f"{messages('notice.simulated.word')}." in html, path
        files = [
            *site.folder.glob("??/**/*.csv"), *site.folder.glob("??/**/*.json"), *site.folder.glob("??.csv"),
            *site.folder.glob("??.json"),
        ]  # fmt: skip
        assert len(files) > 100
        for file in files:
            if file.suffix == ".json":
                assert json.loads(file.read_bytes())["simulated_instances"] == told, file
            else:
                separator = ";" if "-excel" in file.name else ","
                name = Messages("it")("file.simulated") if "-excel" in file.name else "simulated_instances"
                head, *rows = csv.reader(io.StringIO(file.read_text("utf-8-sig")), delimiter=separator)
                assert name in head, file
                assert all(row[head.index(name)] == told for row in rows), file
        for file in site.folder.glob("it/**/*.svg"):
            assert Messages("it")("notice.simulated.word") in file.read_text(encoding="utf-8"), file
    for path, html in open_site().pages():
        assert Messages("it")("notice.simulated.word") not in html, path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


def test_the_same_release_gives_the_same_bytes(open_site: OpenSite, tmp_path: Path) -> None:
    site = open_site("tiny")
    again = tmp_path / "public"
    again.mkdir()
    for name in (DATABASE, "tables.json", "changes.json", "attack.json"):
        shutil.copyfile(site.folder / name, again / name)
    shutil.copytree(site.folder / "data", again / "data")
    write_site(again)
    before, after = contents(site.folder), contents(again)
    assert before.keys() == after.keys()
    assert not [name for name in before if before[name] != after[name]]


def test_a_release_writes_anew_only_the_pages_that_say_something_else(
    open_site: OpenSite, tmp_path: Path
) -> None:
    """A page that says the same keeps its files and the id of the release in which it last changed."""
    before = open_site().folder
    later = build_release(tmp_path / "same", release_id="20261110-0210-d4e5f6") / "public"
    write_told(later, "20261110-0210-d4e5f6", before="20261103-0210-a1b2c3", added={})
    write_site(later, before)
    about = {f"{lang}/{page}/" for lang in LANGUAGES for page in ("dati", "cambiamenti")}
    assert _anew(later) == about
    rho = "it/territori/015182-rho/index.html"
    assert (later / rho).samefile(before / rho)
    assert (later / "pagefind" / "pagefind.js").samefile(before / "pagefind" / "pagefind.js")

    changed = build_release(tmp_path / "changed", release_id="20261117-0210-a7b8c9") / "public"
    write_told(changed, "20261117-0210-a7b8c9", before="20261110-0210-d4e5f6", added={"instance:rho": 1})
    with duckdb.connect(str(changed / DATABASE)) as c:
        c.execute("""update publication.indicator_value set numerator = numerator + 1
            where scope_type = 'instance' and scope_id = 'rho' and indicator_id = 'deliveries'""")
    write_site(changed, later)
    written = _anew(changed) - about
    assert {"it/territori/015182-rho/", "en/territori/015182-rho/"} <= written
    assert not [page for page in written if "territori" in page and "rho" not in page]
    assert not [page for page in written if "/finanziatori/" in page or "/interventi/" in page]
    html = (changed / rho).read_text(encoding="utf-8")
    assert "20261117-0210-a7b8c9" in html and "20261103" not in html
    # Nothing of the release before was touched.
    assert "20261103-0210-a1b2c3" in (before / rho).read_text(encoding="utf-8")


def _anew(public: Path) -> set[str]:
    """The paths of the pages whose files are not those of another release."""
    pages = [path for path in public.rglob("index.html") if path.stat().st_nlink == 1]
    return {f"{path.parent.relative_to(public).as_posix()}/" for path in pages}


def test_two_processes_write_what_one_writes(
    open_site: OpenSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "SCOPES_FOR_TWO", 1)
    again = build_release(tmp_path, variant="tiny") / "public"
    write_site(again)
    one, two = contents(open_site("tiny").folder), contents(again)
    assert one.keys() == two.keys()
    assert not [name for name in one if one[name] != two[name] and not name.endswith(".duckdb")]


def entries(folder: Path, feed: str) -> list[str]:
    """The titles of the entries of a feed, which has what RFC 4287 asks of it."""
    root = ElementTree.parse(folder / "feed" / feed).getroot()
    assert root.tag == f"{ATOM}feed"
    found = root.findall(f"{ATOM}entry")
    for each in (root, *found):
        for name in ("id", "title", "updated"):
            assert len(each.findall(f"{ATOM}{name}")) == 1 and each.findtext(f"{ATOM}{name}"), (feed, name)
        assert urlsplit(each.findtext(f"{ATOM}id") or "").scheme == "https"
        moment = each.findtext(f"{ATOM}updated") or ""
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment), (feed, moment)
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    rels = {each.get("rel"): each.get("href") for each in root.findall(f"{ATOM}link")}
    assert rels["self"] == f"{DEMONSTRATION.site_url}feed/{feed}"
    ids = [each.findtext(f"{ATOM}id") for each in found]
    assert len(ids) == len(set(ids))
    return [each.findtext(f"{ATOM}title") or "" for each in found]


def test_a_feed_gains_an_entry_only_where_a_figure_of_its_subject_changed(
    open_site: OpenSite, tmp_path: Path
) -> None:
    before = open_site().folder
    funder = next(iter(FUNDERS))
    for feed in ("it.xml", "en.xml", "territori/rho.it.xml", f"finanziatori/{funder}.en.xml"):
        assert len(entries(before, feed)) == 1, feed
    public = build_release(tmp_path, release_id="second") / "public"
    write_told(
        public, "second", before="20261103-0210-a1b2c3", added={"instance:rho": 3, f"funder:{funder}": 1}
    )
    write_site(public, before)
    for feed in ("it.xml", "en.xml", "territori/rho.it.xml", f"finanziatori/{funder}.en.xml"):
        assert [title.endswith("second") for title in entries(public, feed)] == [True, False], feed
    assert contents(public / "feed" / "territori").keys() == contents(before / "feed" / "territori").keys()
    for feed in ("territori/lecce.it.xml", f"finanziatori/{list(FUNDERS)[1]}.it.xml"):
        assert len(entries(public, feed)) == 1, feed
        assert (public / "feed" / feed).read_bytes() == (before / "feed" / feed).read_bytes(), feed


def test_the_map_of_the_site_lists_every_page_that_is_to_be_found(open_site: OpenSite) -> None:
    site = open_site()
    listed = re.findall(r"<loc>(.*?)</loc>", (site.folder / "sitemap.xml").read_text(encoding="utf-8"))
    paths = {each.removeprefix(DEMONSTRATION.site_url) for each in listed}
    assert len(paths) == len(listed) > 100
    hidden = 'name="robots" content="noindex"'
    assert paths == {path for path, html in site.pages() if path and hidden not in html}
    assert "Disallow: /" not in (site.folder / "robots.txt").read_text(encoding="utf-8")


def test_an_address_without_a_page_is_told_in_both_languages(open_site: OpenSite) -> None:
    html = (open_site().folder / "404.html").read_text(encoding="utf-8")
    for lang in LANGUAGES:
        assert Messages(lang)("site.not_found.title") in html
        assert f'href="/{lang}/"' in html and f'href="/{lang}/cerca/"' in html
    assert 'href="/assets/' in html and 'content="noindex"' in html


def descriptions(html: str) -> Iterable[dict]:
    for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html):
        yield json.loads(text)


def test_a_page_with_figures_is_described_as_a_dataset_whose_files_are_there(open_site: OpenSite) -> None:
    site, n = open_site(), 0
    for path, html in site.pages():
        for told in descriptions(html):
            n += 1
            assert told["@type"] == "Dataset" and told["license"] and told["temporalCoverage"], path
            for each in told["distribution"]:
                file = each["contentUrl"].removeprefix(DEMONSTRATION.site_url)
                assert (site.folder / file).is_file(), (path, file)
    assert n > 30
