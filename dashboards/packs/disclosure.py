"""What a pack must hide besides what publication hid: figures from which a protected one could be worked out.

The figures of a subject arrive with the marks of publication, and leave with more of them marked. Publication
protects the public tables as one system; other figures of the private side are protected for their own sake
only (docs/decisions/0024). A pack puts them side by side on paper and is handed on, so that here

- a ratio of counts is hidden where few persons stand in its numerator or in the rest, an amount by person
  where few stand below it;
- what is made from a protected figure, or would make it, is hidden with it;
- of the parts of a whole all are hidden where one is, unless the public tables print them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from dashboards.figures import SHOWN, Figure

# Indicator, item, area, first day of the period.
Key = tuple[str, str, str, date]

# Shares of counts: numerator and denominator are persons, or acts of persons.
RATIOS_OF_COUNTS = (
    "acceptance_rate",
    "unmet_share",
    "open_share",
    "autonomy_rate",
    "linkage_rate",
    "no_show_rate",
    "outcome_improved",
    "followup_rate",
    "satisfaction",
    "response_rate",
    "voucher_never_used",
    "corporate_use_rate",
)
# Amounts by person: the amount stands beside them, so that they tell by how many persons it was divided.
PER_PERSON = ("cost_per_person", "cost_per_improved")
# A part of the persons, and the whole: the rest are persons too.
PARTS_OF_PERSONS = {"first_time_persons": "persons_served"}
# What follows from a figure together with what everybody knows or another figure says, in every item.
MADE_FROM: Mapping[str, tuple[str, ...]] = {
    "spend_delivered": (
        "cost_per_person",
        "source_mix",
        "spend_by_macro_area",
        "spend_net",
        "spend_net_per_resident",
        "spend_municipal",
        "spend_municipal_per_resident",
        "user_share",
    ),
    "persons_served": ("persons_per_1000", "cost_per_person", "first_time_persons"),
    "attributed": ("cost_per_person", "cofunding_seen", "cost_per_improved"),
    "requests": ("acceptance_rate", "unmet_share", "open_share", "autonomy_rate"),
    "voucher_issued": ("voucher_redemption_rate", "voucher_never_used"),
    "voucher_redeemed": ("voucher_redemption_rate",),
    "outcome_change": ("outcome_improved",),
    "outcome_improved": ("cost_per_improved",),
}
# Broken down by item, the items make the whole.
PARTS_OF_A_WHOLE = ("source_mix", "spend_by_macro_area")
_ALL = "ALL"


@dataclass(frozen=True)
class Thresholds:
    """From how many persons on a number is told, and where more are needed."""

    normal: int = 5
    high: int = 10
    high_areas: frozenset[str] = frozenset({"DIP"})

    def of(self, area: str) -> int:
        """Return the threshold of an area of need."""
        return self.high if area in self.high_areas else self.normal


def concealed(
    cells: Mapping[Key, Figure], thresholds: Thresholds, published: Collection[Key] = ()
) -> dict[Key, Figure]:
    """Return the cells of one scope and one type of period, those hidden too from which a hidden one follows.

    `published` are those that the public tables hold: publication has protected their parts together.
    """
    made, is_stable = dict(cells), False
    while not is_stable:
        hiding = {
            key
            for key in (*_few(made, thresholds), *_made_from_hidden(made), *_parts(made, set(published)))
            if made[key].mark in SHOWN
        }
        made |= {key: hide(made[key]) for key in hiding}
        is_stable = not hiding
    return made


def hide(figure: Figure) -> Figure:
    """Return the figure without its numbers."""
    return replace(
        figure, numerator=None, denominator=None, value=None, ci_low=None, ci_high=None, mark="suppressed"
    )


def cumulative(figure: Figure, measure: str, years: Mapping[Key, Figure]) -> Figure:
    """Return what was reached so far of a measure, hidden where that of any year is: the other years would
    tell it."""
    hides = any(key[0] == measure and each.mark == "suppressed" for key, each in years.items())
    return hide(figure) if hides and figure.mark in SHOWN else figure


def _few(cells: Mapping[Key, Figure], thresholds: Thresholds) -> Iterator[Key]:
    for key, figure in cells.items():
        least = thresholds.of(key[2])
        if key[0] in RATIOS_OF_COUNTS and figure.numerator is not None and figure.denominator is not None:
            part, rest = figure.numerator, figure.denominator - figure.numerator
            if 0 < part < least or 0 < rest < least:
                yield key
        if key[0] in PER_PERSON and figure.denominator is not None and 0 < figure.denominator < least:
            yield key
        whole = cells.get((PARTS_OF_PERSONS.get(key[0], ""), *key[1:]))
        if whole is not None and whole.amount is not None and figure.amount is not None:
            rest_of_persons = float(whole.amount) - float(figure.amount)
            if 0 < rest_of_persons < least:
                yield key


def _made_from_hidden(cells: Mapping[Key, Figure]) -> Iterator[Key]:
    for key, figure in cells.items():
        if figure.mark == "suppressed":
            made = MADE_FROM.get(key[0], ())
            yield from (other for other in cells if other[0] in made and other[2:] == key[2:])


def _parts(cells: Mapping[Key, Figure], published: Collection[Key]) -> Iterator[Key]:
    for key, figure in cells.items():
        if figure.mark != "suppressed":
            continue
        if key[0] in PARTS_OF_A_WHOLE:
            yield from (other for other in cells if other[0] == key[0] and other[2:] == key[2:])
        if key[2] != _ALL:
            whole = (*key[:2], _ALL, key[3])
            parts = [o for o in cells if o[:2] == key[:2] and o[3] == key[3] and o[2] != _ALL]
            if all(part in published for part in parts):
                continue
            yield from parts
            if len(parts) == 1 and whole in cells:
                # The only part is the whole.
                yield whole
