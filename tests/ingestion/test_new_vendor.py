"""A vendor who has the page, and nothing else, produces an export that is accepted.

What the vendor knows is read from the HTML alone: the columns of every entity with what stands under them,
and the descriptor printed on the page. Nothing of the contract's own code is asked.
"""

import csv
import hashlib
import html
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from ingestion.handbook.folder import write_handbook
from ingestion.loading.ingest import ingest

CHROMIUM = Path("/usr/bin/chromium")
ROW = re.compile(
    r'<tr id="[^"]+"><th scope="row"><code>([^<]+)</code><small>(.*?)</small></th><td>(.*?)</td></tr>',
    re.DOTALL,
)
# What is the same for every entity and for single ones is looked at once.
LOOKED_AT = ["header", "nav", "#steps", "#manifest", "#totals", "#person", "#versions"]
SEEN = "selector => [...document.querySelectorAll(selector)].some(found => found.checkVisibility())"
FORMS = {"integer": "3", "boolean": "false", "date": "2026-10-05", "datetime": "2026-10-05T10:00:00+02:00"}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page on its own, in a folder where nothing else stands."""
    folder = tmp_path_factory.mktemp("page")
    write_handbook(folder / "handbook")
    alone = folder / "index.html"
    (folder / "handbook" / "index.html").rename(alone)
    return alone


def columns_on(source):
    """Return {entity: (always listed, [(column, type, required, values, form, least, points to)])}."""
    found = {}
    for part in source.split('<section class="entity" id="')[1:]:
        columns = []
        for name, meta, said in ROW.findall(part):
            form = re.search(r"form</span> <code>(.*?)</code>", said)
            least = re.search(r"at least</span> <code>(.*?)</code>", said)
            points = re.search(r'→ <a href="#(\w+)"', said)
            columns.append(
                (
                    name,
                    meta.split("<")[0],
                    "required" in meta,
                    re.findall(r"<li><code>(\w+)</code>", said),
                    html.unescape(form[1]) if form else None,
                    least[1] if least else None,
                    points[1] if points else None,
                )
            )
        found[part.split('"')[0]] = ("always listed" in part, columns)
    return found


def eleven_digits(ten):
    """The eleventh digit as the page tells it."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(ten)]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return f"{ten}{-total % 10}"


def written_row(entity, columns, number):
    row = {}
    for name, kind, required, values, form, least, points in columns:
        if not required:
            row[name] = ""
        elif name == "record_id":
            row[name] = f"{entity}-{number}"
        elif points:
            row[name] = f"{points}-1"
        elif values:
            row[name] = "NONE" if "NONE" in values else values[0]
        elif form == "^[0-9]{6}$":
            row[name] = "015182"
        elif form:
            row[name] = eleven_digits(f"990000{number:04d}")
        elif kind.startswith("number"):
            row[name] = f"{Decimal(0):.{re.search('[0-9]', kind)[0]}f}"
        else:
            row[name] = least or FORMS.get(kind, "testo")
        assert not form or not row[name] or re.search(form, row[name])
    return row


def resource(folder, like, entity, columns, rows):
    path = folder / f"{entity}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [column[0] for column in columns], delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    numbers = [column[0] for column in columns if column[1].startswith("number")]
    return like | {
        "name": entity,
        "path": path.name,
        "bytes": path.stat().st_size,
        "hash": "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(),
        "rows": len(rows),
        "controlTotals": {name: str(sum(Decimal(row[name] or 0) for row in rows)) for name in numbers},
    }


@pytest.mark.parametrize("every_entity", [False, True])
def test_an_export_made_from_the_page_alone_is_accepted(page, home, tmp_path, every_entity):
    source = page.read_text(encoding="utf-8")
    printed = re.search(r'aria-label="datapackage.json"><code>(.*?)</code>', source, re.DOTALL)[1]
    descriptor = json.loads(html.unescape(printed))
    like = descriptor["resources"][0]
    export = tmp_path / "rho-2026-10-0001"
    export.mkdir()
    descriptor["name"] = export.name
    descriptor["welfare"] |= {"instance": "rho", "export_id": export.name}
    descriptor["resources"] = []
    conditions = {
        "application": {"person_id": "person-1"},
        "payment": {"person_id": "person-1"},
        "outcome_indicator": {"code": "AUTONOMIA"},
    }
    for entity, (always, columns) in columns_on(source).items():
        if not (always or every_entity):
            continue
        rows = [written_row(entity, columns, number) | conditions.get(entity, {}) for number in (1, 2)]
        descriptor["resources"].append(resource(export, like, entity, columns, rows))
    (export / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    (receipt,) = ingest(home, [export])
    assert (receipt.status, receipt.errors) == ("accepted", ())
    assert len(receipt.counts) == (22 if every_entity else 5)
    assert {count["loaded"] for count in receipt.counts.values()} == {2}


def test_the_rows_printed_under_every_entity_are_an_export_that_is_accepted(page, home, tmp_path):
    source = page.read_text(encoding="utf-8")
    descriptor = json.loads(
        html.unescape(re.search(r'aria-label="datapackage.json"><code>(.*?)</code>', source, re.DOTALL)[1])
    )
    like, export = descriptor["resources"][0], tmp_path / "rho-2026-10-0001"
    export.mkdir()
    descriptor["welfare"] |= {"instance": "rho", "export_id": export.name}
    descriptor["resources"] = []
    for entity, (_, columns) in columns_on(source).items():
        printed = re.search(rf'aria-label="{entity}.csv"><code>(.*?)</code>', source, re.DOTALL)[1]
        rows = list(csv.DictReader(html.unescape(printed).splitlines(), delimiter=";"))
        assert rows and list(rows[0]) == [column[0] for column in columns]
        descriptor["resources"].append(resource(export, like, entity, columns, rows))
    (export / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    (receipt,) = ingest(home, [export])
    assert (receipt.status, receipt.errors, len(receipt.counts)) == ("accepted", (), 22)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_the_page_fits_is_accessible_and_shows_one_language_when_asked(page, width, scheme):
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(page.as_uri())
        assert asked == [page.as_uri()]
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        assert tab.evaluate(SEEN, "main p.it") and tab.evaluate(SEEN, "main p.en")
        found = Axe().run(tab, context={"include": [[place] for place in LOOKED_AT]})
        assert [violation["id"] for violation in found.response["violations"]] == []
        for only, shown, hidden in (("#only-it", ".it", ".en"), ("#only-en", ".en", ".it")):
            tab.check(only)
            assert tab.evaluate(SEEN, f"main {shown}") and not tab.evaluate(SEEN, hidden)
        browser.close()
