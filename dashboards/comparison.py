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

from core.presentation import formatting
from dashboards import presenters, queries
from dashboards.components import prose
from dashboards.components.table import Cell, Column, Table, figure_cell, text_cell
from dashboards.figures import AREAS, Figure, Indicator
from dashboards.i18n import Messages
from dashboards.page_context import PageContext
from dashboards.pictures.dots import Dot
from dashboards.pictures.funnel import FunnelDot, Limits
from dashboards.presenters import Subject

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
_COLUMNS = ["name", "value", "text", "mark", "own", "adjusted", "peers"]


@dataclass(frozen=True)
class Compared:
    """The rows of the dots, their figures, the network's value, and how complete it
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
    chance: dict[str, queries.Row]
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


def offered(context: PageContext) -> dict[str, Indicator]:
    """Return the comparable indicators that this release holds."""
    return {i: context.indicators[i] for i in COMPARABLE if i in context.indicators}


def own_choices(context: PageContext) -> dict[str, str]:
    """Return the territories that can be highlighted, and the choice of none."""
    known = {row["instance_id"]: row["name"] for row in queries.territories(context.database)}
    return {NONE: context.messages("filter.own.none")} | known


def areas(context: PageContext, indicator: Indicator) -> dict[str, str]:
    """Return the areas of need in which an indicator can be compared, after all of them together."""
    found = queries.figures(
        context.database, (indicator.indicator_id,), "instance", None, "year", area="EACH", protected=True
    )
    known = {figure.area for figure in found}
    chosen = ["ALL", *(area for area in AREAS if area in known)]
    return {area: context.messages(f"area.{area}") for area in chosen}


def read(context: PageContext, indicator: Indicator, area: str, year: date, order: str, own: str) -> Compared:
    """Return every territory's figure of a year, protected as in public, the network's, and what
    chance can explain.
    """
    ask = {"period_start": year, "protected": True, "area": area}
    key = (indicator.indicator_id,)
    found = {f.scope_id: f for f in queries.figures(context.database, key, "instance", None, "year", **ask)}
    whole = queries.figures(context.database, key, "network", "network", "year", **ask)
    names = {row["instance_id"]: row["name"] for row in queries.territories(context.database)}
    if order == "size":
        served = queries.figures(
            context.database, ("persons_served",), "instance", None, "year", period_start=year, protected=True
        )
        size = {f.scope_id: f.amount for f in served if f.amount is not None}
        names = dict(sorted(names.items(), key=lambda entry: (-size.get(entry[0], 0), entry[1])))
    filled = {scope: found.get(scope) or _lacking(indicator, scope, year) for scope in names}
    chance = {
        r["instance_id"]: r for r in queries.compared(context.database, indicator.indicator_id, area, year)
    }
    rows = pd.DataFrame(
        [
            _row(context, indicator, figure, names[scope], scope == own, chance.get(scope))
            for scope, figure in filled.items()
        ],
        columns=_COLUMNS,
    )
    whole_network = Subject(context, queries.figures, "network", "network", "network")
    text, is_partial = whole_network.provenance("year", year)
    network = whole[0] if whole and whole[0].is_shown else None
    return Compared(
        rows,
        filled,
        names,
        None if network is None else float(network.amount),
        network.text(indicator, context.messages) if network else context.messages("mark.missing"),
        text,
        is_partial,
        presenters.missing_from(whole_network, year),
        own,
        chance,
        any(row["is_guarded"] for row in chance.values()),
    )


def _lacking(indicator: Indicator, scope: str, year: date) -> Figure:
    return Figure(
        indicator.indicator_id, "instance", scope, "ALL", "ALL", "year", year, *(None,) * 5, "missing"
    )


def _row(
    context: PageContext,
    indicator: Indicator,
    figure: Figure,
    name: str,
    own: bool,
    chance: queries.Row | None,
) -> dict[str, object]:
    told = chance or {}
    return {
        "adjusted": told.get("adjusted") if indicator.indicator_id in STANDARDISED else None,
        "peers": told.get("peer_median"),
        "name": name,
        "value": None if figure.amount is None else float(figure.amount),
        "text": figure.text(indicator, context.messages),
        "mark": figure.mark,
        "own": own,
    }


def headline(context: PageContext, found: Compared, indicator: Indicator, year: date) -> str:
    """Return the sentence: the network's value, and the reader's own beside it where one was chosen."""
    messages, values = (
        context.messages,
        {"year": str(year.year), "indicator": indicator.name(context.messages)},
    )
    if found.network is None:
        return prose.sentence(messages("sentence.network.missing", **values))
    texts = [*_difference(found, messages)] if found.factor > MUCH else []
    texts.append(messages("sentence.network", value=found.network_text, **values))
    if found.own in found.figures:
        figure, name = found.figures[found.own], found.names[found.own]
        if figure.is_shown:
            texts.append(messages("sentence.network.own", name=name, value=figure.text(indicator, messages)))
        else:
            texts.append(
                messages("sentence.network.own_mark", name=name, why=messages(f"mark.{figure.mark}.spoken"))
            )
    if found.has_limits:
        texts += [] if found.factor > MUCH else [*_difference(found, messages)]
        texts += _outside(found, messages)
    whole = Subject(context, queries.figures, "network", "network", "network")
    return prose.sentence(*texts, *presenters.year_remarks(whole, year))


def _difference(found: Compared, messages: Messages) -> list[str]:
    # How far the territories differ, and how many of them chance alone does not explain.
    if not found.tells_variety:
        return []
    told = [messages("sentence.compared.differ", factor=_times(found.factor, messages))]
    able = [s for s in found.names if found.position(s, "chance_position") not in (NONE, "too_small")]
    beyond = found.standing(BEYOND, "chance_position")
    if able and beyond:
        counts = {"beyond": messages.count(len(beyond)), "total": messages.count(len(able))}
        told.append(messages("sentence.compared.chance.some", names=", ".join(beyond), **counts))
    elif able:
        told.append(messages("sentence.compared.chance.none"))
    return told


def _times(value: float, messages: Messages) -> str:
    # Below ten a half matters, above it does not.
    return formatting.number(value, messages.lang, 1 if value < 10 else 0)


def _outside(found: Compared, messages: Messages) -> list[str]:
    band = "variety" if found.tells_variety else "chance"
    if not any(found.position(scope) not in (NONE, "too_small") for scope in found.names):
        return []
    told = []
    for side in ("above", "below"):
        names = found.standing([f"{side}998"])
        if names:
            key = f"sentence.compared.{band}.{side}"
            told.append(messages.counted(key, len(names), names=", ".join(names)))
    return told or [messages(f"sentence.compared.{band}.inside")]


def funnel_title(found: Compared, messages: Messages) -> str:
    """Return the finding of the funnel plot: how many territories are beyond the outermost band."""
    band, against = ("variety", "position") if found.tells_variety else ("chance", "chance_position")
    beyond = len(found.standing(BEYOND, against))
    if not beyond:
        return messages(f"network.funnel.none.{band}")
    return messages.counted(f"network.funnel.{band}", beyond)


def funnel_under(found: Compared, indicator: Indicator, messages: Messages) -> str:
    """Return how the funnel plot is read."""
    told = [messages("network.funnel.under")]
    told += [messages("network.picture.chance")] if found.tells_chance else []
    told += [messages("network.picture.variety")] if found.tells_variety else []
    if indicator.indicator_id in STANDARDISED:
        told.append(messages("network.funnel.adjusted"))
    told.append(messages(f"network.picture.beyond.{'variety' if found.tells_variety else 'chance'}"))
    return " ".join(told)


def funnel_dots(found: Compared, indicator: Indicator, messages: Messages) -> list[FunnelDot]:
    """Return the territories that stand against limits, as the funnel plot draws them."""
    dots = []
    for scope, figure in found.figures.items():
        row = found.chance.get(scope)
        if row is None or found.position(scope) in (NONE, "too_small") or figure.amount is None:
            continue
        limits = {"variety": ("lo998", "hi998"), "chance": ("chance_lo998", "chance_hi998")}
        bands = {
            band: Limits(row[low], row[high])
            for band, (low, high) in limits.items()
            if row[low] is not None and row[high] is not None
        }
        standardised = indicator.indicator_id in STANDARDISED
        against = "position" if found.tells_variety else "chance_position"
        dots.append(
            FunnelDot(
                found.names[scope],
                float(row["denominator"]),
                float(row["adjusted"]),
                figure.text(indicator, messages),
                bands,
                float(figure.amount) if standardised else None,
                scope == found.own,
                found.position(scope, against) in BEYOND,
            )
        )
    return dots


def dots_under(found: Compared, indicator: Indicator, messages: Messages) -> str:
    """Return how the dots are read."""
    told = [messages("network.picture.under")]
    if found.network is not None:
        told.append(messages("network.picture.network"))
    if found.rows["adjusted"].notna().any():
        told.append(messages("network.picture.adjusted"))
    if found.rows["peers"].notna().any():
        told.append(messages("network.picture.peers"))
    return " ".join(told)


def dots(found: Compared) -> list[Dot]:
    """Return every territory as the dots draw it, in the order of the page."""
    chosen = found.own in found.figures

    def number(value: float | None) -> float | None:
        return None if value is None or pd.isna(value) else float(value)

    return [
        Dot(
            row.name,
            number(row.value),
            row.text,
            row.mark,
            number(row.adjusted),
            number(row.peers),
            chosen and not row.own,
        )
        for row in found.rows.itertuples(index=False)
    ]


def bands(found: Compared, messages: Messages) -> dict[str, str]:
    """Return the names of the bands that may be drawn, the narrow one first."""
    told = {"chance": found.tells_chance, "variety": found.tells_variety}
    return {band: messages(f"network.band.{band}") for band, is_told in told.items() if is_told}


def notices(context: PageContext, found: Compared) -> list[str]:
    """Return why limits or the picture are not shown, and which territories are too small for limits."""
    messages, made = context.messages, []
    if found.is_guarded:
        made.append(prose.notice("note", messages("network.guarded"), messages("network.guarded.word")))
    elif not found.is_picture:
        made.append(prose.caption(messages("network.few", n=messages.count(LEAST))))
    small = [found.names[scope] for scope in found.names if found.position(scope) == "too_small"]
    if small:
        made.append(prose.caption(messages("network.too_small", names=", ".join(small))))
    return made


def table(context: PageContext, found: Compared, indicator: Indicator, caption: str) -> Table:
    """Return territory and value, and where limits may be shown what chance can explain beside it."""
    messages = context.messages
    columns = [
        Column("territory", messages("column.territory")),
        Column("value", indicator.name(messages), True),
    ]
    told = []
    if found.has_limits:
        told = ["adjusted"] if indicator.indicator_id in STANDARDISED else []
        told += ["expected", "peer_median", "network_value", *(CHANCE if found.tells_chance else ())]
        told += [*(LIMITS if found.tells_variety else ()), "reliability"]
    places = [
        against
        for against, is_told in (("chance_position", found.tells_chance), ("position", found.tells_variety))
        if is_told
    ]
    columns += [Column(key, messages(f"column.{key}")) for key in places]
    columns += [Column(key, messages(f"column.{key}"), True) for key in told]
    rows = []
    for scope, figure in found.figures.items():
        row = [text_cell(found.names[scope]), figure_cell(figure, indicator, messages)]
        if told:
            chance = found.chance.get(scope) or {}
            for against in places:
                stands = found.position(scope, against)
                row.append(Cell(messages(f"{against}.{stands}"), stands))
            row += [_number(chance.get(key), key, indicator, messages) for key in told]
        rows.append(row)
    return Table(caption, columns, rows, messages("table.empty"))


def _number(value: float | None, key: str, indicator: Indicator, messages: Messages) -> Cell:
    if value is None:
        return Cell(messages("comparison.none"), None)
    if key == "expected":
        return Cell(formatting.number(value, messages.lang, 1), formatting.rounded(value, 1))
    unit = "ratio" if key == "reliability" else indicator.unit
    return Cell(formatting.indicator_value(value, unit, messages.lang), formatting.recorded(value, unit))


def alternative(context: PageContext, found: Compared, indicator: Indicator) -> str:
    """Return the sentence that stands for the picture."""
    shown = found.rows[found.rows["value"].notna()]
    hidden = int((found.rows["mark"] == "suppressed").sum())
    if shown.empty:
        return context.messages("alternative.nothing", name=indicator.name(context.messages))
    low, high = shown.loc[shown["value"].idxmin()], shown.loc[shown["value"].idxmax()]
    return context.messages(
        "alternative.dots",
        name=indicator.name(context.messages),
        n=context.messages.count(len(shown)),
        low=low["text"],
        low_name=low["name"],
        high=high["text"],
        high_name=high["name"],
        network=found.network_text,
        hidden=hidden,
    )


def limits(context: PageContext, found: Compared) -> list[str]:
    """Return the sentences that the comparison adds: how far the two limits lie apart here, and who is
    missing from the year."""
    messages, made = context.messages, []
    if found.tells_variety:
        factor, widening = _times(found.factor, messages), _times(found.widening, messages)
        made.append(messages("network.variety", factor=factor, widening=widening))
    return [*made, *found.missing]


def nothing(context: PageContext) -> str:
    """Return the panel of a release without comparable figures."""
    messages = context.messages
    return prose.empty_panel(
        messages, messages("network.empty"), messages("empty.no_figures"), messages("empty.network")
    )
