"""What a pack hides besides: no protected figure can be worked out from those that stand beside it."""

from datetime import date
from decimal import Decimal

import pytest

from dashboards.figures import Figure
from dashboards.packs.disclosure import Key, Thresholds, concealed, cumulative

START = date(2025, 1, 1)
RULES = Thresholds()


def cell(
    indicator: str,
    numerator: float | None,
    denominator: float | None = None,
    *,
    mark: str = "value",
    area: str = "ALL",
    item: str = "ALL",
) -> Figure:
    hidden = mark == "suppressed"
    top = None if numerator is None or hidden else Decimal(str(numerator))
    rest = None if denominator is None or hidden else Decimal(str(denominator))
    value = None if top is None else float(top / rest) if rest else float(top)
    return Figure(indicator, "instance", "rho", item, area, "year", START, top, rest, value, None, None, mark)


def marks(*figures: Figure, published: tuple[Key, ...] = ()) -> dict[tuple[str, str, str], str]:
    cells = {(f.indicator_id, f.item, f.area, f.period_start): f for f in figures}
    made = concealed(cells, RULES, published)
    assert all(f.value is None and f.numerator is None for f in made.values() if f.mark == "suppressed")
    return {key[:3]: figure.mark for key, figure in made.items()}


@pytest.mark.parametrize(
    ("numerator", "denominator", "area", "mark"),
    [
        (1, 11, "ALL", "suppressed"),
        (10, 11, "ALL", "suppressed"),
        (5, 10, "ALL", "value"),
        (5, 10, "DIP", "suppressed"),
        (10, 20, "DIP", "value"),
        (0, 11, "ALL", "value"),
        (11, 11, "ALL", "value"),
    ],
)
def test_a_share_of_few_or_of_all_but_few_is_hidden(numerator, denominator, area, mark) -> None:
    found = marks(cell("unmet_share", numerator, denominator, area=area))
    assert found["unmet_share", "ALL", area] == mark


def test_the_price_of_a_person_does_not_tell_the_value_nor_the_persons() -> None:
    hidden = cell("spend_delivered", 14_678, mark="suppressed")
    found = marks(hidden, cell("persons_served", 11), cell("cost_per_person", 14_678, 11))
    assert found["cost_per_person", "ALL", "ALL"] == "suppressed"
    assert found["persons_served", "ALL", "ALL"] == "value"
    hidden = cell("persons_served", 3, mark="suppressed")
    found = marks(
        hidden,
        cell("spend_delivered", 900),
        cell("cost_per_person", 900, 3),
        cell("persons_per_1000", 3, 50_000),
    )
    assert found["cost_per_person", "ALL", "ALL"] == found["persons_per_1000", "ALL", "ALL"] == "suppressed"
    assert found["spend_delivered", "ALL", "ALL"] == "value"


def test_the_sources_do_not_make_the_hidden_whole_and_one_does_not_stand_alone() -> None:
    parts = [cell("source_mix", 100 * n, 600, item=str(n)) for n in (1, 2, 3)]
    found = marks(cell("spend_delivered", 600, mark="suppressed"), *parts)
    assert {mark for key, mark in found.items() if key[0] == "source_mix"} == {"suppressed"}
    one = cell("source_mix", 100, 600, item="1", mark="suppressed")
    found = marks(cell("spend_delivered", 600), one, *parts[1:])
    assert {mark for key, mark in found.items() if key[0] == "source_mix"} == {"suppressed"}
    assert found["spend_delivered", "ALL", "ALL"] == "value"
    assert set(marks(cell("spend_delivered", 600), *parts).values()) == {"value"}


def test_of_the_areas_all_are_hidden_where_one_is_and_the_only_one_is_the_whole() -> None:
    areas = [cell("persons_served", 40, area="FAM"), cell("persons_served", 3, area="ANZ", mark="suppressed")]
    whole = cell("persons_served", 43)
    found = marks(whole, *areas)
    assert [found["persons_served", "ALL", area] for area in ("FAM", "ANZ", "ALL")] == ["suppressed"] * 2 + [
        "value"
    ]
    assert set(
        marks(cell("attributed", 9), cell("attributed", 9, area="DIP", mark="suppressed")).values()
    ) == {"suppressed"}
    # Of what the public tables print, the parts are protected together.
    published = tuple(("persons_served", "ALL", area, START) for area in ("FAM", "ANZ", "ALL"))
    found = marks(whole, *areas, published=published)
    assert found["persons_served", "ALL", "FAM"] == "value"


def test_first_time_people_do_not_tell_the_few_others() -> None:
    assert (
        marks(cell("persons_served", 11), cell("first_time_persons", 7))["first_time_persons", "ALL", "ALL"]
        == "suppressed"
    )
    assert set(marks(cell("persons_served", 11), cell("first_time_persons", 6)).values()) == {"value"}
    assert set(marks(cell("persons_served", 11), cell("first_time_persons", 11)).values()) == {"value"}


def test_what_follows_from_a_figure_hidden_here_is_hidden_too() -> None:
    found = marks(
        cell("spend_delivered", 9, area="FAM"),
        cell("spend_delivered", 9, area="ANZ", mark="suppressed"),
        cell("cost_per_person", 9, 9, area="FAM"),
    )
    assert found["cost_per_person", "ALL", "FAM"] == "suppressed"


def test_what_was_reached_so_far_does_not_tell_the_hidden_year() -> None:
    years = {("deliveries", "ALL", "ALL", START): cell("deliveries", 4, mark="suppressed")}
    progress = cell("target_progress", 30, 40, item="deliveries")
    assert cumulative(progress, "deliveries", years).mark == "suppressed"
    assert cumulative(progress, "persons_served", years) == progress


@pytest.mark.parametrize("indicator", ["cost_per_improved", "cost_per_person"])
@pytest.mark.parametrize(("persons", "mark"), [(1, "suppressed"), (4, "suppressed"), (5, "value")])
def test_an_amount_by_person_does_not_tell_that_they_are_few(indicator: str, persons: int, mark: str) -> None:
    found = marks(cell("attributed", 13_235.23), cell(indicator, 13_235.23, persons))
    assert found[indicator, "ALL", "ALL"] == mark


def test_an_amount_by_person_does_not_tell_how_many_improved() -> None:
    hidden = cell("outcome_improved", 7, 9, mark="suppressed")
    found = marks(hidden, cell("attributed", 43_422.13), cell("cost_per_improved", 43_422.13, 6))
    assert found["cost_per_improved", "ALL", "ALL"] == "suppressed"
    assert found["attributed", "ALL", "ALL"] == "value"
