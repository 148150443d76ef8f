"""S14 Figure: how a number is made. One page below each page with figures, one place in it per figure."""

from markupsafe import Markup

from core.presentation import formatting
from core.presentation.rendering import macro
from dashboards.components.mark import chip
from dashboards.figures import PARTS, Indicator
from dashboards.site import addresses
from dashboards.site.page import Page, code, link_to
from dashboards.site.published_release import PublishedFigure
from dashboards.site.site import Site


def page_of(site: Site, above: Page) -> Page | None:
    """Return the page of the figures of a page, or None where it has none. Figures by area of need
    are in its files."""
    told = [f for f in above.figures if f.area == "ALL" and f.period_type in ("year", "month")]
    if not told:
        return None
    messages = site.messages
    crumbs = (*above.crumbs[1:], (above.path, above.title)) if above.crumbs else ()
    title = messages("site.figures.of", name=above.title)
    page = site.page_at(f"{above.path}{addresses.FIGURES}/", "figures", title=title, crumbs=crumbs)
    page.is_indexed = False
    by_indicator: dict[str, list[PublishedFigure]] = {}
    for figure in told:
        by_indicator.setdefault(figure.indicator_id, []).append(figure)
    several = len({(f.scope_type, f.scope_id) for f in told}) > 1
    page.paragraph(page.link(above.path, above.title))
    first = told[0]
    period = formatting.period(first.period_type, first.period_start, site.lang)
    title = f"{page.indicator(first).name(messages)}, {period}"
    page.paragraph(messages("site.figures.cite", citation=page.citation(title, _place(first, several))))
    for figures in by_indicator.values():
        _indicator(site, page, figures, several)
    return page


def anchor(figure: PublishedFigure) -> str:
    """Return the name of a figure's place on its page: `persons_served.2025`."""
    start = figure.period_start
    period = {
        "year": f"{start.year}",
        "quarter": f"{start.year}-q{(start.month + 2) // 3}",
        "month": f"{start.year}-{start.month:02d}",
    }[figure.period_type]
    return f"{figure.indicator_id}.{period}"


def _indicator(site: Site, page: Page, figures: list[PublishedFigure], several: bool) -> None:
    messages, first = site.messages, figures[0]
    indicator = page.indicator(first)
    page.section(indicator.name(messages), indicator.definition(messages))
    page.paragraph(
        Markup("{}: {}").format(messages("made.formula"), code(indicator.formula)),
        page.link(site.indicator_path(indicator.indicator_id), messages("site.figures.more")),
    )
    heads = [
        "site.column.period",
        "column.value",
        "made.numerator",
        "made.denominator",
        "site.column.coverage",
    ]
    heads = [*(["column.territory"] if several else []), *heads, "column.data_to"]
    rows = [
        {
            "id": _place(figure, several),
            "cells": [
                *([_name(site, figure)] if several else []),
                *_cells(site, figure, indicator, _place(figure, several)),
            ],
        }
        for figure in figures
    ]
    page.add(macro("table", "anchored")(indicator.name(messages), [messages(key) for key in heads], rows))


def _place(figure: PublishedFigure, several: bool) -> str:
    return f"{figure.scope_id}.{anchor(figure)}" if several else anchor(figure)


def _name(site: Site, figure: PublishedFigure) -> str:
    territory = site.published.territories.get(figure.scope_id)
    return territory.name if territory else site.messages("site.whole_network")


def _cells(site: Site, figure: PublishedFigure, indicator: Indicator, place: str) -> list[str]:
    """The period of a figure, which leads to its own address, its value, what it is made of, how many
    territories are in it, and to when."""
    messages, lang = site.messages, site.lang
    period = formatting.period(figure.period_type, figure.period_start, lang)
    if figure.period_type == "month" and indicator.indicator_id in site.published.counted_to_a_day:
        period = messages("site.to_end_of", period=period)
    value = figure.text(indicator, messages) if figure.is_shown else chip(figure.mark, messages)
    parts = [figure.part_text(part, indicator, lang) for part in PARTS]
    coverage = ""
    if figure.n_instances_expected:
        counts = {"n": figure.n_instances or 0, "total": figure.n_instances_expected}
        coverage = messages("provenance.network", **{name: messages.count(n) for name, n in counts.items()})
    day = formatting.day_in_table(figure.data_to, lang) if figure.data_to else ""
    return [link_to(f"#{place}", period), value, *parts, coverage, day]
