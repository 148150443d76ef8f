"""S14 Figure: how a number is made. One page below each page with figures, one place in it per figure."""

from decimal import Decimal

from markupsafe import Markup

from core.presentation.rendering import macro
from dashboards import numerals
from dashboards.figures import Indicator
from dashboards.parts.mark import chip
from dashboards.site import addresses
from dashboards.site.page import Page, code
from dashboards.site.published_release import PublishedFigure
from dashboards.site.site import Site


def page_of(site: Site, above: Page) -> Page | None:
    """Return the page of the figures of a page, or None where it has none. Figures by area of need
    are in its files."""
    told = [f for f in above.figures if f.area == "ALL" and f.period_type in ("year", "month")]
    if not told:
        return None
    words = site.words
    parts = (*above.path.strip("/").split("/")[1:], addresses.FIGURES)
    crumbs = (*above.crumbs[1:], (above.path, above.title)) if len(parts) > 1 else ()
    page = site.page("figures", *parts, title=words("site.figures.of", name=above.title), crumbs=crumbs)
    page.is_indexed = False
    by_indicator: dict[str, list[PublishedFigure]] = {}
    for figure in told:
        by_indicator.setdefault(figure.indicator_id, []).append(figure)
    several = len({(f.scope_type, f.scope_id) for f in told}) > 1
    page.paragraph(page.link(above.path, above.title))
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
    words, first = site.words, figures[0]
    indicator = page.indicator(first)
    page.section(indicator.name(words), indicator.definition(words))
    page.paragraph(
        Markup("{}: {}").format(words("made.formula"), code(indicator.formula)),
        page.link(site.indicator_path(indicator.indicator_id), words("site.figures.more")),
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
            "id": anchor(figure) if not several else f"{figure.scope_id}.{anchor(figure)}",
            "cells": [*([_name(site, figure)] if several else []), *_cells(site, figure, indicator)],
        }
        for figure in figures
    ]
    page.add(macro("table", "anchored")(indicator.name(words), [words(key) for key in heads], rows))


def _name(site: Site, figure: PublishedFigure) -> str:
    territory = site.published.territories.get(figure.scope_id)
    return territory.name if territory else site.words("site.whole_network")


def _cells(site: Site, figure: PublishedFigure, indicator: Indicator) -> list[str]:
    """The period of a figure, its value, what it is made of, how many territories are in it, and to when."""
    words, lang = site.words, site.lang
    period = numerals.period(figure.period_type, figure.period_start, lang)
    if figure.period_type == "month" and indicator.indicator_id in site.published.counted_to_a_day:
        period = words("site.to_end_of", period=period)
    value = figure.text(indicator, words) if figure.is_shown else chip(figure.mark, words)
    parts = [
        _written(number, indicator, part, site)
        for part, number in (("numerator", figure.numerator), ("denominator", figure.denominator))
    ]
    coverage = ""
    if figure.n_instances_expected:
        counts = {"n": figure.n_instances or 0, "total": figure.n_instances_expected}
        coverage = words("provenance.network", **{name: words.count(n) for name, n in counts.items()})
    day = numerals.day_in_table(figure.data_to, lang) if figure.data_to else ""
    return [period, value, *parts, coverage, day]


def _written(value: Decimal | None, indicator: Indicator, part: str, site: Site) -> str:
    # A rate per thousand is kept with its numerator times a thousand, which would pass for people.
    if value is None or (indicator.unit == "per 1000 residents" and part == "numerator"):
        return ""
    if indicator.unit.startswith("EUR") and (part == "numerator" or indicator.unit == "EUR"):
        return numerals.euro(value, site.lang, cents=True)
    return numerals.number(value, site.lang, 0 if value == value.to_integral_value() else 2)
