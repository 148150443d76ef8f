"""Territories side by side: an indicator and a year arrive, the rows of the picture, its table and its
words leave.

Territories stand by name or by how many people they serve, never by merit. How far chance alone and the
network's own variety reach was computed before and is only told here; where a value is protected it is not
told at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from core.presentation.tokens import tokens
from dashboards import compose, data, numerals
from dashboards.compose import Subject
from dashboards.figures import AREAS, Figure, Indicator
from dashboards.parts import prose
from dashboards.parts.table import Cell, Column, Table, figure_cell, text_cell
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
CHANCE = tuple(f"chance_{limit}" for limit in LIMITS)
# Where the variety of the network is so many times that of chance, the page begins with it.
MUCH = 4
_DRAWN = ("lo998", "hi998", "chance_lo998", "chance_hi998")
_COLUMNS = ["name", "value", "low", "high", "text", "mark", "own", "adjusted", "target", *_DRAWN, "beyond"]


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

    def position(self, scope: str, against: str = "position") -> str:
        """Return where a territory stands against the variety of the network (`position`) or chance alone
        (`chance_position`): a position of the comparison, or none where it is not told."""
        return (self.chance.get(scope) or {}).get(against) or NONE

    def standing(self, positions: Sequence[str], against: str = "position") -> list[str]:
        """Return the names of the territories that have one of some positions."""
        return [name for scope, name in self.names.items() if self.position(scope, against) in positions]

    @property
    def factor(self) -> float:
        """How many times chance's the variety of the network is; 1 where it is no more, or not known."""
        return (
            max(1.0, *(row["overdispersion"] or 1.0 for row in self.chance.values())) if self.chance else 1.0
        )

    @property
    def widening(self) -> float:
        """How many times wider than chance's the limits of the network's variety are."""
        return max(1.0, *(row["widening"] or 1.0 for row in self.chance.values())) if self.chance else 1.0

    @property
    def tells_chance(self) -> bool:
        """Whether the limits of chance alone are known; a release of before has none."""
        return self.has_limits and any(row["chance_position"] for row in self.chance.values())

    @property
    def tells_variety(self) -> bool:
        """Whether the limits of the network's variety are others than those of chance alone."""
        return self.has_limits and (self.factor > 1 or not self.tells_chance)

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
    chosen = ["ALL", *(area for area in AREAS if area in known)]
    return {area: view.words(f"area.{area}") for area in chosen}


def read(view: View, indicator: Indicator, area: str, year: date, order: str, own: str) -> Compared:
    """Return every territory's figure of a year, protected as in public, the network's, and what
    chance can explain.
    """
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
    whole_network = Subject(view, data.figures, "network", "network", "network")
    text, is_partial = whole_network.provenance("year", year)
    network = whole[0] if whole and whole[0].is_shown else None
    return Compared(
        rows,
        filled,
        names,
        None if network is None else float(network.amount),
        network.text(indicator, view.words) if network else view.words("mark.missing"),
        text,
        is_partial,
        compose.missing_from(whole_network, year),
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
        **{limit: told.get(limit) for limit in _DRAWN},
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
    words, values = view.words, {"year": str(year.year), "indicator": indicator.name(view.words)}
    if found.network is None:
        return prose.sentence(words("sentence.network.missing", **values))
    texts = [*_difference(found, words)] if found.factor > MUCH else []
    texts.append(words("sentence.network", value=found.network_text, **values))
    if found.own in found.figures:
        figure, name = found.figures[found.own], found.names[found.own]
        if figure.is_shown:
            texts.append(words("sentence.network.own", name=name, value=figure.text(indicator, words)))
        else:
            texts.append(
                words("sentence.network.own_mark", name=name, why=words(f"mark.{figure.mark}.spoken"))
            )
    if found.has_limits:
        texts += [] if found.factor > MUCH else [*_difference(found, words)]
        texts += _outside(found, words)
    whole = Subject(view, data.figures, "network", "network", "network")
    return prose.sentence(*texts, *compose.year_remarks(whole, year))


def _difference(found: Compared, words: Words) -> list[str]:
    # How far the territories differ, and how many of them chance alone does not explain.
    if not found.tells_variety:
        return []
    told = [words("sentence.compared.differ", factor=_times(found.factor, words))]
    able = [s for s in found.names if found.position(s, "chance_position") not in (NONE, "too_small")]
    beyond = len(found.standing(BEYOND, "chance_position"))
    if able:
        counts = {"beyond": words.count(beyond), "total": words.count(len(able))}
        told.append(words(f"sentence.compared.chance.{'some' if beyond else 'none'}", **counts))
    return told


def _times(value: float, words: Words) -> str:
    # Below ten a half matters, above it does not.
    return numerals.number(value, words.lang, 1 if value < 10 else 0)


def _outside(found: Compared, words: Words) -> list[str]:
    band = "variety" if found.tells_variety else "chance"
    if not any(found.position(scope) not in (NONE, "too_small") for scope in found.names):
        return []
    told = []
    for side in ("above", "below"):
        names = found.standing([f"{side}998"])
        if names:
            key = f"sentence.compared.{band}.{side}"
            told.append(words.counted(key, len(names), names=", ".join(names)))
    return told or [words(f"sentence.compared.{band}.inside")]


def under(view: View, found: Compared, indicator: Indicator) -> str:
    """Return how the picture is read."""
    if not found.has_limits:
        told = view.words("network.picture.under")
        if found.network is not None:
            told += " " + view.words("network.picture.network")
        if found.rows["low"].notna().any():
            told += " " + view.words("network.picture.interval")
        return told
    told = view.words("network.picture.limits")
    if found.tells_chance:
        told += " " + view.words("network.picture.chance")
    if found.tells_variety:
        told += " " + view.words("network.picture.variety")
    told += " " + view.words(f"network.picture.beyond.{'variety' if found.tells_variety else 'chance'}")
    if indicator.indicator_id in STANDARDISED:
        told += " " + view.words("network.picture.adjusted")
    return told


def bands(view: View, found: Compared) -> dict[str, str]:
    """Return the names of the bands that may be drawn."""
    told = {"variety": found.tells_variety, "chance": found.tells_chance}
    return {band: view.words(f"network.band.{band}") for band, is_told in told.items() if is_told}


def notices(view: View, found: Compared) -> list[str]:
    """Return why limits or the picture are not shown, and which territories are too small for limits."""
    words, made = view.words, []
    if found.is_guarded:
        made.append(prose.notice("note", words("network.guarded"), words("network.guarded.word")))
    elif not found.is_picture:
        made.append(prose.caption(words("network.few", n=words.count(LEAST))))
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
        told += ["network_value", *(CHANCE if found.tells_chance else ())]
        told += [*(LIMITS if found.tells_variety else ()), "reliability"]
    places = [
        against
        for against, is_told in (("chance_position", found.tells_chance), ("position", found.tells_variety))
        if is_told
    ]
    columns += [Column(key, words(f"column.{key}")) for key in places]
    columns += [Column(key, words(f"column.{key}"), True) for key in told]
    rows = []
    for scope, figure in found.figures.items():
        row = [text_cell(found.names[scope]), figure_cell(figure, indicator, words)]
        if told:
            chance = found.chance.get(scope) or {}
            for against in places:
                stands = found.position(scope, against)
                row.append(Cell(words(f"{against}.{stands}"), stands))
            row += [_number(chance.get(key), key, indicator, words) for key in told]
        rows.append(row)
    return Table(caption, columns, rows, words("table.empty"))


def _number(value: float | None, key: str, indicator: Indicator, words: Words) -> Cell:
    if value is None:
        return Cell(words("comparison.none"), None)
    unit = "ratio" if key == "reliability" else indicator.unit
    return Cell(numerals.indicator_value(value, unit, words.lang), numerals.recorded(value, unit))


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
        n=view.words.count(len(shown)),
        low=low["text"],
        low_name=low["name"],
        high=high["text"],
        high_name=high["name"],
        network=found.network_text,
        hidden=hidden,
    )


def limits(view: View, found: Compared) -> list[str]:
    """Return the sentences that the comparison adds: how far the two limits lie apart here, and who is
    missing from the year."""
    words, made = view.words, []
    if found.tells_variety:
        factor, widening = _times(found.factor, words), _times(found.widening, words)
        made.append(words("network.variety", factor=factor, widening=widening))
    return [*made, *found.missing]


def nothing(view: View) -> str:
    """Return the panel of a release without comparable figures."""
    words = view.words
    return prose.empty_panel(words, words("network.empty"), words("empty.no_figures"), words("empty.network"))
