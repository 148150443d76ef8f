"""The line (Linea): years, quarters or months on x, one line per series, labelled at its right end.

A protected or missing point is a gap, with the letter of its mark at the axis; an open period is reached by
a dash.
"""

import textwrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.presentation.tokens import Theme, colour
from dashboards.numerals import Lang
from dashboards.tokens import plotly_template

MOST = 4
_LABEL = 14


def draw_line(
    points: pd.DataFrame, *, theme: Theme, lang: Lang, hues: dict[str, str], zero: bool = True
) -> go.Figure:
    """Draw series over periods.

    points -- series (name), period (its name, in order), tick (its short name under the axis, may be empty),
    value (number or None), text (as printed), letter (of the mark, empty where shown), open (the period is
    not over yet). hues -- category of each series, or `context`. zero -- y starts at 0 (counts and euro).
    """
    names = list(dict.fromkeys(points["series"]))
    if len(names) > MOST:
        raise ValueError(f"a picture holds at most {MOST} lines, not {len(names)}")
    figure = go.Figure(layout={"template": plotly_template(theme, lang), "height": 320})
    place = {period: n for n, period in enumerate(dict.fromkeys(points["period"]))}
    points = points.assign(x=points["period"].map(place))
    ends = []
    for name in names:
        series = points[points["series"] == name]
        ink = colour("context" if hues[name] == "context" else f"category-{hues[name]}", theme)
        _draw_series(figure, series, name, ink, theme)
        ends += _end(series, name, ink)
        for row in series[series["letter"] != ""].itertuples():
            figure.add_annotation(x=row.x, y=0, yref="paper", text=row.letter, showarrow=False, yshift=8)
    highest = points["value"].max() if points["value"].notna().any() else 1
    for end in _apart(ends, float(highest)):
        figure.add_annotation(**end)
    ticks = points.drop_duplicates("x")
    ticks = ticks[ticks["tick"] != ""]
    figure.update_xaxes(
        tickmode="array",
        tickvals=list(ticks["x"]),
        ticktext=list(ticks["tick"]),
        showgrid=False,
        zeroline=False,
        range=[-0.3, max(len(place) - 1, 1) + 0.05],
        tickangle=0,
    )
    figure.update_yaxes(rangemode="tozero" if zero else "normal", separatethousands=True, nticks=5)
    figure.update_layout(margin={"l": 8, "r": 116, "t": 16, "b": 8})
    return figure


def _draw_series(figure: go.Figure, series: pd.DataFrame, name: str, ink: str, theme: Theme) -> None:
    closed, reaching = _segments(series)
    hover = f"{name}<br>%{{customdata}}: %{{text}}<extra></extra>"
    size = 7 if len(series) <= 16 else 5
    for part, line, marker in (
        (closed, {"color": ink, "width": 2.5}, {"color": ink, "size": size}),
        (
            reaching,
            {"color": ink, "width": 2.5, "dash": "dot"},
            {
                "color": colour("page", theme),
                "size": size + 1,
                "line": {"color": ink, "width": 2},
                "opacity": [0] * (len(reaching) - 1) + [1],
            },
        ),
    ):
        if len(part):
            figure.add_scatter(
                x=list(part["x"]),
                y=list(part["value"]),
                text=list(part["text"]),
                customdata=list(part["period"]),
                name=name,
                mode="lines+markers",
                connectgaps=False,
                line=line,
                marker=marker,
                hovertemplate=hover,
                cliponaxis=False,
            )


def _segments(series: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a series into what is closed and the dashed reach from the last closed point to the open one."""
    closed, still_open = series[~series["open"].astype(bool)], series[series["open"].astype(bool)]
    if still_open.empty or still_open["value"].isna().all():
        return closed, series.iloc[0:0]
    return closed, pd.concat([closed.tail(1), still_open])


def _end(series: pd.DataFrame, name: str, ink: str) -> list[dict[str, object]]:
    shown = series[series["value"].notna()]
    if shown.empty:
        return []
    last = shown.iloc[-1]
    label = "<br>".join(textwrap.wrap(name, _LABEL))
    return [
        {
            "x": float(last["x"]),
            "y": float(last["value"]),
            "text": f"<b>{last['text']}</b><br>{label}",
            "showarrow": False,
            "xanchor": "left",
            "xshift": 10,
            "align": "left",
            "font": {"color": ink},
        }
    ]


def _apart(ends: list[dict[str, Any]], highest: float) -> list[dict[str, Any]]:
    """Move the labels of lines that end close together, so that none covers another."""
    least = highest * 0.22
    placed: float | None = None
    for end in sorted(ends, key=lambda end: float(end["y"])):
        if placed is not None and float(end["y"]) - placed < least:
            end["y"] = placed + least
        placed = float(end["y"])
    return ends
