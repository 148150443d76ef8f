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

from markupsafe import Markup, escape

from core.presentation import formatting
from core.presentation.formatting import Lang
from core.presentation.rendering import macro
from dashboards.components import download, prose
from dashboards.components.bars import Bar, bars
from dashboards.components.card import Badge, Card, cards
from dashboards.components.table import Column, Table, table_html, text_cell, twin
from dashboards.figures import Indicator
from dashboards.i18n import Messages
from dashboards.pictures.svg import Picture
from dashboards.quality_scores import badge
from dashboards.site import addresses
from dashboards.site.published_release import PublishedFigure, PublishedRelease

# A spreadsheet of an Italian reader takes a comma for decimals and a semicolon between columns.
_FOR_SPREADSHEETS = "-excel"


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
    """One page in one language.

    `figures` go into its own CSV and JSON; `files` lie beside it, by name; `crumbs` are the pages above
    it, by path and title; `beside` is where its files lie, if not at its path; `id` tells it from another
    page of the same title, as does `place`, the name of its territory; `keywords` are words that the search
    finds it by; `is_about_release`: it tells of the release itself; `tables` are those shown, with the name
    of their files and their indicators, of which `has_workbook` makes one spreadsheet.
    """

    path: str
    title: str
    question: str
    description: str
    messages: Messages
    published: PublishedRelease
    publisher: Publisher
    above: str = ""
    crumbs: Sequence[tuple[str, str]] = ()
    body: list[str] = field(default_factory=list)
    figures: list[PublishedFigure] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    feed: str = ""
    is_indexed: bool = True
    is_about_release: bool = False
    has_workbook: bool = False
    tables: list[tuple[str, Table, Sequence[Indicator]]] = field(default_factory=list)
    beside: str = ""
    id: str = ""
    place: str = ""
    keywords: str = ""

    @property
    def lang(self) -> Lang:
        """The language of the page."""
        return self.messages.lang

    def add(self, *parts: str) -> None:
        """Add parts at the end."""
        self.body += [part for part in parts if part]

    def link(self, target: str, text: str) -> Markup:
        """Return a link from this page to a page or file of the site."""
        return link_to(addresses.relative(self.path, target), text)

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
        while self.messages.has(f"{key}.{n}"):
            self.paragraph(self.messages(f"{key}.{n}", **values))
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
        bullets = [line for key in keys for line in self.messages.lines(f"{key}.limits")]
        self.add(prose.limits(self.messages, [*bullets, *more]))

    def cards(self, items: Sequence[Card]) -> None:
        """Add a row of cards; where all are protected, the sentence that says so stands above."""
        if not items:
            return
        if all(card.figure.mark == "suppressed" for card in items):
            self.add(
                prose.notice(
                    "note", self.messages("site.cards_protected"), self.messages("page.all_protected.word")
                )
            )
        self.add(
            macro("prose", "spoken_heading")(self.messages("site.cards")), cards(list(items), self.messages)
        )
        if any(card.figure.mark == "suppressed" for card in items):
            self._protected_may_be_large()
        if self.figures:
            below = f"{self.beside or self.path}{addresses.FIGURES}/"
            self.paragraph(self.link(below, self.messages("site.how")))

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
            self.paragraph(self.messages("site.table_protected"))
        else:
            drawn = bars(title, item, columns, rows, hue, self.messages)
            self.add(drawn, prose.caption(note) if note else "")
            if any(cell.mark == "suppressed" for row in rows for cell in row.cells):
                self._protected_may_be_large()
        marked = [
            [*([text_cell(code)] if codes else []), text_cell(row.label), *row.cells]
            for code, row in zip(codes or [""] * len(rows), rows, strict=True)
        ]
        heads = [*([Column("id", "id")] if codes else []), item, *columns]
        self.object(Table(title, heads, marked, self.messages("table.empty")), name, used)

    def _protected_may_be_large(self) -> None:
        """Say once on a page why a large number may be hidden."""
        told = prose.caption(self.messages("site.protected_large"))
        if told not in self.body:
            self.add(told)

    def picture(
        self, title: str, under: str, drawn: Picture, table: Table, name: str, used: Sequence[Indicator] = ()
    ) -> None:
        """Add a section with a picture in two widths, its table folded under it, and the files of both."""
        self.section(title, under)
        self.add(drawn.html())
        self.add(twin(_without_ids(table), self.messages))
        self.files[f"{name}.svg"] = drawn.file(self.source_line(), under).encode()
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
            linked_table(shown, cells, self.messages)
            if cells
            else table_html(shown, self.messages, titled=True)
        )
        self.object(table, name, used)

    def object(
        self, table: Table, name: str, used: Sequence[Indicator] = (), *, has_picture: bool = False
    ) -> None:
        """Write the files of a table beside the page and add the line that names them."""
        release, messages = self.published.release, self.messages
        self.tables.append((name, table, used))
        citation = self.citation(table.caption, name)
        self.files[f"{name}.csv"] = download.csv_bytes(table, release.release_id, release.simulated)
        self.files[f"{name}.json"] = download.json_bytes(
            table, release, self.published.data_ends, used, {**download.LICENCE, "cite": citation}
        )
        forms = [(".csv", messages("site.file.csv")), (".json", messages("site.file.json"))]
        if self.lang == "it":
            # Its labels are Italian, and so is the spreadsheet that takes commas and semicolons.
            self.files[f"{name}{_FOR_SPREADSHEETS}.csv"] = download.italian_csv_bytes(
                table, release.release_id, release.simulated, messages
            )
            forms.insert(1, (f"{_FOR_SPREADSHEETS}.csv", messages("site.file.spreadsheet")))
        if has_picture:
            forms.append((".svg", messages("site.file.svg")))
        place = addresses.relative(self.path, self.beside) if self.beside else ""
        links = [link_to(f"{place}{name}{ending}", text, " download") for ending, text in forms]
        told = messages("site.files.of", title=table.caption)
        self.add(
            macro("listing", "files")(
                links, told, messages("site.files"), name, messages("site.cite"), citation
            )
        )

    def citation(self, title: str, place: str = "") -> str:
        """Return how to cite the page, or what stands at a place of it, with release, address and licence."""
        release, base = self.published.release, self.publisher.site_url
        told = f" {self.messages('notice.simulated.word')}." if release.simulated else ""
        return (
            self.messages(
                "site.citation",
                publisher=self.publisher.name(self.lang),
                title=title,
                page=self.title,
                release=release.release_id,
                address=f"{base}{self.beside or self.path}{f'#{place}' if place else ''}",
            )
            + told
        )

    def source_line(self) -> str:
        """Return the line that a picture takes along: publisher, release, licence, and whether the
        data are invented."""
        release = self.published.release
        told = f" {self.messages('notice.simulated.word')}." if release.simulated else ""
        return (
            self.messages("site.source", publisher=self.publisher.name(self.lang), release=release.release_id)
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
        reason = "" if before else self.messages("site.no_before")
        return [
            Card(
                indicator,
                figure,
                formatting.period(figure.period_type, figure.period_start, self.lang),
                self.provenance(figure),
                earlier,
                figure.is_partial,
                "",
                reason,
                quality=self.quality(figure),
            )
        ]

    def quality(self, figure: PublishedFigure) -> Badge | None:
        """Return the badge of the source of a territory's figure, which leads to the page about quality; None
        for a figure of several territories, and without a published score."""
        if figure.scope_type != "instance":
            return None
        scores = self.published.scores_by_month(figure.scope_id)
        address = self.href(addresses.path(self.lang, addresses.QUALITY))
        return badge(scores, figure.period_type, figure.period_start, self.messages, address)

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
        messages, parts = self.messages, []
        if figure.n_instances_expected and figure.n_instances_expected > 1:
            counts = {
                "n": messages.count(figure.n_instances or 0),
                "total": messages.count(figure.n_instances_expected),
            }
            parts.append(messages("provenance.network", **counts))
        if figure.period_type == "month":
            # The day stands with the figure: it is the end of the month, to which the data go and beyond.
            days = int(self.published.rule("calendar.month") or 0)
            day = formatting.day(self.published.release.as_of, self.lang)
            parts.append(messages("site.last_month", n=messages.count(days), day=day))
        elif figure.data_to:
            day = messages(
                "reach.one", day=formatting.day(min(figure.data_to, self.published.release.as_of), self.lang)
            )
            parts.append(messages("provenance.until", day=day))
        return " · ".join(parts)


def _without_ids(table: Table) -> Table:
    """Return a table as a page prints it: ids in front are for its files."""
    if table.columns[0].label != "id":
        return table
    return replace(table, columns=table.columns[1:], rows=[row[1:] for row in table.rows])


def linked_table(table: Table, cells: Sequence[Sequence[str]], messages: Messages) -> Markup:
    """Return a table whose cells are ready, with links where a name leads somewhere."""
    rows = [
        [
            {"shown": cell, "classes": "cdv-number" if column.numeric else ""}
            for cell, column in zip(row, table.columns, strict=True)
        ]
        for row in cells
    ]
    empty, span = table.when_empty or messages("table.empty"), len(table.columns)
    return macro("table", "table")(table.caption, table.columns, rows, empty, span, titled=True)


def link_to(address: str, text: str, attributes: str = "") -> Markup:
    """Return a link; `attributes` stand in its tag as they are."""
    # Not Markup.format, which takes three times as long: a page has hundreds of links.
    return Markup(f'<a href="{escape(address)}"{attributes}>{escape(text)}</a>')


def code(text: str) -> Markup:
    """Return a code or a formula as one."""
    return Markup("<code>{}</code>").format(text)


def joined(links: Iterable[str]) -> Markup:
    """Return links with a point between them."""
    return Markup(" · ").join(links)


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
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*_COLUMNS, *beside])
    last = tuple(beside.values())
    writer.writerows((*record.values(), *last) for record in records)
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
    return formatting.day_in_table(value, lang) if value else ""
