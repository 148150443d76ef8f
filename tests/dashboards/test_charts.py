"""The pictures: gaps, dashes and panes where the rules want them, and no library but the drawing one."""

import ast
from pathlib import Path

import pandas as pd
import pytest

from core.presentation.tokens import colour
from dashboards import charts
from dashboards.charts.dots import draw_dots
from dashboards.charts.line import draw_line


def points(
    values: list, letters: list[str] | None = None, last_open: bool = False, series: str = "Persone"
) -> pd.DataFrame:
    n = len(values)
    return pd.DataFrame(
        {
            "series": series,
            "period": [str(2020 + k) for k in range(n)],
            "tick": [str(2020 + k) for k in range(n)],
            "value": pd.to_numeric(pd.Series(values, dtype=object)),
            "text": [str(v) for v in values],
            "letter": letters or [""] * n,
            "open": [False] * (n - 1) + [last_open],
        }
    )


def line(frame: pd.DataFrame, **more: object):
    hues = dict.fromkeys(frame["series"], "vetro")
    return draw_line(frame, theme="light", lang="it", hues=hues, **more)


def test_a_picture_knows_neither_the_server_nor_the_database() -> None:
    for path in Path(charts.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        assert not {n.split(".")[0] for n in names} & {"streamlit", "duckdb"}
        assert "dashboards.data" not in names


def test_a_protected_point_is_a_gap_with_its_letter_at_the_axis() -> None:
    figure = line(points([10, None, 30], ["", "[p]", ""]))
    (trace,) = figure.data
    assert pd.isna(trace.y[1]) and trace.connectgaps is False
    letters = [a for a in figure.layout.annotations if a.text == "[p]"]
    assert [(a.x, a.y, a.yref) for a in letters] == [(1, 0, "paper")]


def test_the_last_point_is_written_at_the_right_end_with_its_series() -> None:
    figure = line(points([10, 20, 30]))
    assert any("30" in a.text and "Persone" in a.text and a.x == 2 for a in figure.layout.annotations)


def test_an_open_period_is_reached_by_a_dash_and_ends_hollow() -> None:
    closed, reaching = line(points([10, 20, 15], last_open=True)).data
    assert list(closed.x) == [0, 1] and closed.line.dash is None
    assert list(reaching.x) == [1, 2] and reaching.line.dash == "dot"
    assert reaching.marker.color == colour("page", "light")


def test_counts_start_at_zero_and_rates_may_not() -> None:
    assert line(points([900, 950])).layout.yaxis.rangemode == "tozero"
    assert line(points([900, 950]), zero=False).layout.yaxis.rangemode == "normal"


def test_labels_of_lines_that_end_together_do_not_cover_each_other() -> None:
    figure = line(pd.concat([points([1, 100], series="a"), points([1, 101], series="b")]))
    ends = sorted(a.y for a in figure.layout.annotations)
    assert ends[1] - ends[0] > 15


def test_five_lines_are_too_many() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        line(pd.concat([points([1], series=name) for name in "abcde"]))


def rows(own: str = "") -> pd.DataFrame:
    made = [
        ("Biella", 83.6, None, None, "83,6", "value"),
        ("Lecco", None, None, None, "protetto", "suppressed"),
        ("Rho", 73.0, 70.0, 76.0, "73,0", "value"),
        ("Sassari", None, None, None, "non rilevato", "not_collected"),
    ]
    frame = pd.DataFrame(made, columns=["name", "value", "low", "high", "text", "mark"])
    return frame.assign(own=frame["name"] == own)


def dots(frame: pd.DataFrame, **more: object):
    return draw_dots(frame, theme="light", lang="it", hue="vetro", **more)


def test_a_protected_row_is_a_pane_over_the_full_width_and_has_no_dot() -> None:
    figure = dots(rows())
    panes = [t for t in figure.data if t.type == "bar"]
    assert [list(p.y) for p in panes] == [["Lecco"]]
    low, high = figure.layout.xaxis.range
    assert panes[0].x[0] == pytest.approx(high - low)
    assert panes[0].marker.pattern.shape == "/"
    shown = [y for t in figure.data if t.type == "scatter" and t.mode == "markers" for y in t.y]
    assert shown == ["Biella", "Rho"]


def test_every_row_says_its_number_or_its_mark_in_words() -> None:
    written = {a.text for a in dots(rows()).layout.annotations}
    assert {"83,6", "protetto", "73,0", "non rilevato"} <= written


def test_rows_stand_in_the_order_given_from_the_top() -> None:
    assert list(dots(rows()).layout.yaxis.categoryarray) == ["Sassari", "Rho", "Lecco", "Biella"]


def test_the_readers_own_is_in_full_colour_and_the_others_in_grey() -> None:
    markers = next(
        t for t in dots(rows("Rho")).data if t.type == "scatter" and t.mode == "markers"
    ).marker.color
    assert list(markers) == [colour("context", "light"), colour("category-vetro", "light")]


def test_the_reference_is_drawn_and_named() -> None:
    figure = dots(rows(), reference=82.6, reference_text="rete 82,6")
    assert any(s.x0 == s.x1 == 82.6 for s in figure.layout.shapes)
    assert any(a.text == "rete 82,6" for a in figure.layout.annotations)


def test_a_picture_without_any_value_is_still_drawn() -> None:
    frame = rows().assign(value=None, low=None, high=None, mark="suppressed", text="protetto")
    assert len(dots(frame).layout.annotations) == 4
