"""A page of the site before it is written: its parts arrive one by one, the page with its files leaves.

The parts are those of every other page of the product; here they get an address, and every table and figure
its files.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from markupsafe import Markup

from core.presentation.rendering import macro
from dashboards import numerals
from dashboards.figures import Indicator
from dashboards.numerals import Lang
from dashboards.parts import download, prose
from dashboards.parts.bars import Bar, bars
from dashboards.parts.card import Card, cards
from dashboards.parts.table import Column, Table, table_html, text_cell, twin
from dashboards.pictures.svg import Picture
from dashboards.site import addresses
from dashboards.site.published_release import PublishedFigure, PublishedRelease
from dashboards.words import Words

Scope = tuple[str, str]
# A spreadsheet of an Italian reader takes a comma for decimals and a semicolon between columns.
_FOR_SPREADSHEETS = "-excel"
_LINK = Markup('<a href="{}">{}</a>')


@dataclass(frozen=True)
class Publisher:
    """Who publishes the site: name in both languages, the address to write to, where the site is hosted."""

    name_it: str
    name_en: str
    email: str
    homepage: str
    site_url: str

    def name(self, lang: Lang) -> str:
        """Return the name in a language."""
        return self.name_it if lang == "it" else self.name_en


@dataclass
class Page:
    """One page in one language. `figures` go into its own CSV and JSON; `files` lie beside it, by name;
    `crumbs` are the pages above it, by path and title; `beside` is where its files lie, if not at its path;
    `id` tells it from another page of the same title."""

    path: str
    title: str
    question: str
    description: str
    words: Words
    published: PublishedRelease
    publisher: Publisher
    above: str = ""
    crumbs: Sequence[tuple[str, str]] = ()
    body: list[str] = field(default_factory=list)
    figures: list[PublishedFigure] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    feed: str = ""
    is_indexed: bool = True
    beside: str = ""
    id: str = ""

    @property
    def lang(self) -> Lang:
        """The language of the page."""
        return self.words.lang

    def add(self, *parts: str) -> None:
        """Add parts at the end."""
        self.body += [part for part in parts if part]

    def link(self, target: str, text: str) -> Markup:
        """Return a link from this page to a page or file of the site."""
        return _LINK.format(addresses.relative(self.path, target), text)

    def href(self, target: str) -> str:
        """Return the relative address of a page or file of the site."""
        return addresses.relative(self.path, target)

    def section(self, title: str, under: str = "") -> None:
        """Begin a section."""
        self.add(prose.section(title, under))

    def sentence(self, *texts: str) -> None:
        """Add the headline sentence."""
        if any(texts):
            self.add(prose.sentence(*texts))

    def paragraphs(self, key: str, **values: object) -> None:
        """Add `<key>.1`, `<key>.2` and so on as paragraphs."""
        n = 1
        while self.words.has(f"{key}.{n}"):
            self.paragraph(self.words(f"{key}.{n}", **values))
            n += 1

    def paragraph(self, *texts: str) -> None:
        """Add a paragraph: texts, or links with a point between them."""
        self.add(macro("prose", "paragraph")(texts[0] if len(texts) == 1 else joined(texts)))

    def bullets(self, lines: Iterable[str], *, ordered: bool = False) -> None:
        """Add a list of lines."""
        self.add(macro("prose", "bullets")(list(lines), ordered))

    def facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Add facts by their names; those without a text are left out."""
        shown = [(label, text) for label, text in pairs if text]
        if shown:
            self.add(macro("listing", "facts")(shown))

    def terms(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Add terms with what they mean, and the id of each."""
        self.add(macro("listing", "terms")(entries))

    def doors(self, entries: Sequence[tuple[str, str]]) -> None:
        """Add links to other pages, each with the question that the page answers."""
        self.add(macro("listing", "doors")(entries))

    def mail(self) -> None:
        """Add the address to write to."""
        self.paragraph(Markup('<a href="mailto:{0}">{0}</a>').format(self.publisher.email))

    def limits(self, *keys: str, more: Iterable[str] = ()) -> None:
        """Add the box of what is and is not in the data."""
        bullets = [line for key in keys for line in self.words.lines(f"{key}.limits")]
        self.add(prose.limits(self.words, [*bullets, *more]))

    def cards(self, items: Sequence[Card]) -> None:
        """Add a row of cards; where all are protected, the sentence that says so stands above."""
        if not items:
            return
        if all(card.figure.mark == "suppressed" for card in items):
            self.add(
                prose.notice(
                    "note", self.words("site.cards_protected"), self.words("page.all_protected.word")
                )
            )
        self.add(macro("prose", "spoken_heading")(self.words("site.cards")), cards(list(items), self.words))
        if self.figures:
            below = f"{self.beside or self.path}{addresses.FIGURES}/"
            self.paragraph(self.link(below, self.words("site.how")))

    def bars(
        self,
        title: str,
        under: str,
        item: Column,
        columns: Sequence[Column],
        rows: Sequence[Bar],
        hue: str,
        name: str,
        used: Sequence[Indicator] = (),
        codes: Sequence[str] = (),
        note: str = "",
    ) -> None:
        """Add a section with bars and their files; nothing without rows. `codes` name the rows in the files
        (one per row)."""
        if not rows:
            return
        self.section(title, under)
        if all(row.mark == "suppressed" for row in rows):
            self.paragraph(self.words("site.table_protected"))
        else:
            drawn = bars(title, item, columns, rows, hue, self.words)
            self.add(drawn, prose.caption(note) if note else "")
        marked = [
            [*([text_cell(code)] if codes else []), text_cell(row.label), *row.cells]
            for code, row in zip(codes or [""] * len(rows), rows, strict=True)
        ]
        heads = [*([Column("id", "id")] if codes else []), item, *columns]
        self.object(Table(title, heads, marked, self.words("table.empty")), name, used)

    def picture(
        self, title: str, under: str, drawn: Picture, table: Table, name: str, used: Sequence[Indicator] = ()
    ) -> None:
        """Add a section with a picture in two widths, its table folded under it, and the files of both."""
        self.section(title, under)
        self.add(drawn.html())
        self.add(twin(_without_ids(table), self.words))
        self.files[f"{name}.svg"] = drawn.file(self.source_line()).encode()
        self.object(table, name, used, has_picture=True)

    def table(
        self,
        title: str,
        under: str,
        table: Table,
        name: str,
        used: Sequence[Indicator] = (),
        cells: Sequence[Sequence[str]] = (),
    ) -> None:
        """Add a section with a table and its files. `cells` are the rows as ready HTML, where a name
        leads somewhere. A first column called id is for the files."""
        self.section(title, under)
        shown = _without_ids(table)
        self.add(
            linked_table(shown, cells, self.words) if cells else table_html(shown, self.words, titled=True)
        )
        self.object(table, name, used)

    def object(
        self, table: Table, name: str, used: Sequence[Indicator] = (), *, has_picture: bool = False
    ) -> None:
        """Write the files of a table beside the page and add the line that names them."""
        release = self.published.release
        plain = download.csv_bytes(table, release.release_id, release.simulated)
        self.files[f"{name}.csv"] = plain
        self.files[f"{name}{_FOR_SPREADSHEETS}.csv"] = for_spreadsheets(plain)
        self.files[f"{name}.json"] = download.json_bytes(
            table, release, self.published.data_ends, used, download.LICENCE
        )
        words = self.words
        forms = [
            (f"{name}.csv", words("site.file.csv")),
            (f"{name}{_FOR_SPREADSHEETS}.csv", words("site.file.spreadsheet")),
            (f"{name}.json", words("site.file.json")),
        ]
        if has_picture:
            forms.append((f"{name}.svg", words("site.file.svg")))
        place = addresses.relative(self.path, self.beside) if self.beside else ""
        links = [Markup('<a href="{}" download>{}</a>').format(place + file, text) for file, text in forms]
        told = words("site.files.of", title=table.caption)
        self.add(macro("listing", "files")(links, told, words("site.files"), name))

    def source_line(self) -> str:
        """Return the line that a picture takes along: publisher, release, licence, and whether the
        data are invented."""
        release = self.published.release
        told = f" {self.words('notice.simulated.word')}." if release.simulated else ""
        return (
            self.words("site.source", publisher=self.publisher.name(self.lang), release=release.release_id)
            + told
        )

    def card(self, figure: PublishedFigure | None) -> list[Card]:
        """Return the card of a figure of a year beside that of the year before, where both are made from the
        same territories; nothing where none was published."""
        if figure is None:
            return []
        indicator = self.indicator(figure)
        before = self.before(figure)
        earlier = (str(before.period_start.year), before) if before else None
        reason = "" if before else self.words("site.no_before")
        return [
            Card(
                indicator,
                figure,
                numerals.period(figure.period_type, figure.period_start, self.lang),
                self.provenance(figure),
                earlier,
                figure.is_partial,
                "",
                reason,
            )
        ]

    def indicator(self, figure: PublishedFigure) -> Indicator:
        """Return the indicator of a figure as it is called at the kind of its scope."""
        found = self.published.indicators[figure.indicator_id]
        return replace(found, scope_type=figure.scope_type)

    def before(self, figure: PublishedFigure) -> PublishedFigure | None:
        """Return the same figure a year before, where as many territories are in it, all that were expected;
        else None."""
        start = figure.period_start.replace(year=figure.period_start.year - 1)
        found = self.published.of(
            (figure.scope_type, figure.scope_id),
            figure.indicator_id,
            period_type=figure.period_type,
            period_start=start,
            area=figure.area,
        )
        if not found or figure.is_partial or found[0].is_partial:
            return None
        return found[0] if found[0].n_instances == figure.n_instances else None

    def provenance(self, figure: PublishedFigure) -> str:
        """Return the line that says from how many territories a figure comes and up to when."""
        words, parts = self.words, []
        if figure.n_instances_expected and figure.n_instances_expected > 1:
            counts = {
                "n": words.count(figure.n_instances or 0),
                "total": words.count(figure.n_instances_expected),
            }
            parts.append(words("provenance.network", **counts))
        if figure.period_type == "month":
            # The day stands with the figure: it is the end of the month, to which the data go and beyond.
            days = int(self.published.rule("calendar.month") or 0)
            parts.append(words("site.last_month", n=words.count(days)))
        elif figure.data_to:
            day = words(
                "reach.one", day=numerals.day(min(figure.data_to, self.published.release.as_of), self.lang)
            )
            parts.append(words("provenance.until", day=day))
        return " · ".join(parts)


def _without_ids(table: Table) -> Table:
    """Return a table as a page prints it: ids in front are for its files."""
    if table.columns[0].label != "id":
        return table
    return replace(table, columns=table.columns[1:], rows=[row[1:] for row in table.rows])


def linked_table(table: Table, cells: Sequence[Sequence[str]], words: Words) -> Markup:
    """Return a table whose cells are ready, with links where a name leads somewhere."""
    rows = [
        [
            {"shown": cell, "classes": "cdv-number" if column.numeric else ""}
            for cell, column in zip(row, table.columns, strict=True)
        ]
        for row in cells
    ]
    empty, span = table.when_empty or words("table.empty"), len(table.columns)
    return macro("table", "table")(table.caption, table.columns, rows, empty, span, titled=True)


def code(text: str) -> Markup:
    """Return a code or a formula as one."""
    return Markup("<code>{}</code>").format(text)


def joined(links: Iterable[str]) -> Markup:
    """Return links with a point between them."""
    return Markup(" · ").join(links)


def for_spreadsheets(plain: bytes) -> bytes:
    """Return a CSV as an Italian spreadsheet opens it: with a byte order mark, semicolons, decimal commas."""
    rows = csv.reader(io.StringIO(plain.decode("utf-8")))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([_with_comma(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _with_comma(value: str) -> str:
    whole, point, part = value.partition(".")
    is_number = bool(point) and whole.removeprefix("-").isdigit() and part.isdigit()
    return f"{whole},{part}" if is_number else value


_COLUMNS = (
    "indicator_id", "scope_type", "scope_id", "area", "period_type", "period_start", "period_end", "value",
    "numerator", "denominator", "mark", "unit", "n_instances", "n_instances_expected", "data_to",
)  # fmt: skip


def figure_records(page: Page) -> list[dict[str, object]]:
    """Return the figures of a page as they go into its files, codes the same in both languages."""
    return [
        {
            "indicator_id": f.indicator_id,
            "scope_type": f.scope_type,
            "scope_id": f.scope_id,
            "area": f.area,
            "period_type": f.period_type,
            "period_start": f.period_start.isoformat(),
            "period_end": f.period_end.isoformat(),
            "value": f.value,
            "numerator": None if f.numerator is None else f"{f.numerator.normalize():f}",
            "denominator": None if f.denominator is None else f"{f.denominator.normalize():f}",
            "mark": f.mark,
            "unit": page.published.indicators[f.indicator_id].unit,
            "n_instances": f.n_instances,
            "n_instances_expected": f.n_instances_expected,
            "data_to": f.data_to.isoformat() if f.data_to else None,
        }
        for f in page.figures
    ]


def figures_csv(page: Page, records: Sequence[Mapping[str, object]]) -> bytes:
    """Return the figures of a page as CSV, one row per figure, the release in the last column."""
    release, text = page.published.release, io.StringIO()
    beside = {"release_id": release.release_id}
    if release.simulated:
        beside["simulated_instances"] = release.simulated.told
    writer = csv.DictWriter(text, [*_COLUMNS, *beside], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**record, **beside} for record in records)
    return text.getvalue().encode()


def figures_json(page: Page, records: Sequence[Mapping[str, object]]) -> bytes:
    """Return the figures of a page as JSON, with the definition of each of their indicators."""
    release = page.published.release
    used = sorted({figure.indicator_id for figure in page.figures})
    document = {
        "title": page.title,
        "address": page.publisher.site_url + page.path,
        "release_id": release.release_id,
        "data_to": release.as_of.isoformat(),
        **({"simulated_instances": release.simulated.told} if release.simulated else {}),
        **download.LICENCE,
        "indicators": {
            i: {
                "name_it": page.published.indicators[i].name_it,
                "name_en": page.published.indicators[i].name_en,
                "unit": page.published.indicators[i].unit,
            }
            for i in used
        },
        "figures": records,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def day_of(value: date | None, lang: Lang) -> str:
    """Return a day as tables print it, or nothing."""
    return numerals.day_in_table(value, lang) if value else ""
