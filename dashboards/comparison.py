"""Territories side by side: an indicator and a year arrive, the rows of the picture, its table and its
words leave.

Territories stand by name or by how many people they serve, never by merit. What chance can explain was
computed before and is only told here; where a value is protected it is not told at all.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboards import compose, data, numerals
from dashboards.compose import Subject
from dashboards.figures import Figure, Indicator
from dashboards.parts import prose
from dashboards.parts.table import Cell, Column, Table, figure_cell, text_cell
from dashboards.tokens import tokens
from dashboards.view import View
from dashboards.words import Words

# Only figures that two territories of different size can share: rates, costs, waits.
COMPARABLE = (
    "persons_per_1000",
    "spend_municipal_per_resident",
    "unmet_share",
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
# Compared at equal age and sex; the others as they were observed.
STANDARDISED = ("persons_per_1000",)
NONE = "none"
# With fewer territories than these a picture of limits says too little.
LEAST = 8
BEYOND = ("above998", "below998")
LIMITS = ("lo95", "hi95", "lo998", "hi998")
_COLUMNS = ["name", "value", "low", "high", "text", "mark", "own", "adjusted", "target", *LIMITS, "beyond"]


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
    chance: dict[str, data.Row]
    is_guarded: bool

    def position(self, scope: str) -> str:
        """Return where a territory stands: a position of the comparison, or none where it is not told."""
        return (self.chance.get(scope) or {}).get("position") or NONE

    @property
    def has_limits(self) -> bool:
        """Whether any limit may be shown."""
        return bool(self.chance) and not self.is_guarded

    @property
    def is_picture(self) -> bool:
        """Whether enough territories can be compared to draw them, or there is nothing to compare them by."""
        able = sum(self.position(scope) not in (NONE, "too_small") for scope in self.names)
        return not self.has_limits or able >= LEAST


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


def areas(view: View, indicator: Indicator) -> dict[str, str]:
    """Return the areas of need in which an indicator can be compared, after all of them together."""
    found = data.figures(
        view.database, (indicator.indicator_id,), "instance", None, "year", area="EACH", protected=True
    )
    known = {figure.area for figure in found}
    chosen = ["ALL", *(area for area in compose.AREAS if area in known)]
    return {area: view.words(f"area.{area}") for area in chosen}


def read(view: View, indicator: Indicator, area: str, year: date, order: str, own: str) -> Compared:
    """Return every territory's figure of a year, protected as in public, the network's, and what chance can
    explain."""
    ask = {"period_start": year, "protected": True, "area": area}
    key = (indicator.indicator_id,)
    found = {f.scope_id: f for f in data.figures(view.database, key, "instance", None, "year", **ask)}
    whole = data.figures(view.database, key, "network", "network", "year", **ask)
    names = {row["instance_id"]: row["name"] for row in data.instances(view.database)}
    if order == "size":
        served = data.figures(
            view.database, ("persons_served",), "instance", None, "year", period_start=year, protected=True
        )
        size = {f.scope_id: f.amount for f in served if f.amount is not None}
        names = dict(sorted(names.items(), key=lambda entry: (-size.get(entry[0], 0), entry[1])))
    filled = {scope: found.get(scope) or _lacking(indicator, scope, year) for scope in names}
    chance = {r["instance_id"]: r for r in data.compared(view.database, indicator.indicator_id, area, year)}
    rows = pd.DataFrame(
        [
            _row(view, indicator, figure, names[scope], scope == own, chance.get(scope))
            for scope, figure in filled.items()
        ],
        columns=_COLUMNS,
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
        chance,
        any(row["is_guarded"] for row in chance.values()),
    )


def _lacking(indicator: Indicator, scope: str, year: date) -> Figure:
    return Figure(
        indicator.indicator_id, "instance", scope, "ALL", "ALL", "year", year, *(None,) * 5, "missing"
    )


def _row(
    view: View, indicator: Indicator, figure: Figure, name: str, own: bool, chance: data.Row | None
) -> dict[str, object]:
    told = chance or {}
    adjusted = told.get("adjusted") if indicator.indicator_id in STANDARDISED else None
    return {
        "adjusted": adjusted,
        "target": told.get("network_value"),
        "beyond": told.get("position") in BEYOND,
        **{limit: told.get(limit) for limit in LIMITS},
        "name": name,
        "value": None if figure.amount is None else float(figure.amount),
        "low": None if told else figure.ci_low,
        "high": None if told else figure.ci_high,
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
    if found.has_limits:
        beyond = [found.names[scope] for scope in found.names if found.position(scope) in BEYOND]
        key = "zero" if not beyond else "one" if len(beyond) == 1 else "other"
        texts.append(words(f"sentence.compared.{key}", names=", ".join(beyond)))
    whole = Subject(view, data.figures, "network", "network", found.provenance)
    return prose.sentence(*texts, *compose.year_remarks(whole, year))


def under(view: View, found: Compared, indicator: Indicator) -> str:
    """Return how the picture is read."""
    if not found.has_limits:
        return view.words("network.picture.under")
    told = view.words("network.picture.limits")
    if indicator.indicator_id in STANDARDISED:
        told += " " + view.words("network.picture.adjusted")
    return told


def notices(view: View, found: Compared) -> list[str]:
    """Return why limits or the picture are not shown, and which territories are too small for limits."""
    words, made = view.words, []
    if found.is_guarded:
        made.append(prose.notice("note", words("network.guarded"), words("network.guarded.word")))
    elif not found.is_picture:
        made.append(prose.caption(words("network.few", n=LEAST)))
    small = [found.names[scope] for scope in found.names if found.position(scope) == "too_small"]
    if small:
        made.append(prose.caption(words("network.too_small", names=", ".join(small))))
    return made


def table(view: View, found: Compared, indicator: Indicator, caption: str) -> Table:
    """Return territory and value, and where limits may be shown what chance can explain beside it."""
    words = view.words
    columns = [
        Column("territory", words("column.territory")),
        Column("value", indicator.name(words), True),
    ]
    told = []
    if found.has_limits:
        told = ["adjusted"] if indicator.indicator_id in STANDARDISED else []
        told += ["network_value", *LIMITS, "reliability"]
        columns.append(Column("position", words("column.position")))
        columns += [Column(key, words(f"column.{key}"), True) for key in told]
    rows = []
    for scope, figure in found.figures.items():
        row = [text_cell(found.names[scope]), figure_cell(figure, indicator, words)]
        if told:
            chance = found.chance.get(scope) or {}
            row.append(Cell(words(f"position.{found.position(scope)}"), found.position(scope)))
            row += [_number(chance.get(key), key, indicator, words) for key in told]
        rows.append(row)
    return Table(caption, columns, rows, words("table.empty"))


def _number(value: float | None, key: str, indicator: Indicator, words: Words) -> Cell:
    if value is None:
        return Cell(words("position.none"), None)
    unit = "ratio" if key == "reliability" else indicator.unit
    places = numerals.places(unit)
    return Cell(numerals.indicator_value(value, unit, words.lang), numerals.rounded(value, places))


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
