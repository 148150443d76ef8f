"""The dots (Punti): one row per item, alphabetical, a dot and its interval, one reference line, the number
at right.

A protected row keeps its name and is a frosted pane over the full width; other marks are said in words.
"""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.presentation.tokens import Theme, colour
from dashboards.numerals import Lang
from dashboards.tokens import plotly_template

ROW = 34
# The bands, the wide one under the narrow one: name, its two limits, colour, width.
_BANDS = (
    ("variety", "lo998", "hi998", "rule", 20),
    ("chance", "chance_lo998", "chance_hi998", "context", 9),
)
_NUMBERS = ("value", "low", "high", "adjusted", "target", "lo998", "hi998", "chance_lo998", "chance_hi998")


def draw_dots(
    rows: pd.DataFrame,
    *,
    theme: Theme,
    lang: Lang,
    hue: str,
    reference: float | None = None,
    reference_text: str = "",
    bands: dict[str, str] | None = None,
    from_zero: bool = True,
    percent: bool = False,
) -> go.Figure:
    """Draw one row per item, the first on top.

    rows -- name, value (or None), low and high (or None), text (the number or the word of the mark),
    mark, own (whether it is the reader's). Where limits are known also: lo998 and hi998 (the variety of
    the network), chance_lo998 and chance_hi998 (chance alone), target (a tick), adjusted (a hollow dot)
    and beyond (a diamond). bands -- the bands to draw, `variety` and `chance`, with the names that stand
    above them. reference -- value of the vertical line, named by reference_text. percent -- the axis is
    written in percent.
    """
    ink = colour(f"category-{hue}", theme)
    numbers = [float(v) for column in _NUMBERS if column in rows for v in rows[column] if pd.notna(v)]
    if reference is not None:
        numbers.append(float(reference))
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    start = min(0.0, low) if from_zero else low - (high - low) * 0.1
    end = high + (high - start) * 0.08 or 1.0
    names = list(rows["name"])
    figure = go.Figure(layout={"template": plotly_template(theme, lang), "height": ROW * len(names) + 76})
    hidden = rows[rows["mark"] == "suppressed"]
    if len(hidden):
        figure.add_bar(
            y=hidden["name"],
            x=[end - start] * len(hidden),
            base=start,
            orientation="h",
            width=0.62,
            hoverinfo="skip",
            marker={
                "color": colour("frosted-tint", theme),
                "line": {"width": 0},
                "pattern": {
                    "shape": "/",
                    "fgcolor": colour("frosted-hatch", theme),
                    "bgcolor": colour("frosted-tint", theme),
                    "size": 6,
                    "solidity": 0.33,
                    "fillmode": "overlay",
                },
            },
        )
    for row in rows[rows["low"].notna() & rows["high"].notna()].itertuples():
        figure.add_scatter(
            x=[row.low, row.high],
            y=[row.name, row.name],
            mode="lines",
            line={"color": ink, "width": 2},
            hoverinfo="skip",
        )
    if "target" in rows:
        _draw_limits(figure, rows, bands or {}, ink, theme)
    shown = rows[rows["value"].notna()]
    with_chance = "target" in rows and rows["target"].notna().any()
    others = ink if with_chance else colour("context", theme)
    inks = [ink if own else others for own in shown["own"]] if rows["own"].any() else ink
    figure.add_scatter(
        x=shown["value"],
        y=shown["name"],
        mode="markers",
        text=shown["text"],
        marker={
            "color": inks,
            "opacity": 1,
            "size": [16 if own and with_chance else 12 for own in shown["own"]],
            "symbol": ["diamond" if beyond else "circle" for beyond in shown["beyond"]],
            "line": {"color": colour("page", theme), "width": 1.5},
        }
        if "beyond" in shown
        else {"color": inks, "size": 12},
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    for row in rows.itertuples():
        _write(figure, row, end, theme)
    if reference is not None:
        figure.add_vline(x=reference, line={"color": colour("ink", theme), "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            x=reference,
            y=1,
            yref="paper",
            yanchor="bottom",
            text=reference_text,
            showarrow=False,
            yshift=4,
            font={"color": colour("ink-2", theme)},
        )
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=True, type="category")
    figure.update_xaxes(range=[start, end], nticks=5, showgrid=False, zeroline=False, separatethousands=True)
    if percent:
        figure.update_xaxes(tickformat=".0%")
    figure.update_layout(margin={"l": 8, "r": 112, "t": 64 if bands else 34, "b": 8}, bargap=0)
    if bands:
        figure.update_traces(showlegend=False, selector=lambda trace: trace.name is None)
        figure.update_layout(
            height=figure.layout.height + 30,
            showlegend=True,
            legend={
                "orientation": "h",
                "x": 0,
                "y": 1,
                "yanchor": "bottom",
                "itemclick": False,
                "itemdoubleclick": False,
            },
        )
    return figure


def _draw_limits(
    figure: go.Figure, rows: pd.DataFrame, bands: dict[str, str], ink: str, theme: Theme
) -> None:
    for band, low, high, shade, width in _BANDS:
        limited = rows[rows[low].notna() & rows[high].notna()] if band in bands else rows[:0]
        for n, row in enumerate(limited.itertuples()):
            figure.add_scatter(
                x=[getattr(row, low), getattr(row, high)],
                y=[row.name, row.name],
                mode="lines",
                name=bands[band],
                showlegend=n == 0,
                line={"color": colour(shade, theme), "width": width},
                opacity=0.7,
                hoverinfo="skip",
            )
    ticked = rows[rows["target"].notna() & rows["lo998"].notna()]
    figure.add_scatter(
        x=ticked["target"],
        y=ticked["name"],
        mode="markers",
        marker={"symbol": "line-ns", "size": 16, "line": {"color": colour("ink", theme), "width": 2}},
        hoverinfo="skip",
    )
    level = rows[rows["adjusted"].notna()]
    figure.add_scatter(
        x=level["adjusted"],
        y=level["name"],
        mode="markers",
        marker={"color": colour("page", theme), "size": 11, "line": {"color": ink, "width": 2}},
        hoverinfo="skip",
    )


def _write(figure: go.Figure, row: Any, end: float, theme: Theme) -> None:
    # The word of a hidden number stands on a plain chip of the tint, never on the hatch.
    chip = {"bgcolor": colour("frosted-tint", theme), "borderpad": 3} if row.mark == "suppressed" else {}
    tone = "ink" if row.mark in ("value", "zero", "suppressed") else "ink-2"
    text = f"<b>{row.text}</b>" if row.own or getattr(row, "beyond", False) else row.text
    figure.add_annotation(
        x=end,
        y=row.name,
        text=text,
        showarrow=False,
        xanchor="left",
        xshift=10,
        font={"color": colour(tone, theme)},
        **chip,
    )
