"""The look inside Streamlit and Plotly: the tokens arrive, the theme file and the template of figures leave.

Colours, faces, sizes and their CSS variables are `core.presentation`'s.
"""

from pathlib import Path

import plotly.graph_objects as go

from core.presentation.tokens import Theme, colour, face_stack, tokens

THEME_FILE = Path(__file__).parent / ".streamlit" / "config.toml"


def theme_toml() -> str:
    """Return the text of `.streamlit/config.toml`: the theme, and the settings that keep every
    request at home.
    """
    book = tokens()
    ten = book["sequence"]
    lines = [
        "# Written from tokens.yaml by `python -m dashboards.tokens`; change the tokens, not this file.",
        "[server]",
        "headless = true",
        "enableStaticServing = true",
        'fileWatcherType = "none"',
        "[browser]",
        "gatherUsageStats = false",
        "[client]",
        'showErrorDetails = "none"',
        'toolbarMode = "minimal"',
        "[theme]",
        "baseFontSize = 16",
        f'baseRadius = "{book["radius"]}px"',
        f'font = "{book["type"]["text"]["family"]}"',
        f'headingFont = "{book["type"]["title"]["family"]}"',
        f"chartSequentialColors = {_list(ten['people_10']['steps'])}",
        f"chartDivergingColors = {_list(ten['diverging_10']['steps'])}",
    ]
    for face in book["type"]["faces"]:
        lines += [
            "[[theme.fontFaces]]",
            f'family = "{face["family"]}"',
            f'url = "app/static/fonts/{face["file"]}"',
            f'weight = "{face["weight"]}"',
            f'unicodeRange = "{book["type"]["ranges"][face["range"]]}"',
        ]
    names = {"primaryColor": "vetro", "backgroundColor": "page", "secondaryBackgroundColor": "paper"}
    names |= {"textColor": "ink", "linkColor": "link", "borderColor": "rule"}
    for theme in ("light", "dark"):
        lines.append(f"[theme.{theme}]")
        lines += [f'{key} = "{colour(name, theme)}"' for key, name in names.items()]
        lines.append(f"chartCategoricalColors = {_list([entry[theme] for entry in book['category']])}")
    return "\n".join(lines) + "\n"


def _list(items: list[str]) -> str:
    return "[" + ", ".join(f'"{item}"' for item in items) + "]"


def plotly_template(theme: Theme, lang: str) -> go.layout.Template:
    """Return the template of every figure: faces, colours, grid and the separators of the language."""
    ink, grid, soft = colour("ink", theme), colour("rule", theme), colour("ink-2", theme)
    size = tokens()["type"]["staff"]["table"][0]
    axis = {
        "gridcolor": grid,
        "linecolor": colour("frame", theme),
        "zerolinecolor": colour("frame", theme),
        "tickfont": {"color": soft, "size": size},
        "automargin": True,
        "fixedrange": True,
    }
    layout = go.Layout(
        font={"family": face_stack("text"), "size": size, "color": ink},
        paper_bgcolor=colour("page", theme),
        plot_bgcolor=colour("page", theme),
        colorway=[entry[theme] for entry in tokens()["category"]],
        separators=",." if lang == "it" else ".,",
        hoverlabel={
            "bgcolor": colour("page", theme),
            "bordercolor": colour("frame", theme),
            "font": {"family": face_stack("text"), "size": size, "color": ink},
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        xaxis=axis,
        yaxis=axis,
        dragmode=False,
    )
    return go.layout.Template(layout=layout)


if __name__ == "__main__":
    THEME_FILE.write_text(theme_toml(), encoding="utf-8")
