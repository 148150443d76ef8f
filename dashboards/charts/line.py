"""The line (Linea): years or quarters on x, one line per series, labelled at its right end.

A protected or missing point is a gap, with the letter of its mark at the axis; an open period is reached by a dash.
"""

import pandas as pd
import plotly.graph_objects as go

from dashboards.numerals import Lang
from dashboards.tokens import Theme, colour, plotly_template

MOST = 4


def draw_line(points: pd.DataFrame, *, theme: Theme, lang: Lang, hues: dict[str, str], zero: bool = True) -> go.Figure:
    """Draw series over periods.

    points -- series (name), period (its name, in order), value (number or None), text (as printed), letter (of the
    mark, empty where shown), open (whether the period is not over yet). hues -- category name of each series, or
    `context`. zero -- y starts at 0 (counts and euro).
    """
    names = list(dict.fromkeys(points["series"]))
    if len(names) > MOST:
        raise ValueError(f"a picture holds at most {MOST} lines, not {len(names)}")
    figure = go.Figure(layout={"template": plotly_template(theme, lang), "height": 320})
    order = list(dict.fromkeys(points["period"]))
    ends = []
    for name in names:
        series = points[points["series"] == name]
        ink = colour("context" if hues[name] == "context" else f"category-{hues[name]}", theme)
        closed, reaching = _segments(series)
        common = {"mode": "lines+markers", "connectgaps": False, "name": name, "line": {"color": ink, "width": 2.5}}
        marker = {"color": ink, "size": 7}
        figure.add_scatter(
            x=closed["period"], y=closed["value"], text=closed["text"], marker=marker,
            hovertemplate=f"{name}<br>%{{x}}: %{{text}}<extra></extra>", **common,
        )  # fmt: skip
        if len(reaching):
            hollow = {"color": colour("page", theme), "size": 8, "line": {"color": ink, "width": 2}}
            figure.add_scatter(
                x=reaching["period"], y=reaching["value"], text=reaching["text"],
                marker=hollow | {"opacity": [0] * (len(reaching) - 1) + [1]},
                hovertemplate=f"{name}<br>%{{x}}: %{{text}}<extra></extra>",
                **(common | {"line": {"color": ink, "width": 2.5, "dash": "dot"}}),
            )  # fmt: skip
        ends += _end(series, name, ink)
        for row in series[series["letter"] != ""].itertuples():
            figure.add_annotation(x=row.period, y=0, yref="paper", text=row.letter, showarrow=False, yshift=8)
    for end in _apart(ends, points["value"].dropna().max() if points["value"].notna().any() else 1):
        figure.add_annotation(**end)
    figure.update_xaxes(categoryorder="array", categoryarray=order, showgrid=False, type="category")
    figure.update_yaxes(rangemode="tozero" if zero else "normal", separatethousands=True, nticks=5)
    figure.update_layout(margin={"l": 8, "r": 132, "t": 16, "b": 8})
    return figure


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
    return [
        {"x": last["period"], "y": float(last["value"]), "text": f"<b>{last['text']}</b><br>{name}", "showarrow": False,
         "xanchor": "left", "xshift": 10, "align": "left", "font": {"color": ink}}
    ]  # fmt: skip


def _apart(ends: list[dict[str, object]], most: float) -> list[dict[str, object]]:
    """Move the labels of lines that end close together, so that none covers another."""
    least = float(most) * 0.17
    placed: float | None = None
    for end in sorted(ends, key=lambda end: float(end["y"])):
        if placed is not None and float(end["y"]) - placed < least:
            end["y"] = placed + least
        placed = float(end["y"])
    return ends
