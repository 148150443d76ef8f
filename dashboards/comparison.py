"""Territories side by side: an indicator and a year arrive, the rows of the picture, its table and its
words leave.

Territories stand by name or by how many people they serve, never by merit. What goes beyond chance is not
said here:
no table carries an expected value yet.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboards import compose, data
from dashboards.figures import Figure, Indicator
from dashboards.parts import prose
from dashboards.parts.table import Column, Table, figure_cell, text_cell
from dashboards.tokens import tokens
from dashboards.view import View

# Only figures that two territories of different size can share: rates, costs, waits.
COMPARABLE = (
    "persons_per_1000",
    "spend_net_per_resident",
    "cost_per_person",
    "user_share",
    "acceptance_rate",
    "autonomy_rate",
    "wait_to_service_p50",
    "no_show_rate",
    "satisfaction",
    "voucher_redemption_rate",
)
NONE = "none"


@dataclass(frozen=True)
class Compared:
    """The rows of the picture (see `charts.dots`), their figures, the network's value, and how complete it
    all is."""

    rows: pd.DataFrame
    figures: dict[str, Figure]
    names: dict[str, str]
    network: float | None
    network_text: str
    provenance: str
    partial: bool
    missing: list[str]
    own: str


def offered(view: View) -> dict[str, Indicator]:
    """Return the comparable indicators that this release holds."""
    return {i: view.indicators[i] for i in COMPARABLE if i in view.indicators}


def own_choices(view: View) -> dict[str, str]:
    """Return the territories that can be highlighted, and the choice of none."""
    known = {row["instance_id"]: row["name"] for row in data.instances(view.database)}
    return {NONE: view.words("filter.own.none")} | known


def hue(indicator: Indicator) -> str:
    """Return the category whose colour says what the indicator counts."""
    return tokens()["hue"][indicator.hue]


def read(view: View, indicator: Indicator, year: date, order: str, own: str) -> Compared:
    """Return every territory's figure of a year, protected as in public, and the network's."""
    ask = {"period_start": year, "protected": True}
    key = (indicator.indicator_id,)
    found = {f.scope_id: f for f in data.figures(view.database, key, "instance", None, "year", **ask)}
    whole = data.figures(view.database, key, "network", "network", "year", **ask)
    names = {row["instance_id"]: row["name"] for row in data.instances(view.database)}
    if order == "size":
        served = data.figures(view.database, ("persons_served",), "instance", None, "year", **ask)
        size = {f.scope_id: f.amount for f in served if f.amount is not None}
        names = dict(sorted(names.items(), key=lambda entry: (-size.get(entry[0], 0), entry[1])))
    filled = {scope: found.get(scope) or _lacking(indicator, scope, year) for scope in names}
    rows = pd.DataFrame(
        [_row(view, indicator, figure, names[scope], scope == own) for scope, figure in filled.items()],
        columns=["name", "value", "low", "high", "text", "mark", "own"],
    )
    text, is_partial, missing = compose.network_provenance(view, year, compose.last_day("year", year))
    network = whole[0] if whole and whole[0].is_shown else None
    return Compared(
        rows,
        filled,
        names,
        None if network is None else float(network.amount),
        network.text(indicator, view.words) if network else view.words("mark.missing"),
        text,
        is_partial,
        missing,
        own,
    )


def _lacking(indicator: Indicator, scope: str, year: date) -> Figure:
    return Figure(
        indicator.indicator_id, "instance", scope, "ALL", "ALL", "year", year, *(None,) * 5, "missing"
    )


def _row(view: View, indicator: Indicator, figure: Figure, name: str, own: bool) -> dict[str, object]:
    return {
        "name": name,
        "value": None if figure.amount is None else float(figure.amount),
        "low": figure.ci_low,
        "high": figure.ci_high,
        "text": figure.text(indicator, view.words),
        "mark": figure.mark,
        "own": own,
    }


def headline(view: View, found: Compared, indicator: Indicator, year: date) -> str:
    """Return the sentence: the network's value, and the reader's own beside it where one was chosen."""
    words, values = view.words, {"year": year.year, "indicator": indicator.name(view.words)}
    if found.network is None:
        return prose.sentence(words("sentence.network.missing", **values))
    texts = [words("sentence.network", value=found.network_text, **values)]
    if found.own in found.figures:
        figure, name = found.figures[found.own], found.names[found.own]
        if figure.is_shown:
            texts.append(words("sentence.network.own", name=name, value=figure.text(indicator, words)))
        else:
            texts.append(
                words("sentence.network.own_mark", name=name, why=words(f"mark.{figure.mark}.spoken"))
            )
    return prose.sentence(*texts)


def table(view: View, found: Compared, indicator: Indicator, caption: str) -> Table:
    """Return territory, value and how it was made: numerator and denominator."""
    words = view.words
    columns = [
        Column("territory", words("column.territory")),
        Column(indicator.indicator_id, indicator.name(words), True),
    ]
    rows = [
        [text_cell(found.names[scope]), figure_cell(figure, indicator, words)]
        for scope, figure in found.figures.items()
    ]
    return Table(caption, columns, rows, words("table.empty"))


def alternative(view: View, found: Compared, indicator: Indicator) -> str:
    """Return the sentence that stands for the picture."""
    shown = found.rows[found.rows["value"].notna()]
    hidden = int((found.rows["mark"] == "suppressed").sum())
    if shown.empty:
        return view.words("alternative.nothing", name=indicator.name(view.words))
    low, high = shown.loc[shown["value"].idxmin()], shown.loc[shown["value"].idxmax()]
    return view.words(
        "alternative.dots",
        name=indicator.name(view.words),
        n=len(shown),
        low=low["text"],
        low_name=low["name"],
        high=high["text"],
        high_name=high["name"],
        network=found.network_text,
        hidden=hidden,
    )


def limits(view: View, found: Compared) -> list[str]:
    """Return the sentence on who is missing from the year, or nothing."""
    if not found.missing:
        return []
    n = len(found.missing)
    return [view.words.counted("sentence.partial", n, n=n, names=", ".join(found.missing))]


def nothing(view: View) -> str:
    """Return the panel of a release without comparable figures."""
    words = view.words
    return prose.empty_panel(words, words("network.empty"), words("empty.no_figures"), words("empty.network"))
