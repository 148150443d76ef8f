"""The tokens of the look: `tokens.yaml` arrives; CSS variables, the Streamlit theme and a
Plotly template leave.

What a part looks like does not belong here, only what colours, faces and sizes are called.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import plotly.graph_objects as go
import yaml

Theme = Literal["light", "dark"]
Side = Literal["staff", "public"]

_HERE = Path(__file__).parent
THEME_FILE = _HERE / ".streamlit" / "config.toml"


@cache
def tokens() -> dict[str, Any]:
    """Return the tokens as they stand in tokens.yaml."""
    return yaml.safe_load((_HERE / "tokens.yaml").read_text(encoding="utf-8"))


def colour(name: str, theme: Theme) -> str:
    """Return the hex colour of a token: a surface, a colour, `frosted-tint`, `frosted-hatch` or a
    category's name.

    Categories are asked for as `category-<name>`, because vetro and mattone are also text colours.
    """
    book = tokens()
    if name.startswith("frosted-"):
        return book["frosted"][name.removeprefix("frosted-")][theme]
    if name.startswith("category-"):
        wanted = name.removeprefix("category-")
        return next(entry[theme] for entry in book["category"] if entry["name"] == wanted)
    return (book["surface"].get(name) or book["colour"][name])[theme]


def hue(unit: str, theme: Theme) -> str:
    """Return the one hue of a series by what it counts: people, euro, time or data."""
    return colour(f"category-{tokens()['hue'][unit]}", theme)


def css_variables(theme: Theme, side: Side) -> str:
    """Return the `:root` block that names every token as `--cdv-<name>`, for one theme and one side
    of the product.
    """
    book = tokens()
    lines = [f"--cdv-{name}:{entry[theme]}" for name, entry in (book["surface"] | book["colour"]).items()]
    lines += [f"--cdv-frosted-{name}:{book['frosted'][name][theme]}" for name in ("tint", "hatch")]
    lines += [f"--cdv-category-{entry['name']}:{entry[theme]}" for entry in book["category"]]
    lines += [f"--cdv-hue-{unit}:{hue(unit, theme)}" for unit in book["hue"]]
    lines += [f"--cdv-font-{role}:{face_stack(role)}" for role in ("text", "title")]
    lines += [f"--cdv-radius:{book['radius']}px", f"--cdv-width:{book['width']['page']}px"]
    narrow = [_size(role, pair) for role, pair in book["type"]["narrow"].items()]
    wide = [_size(role, pair) for role, pair in book["type"][side].items()]
    narrow_at = f"@media (max-width:{book['width']['narrow']}px)"
    return f":root{{{';'.join(lines + wide)}}}\n{narrow_at}{{:root{{{';'.join(narrow)}}}}}"


def font_faces(base: str) -> str:
    """Return the @font-face rules; `base` is the address of the folder of the font files, without
    a final slash.
    """
    faces, ranges = tokens()["type"]["faces"], tokens()["type"]["ranges"]
    return "\n".join(
        f"@font-face{{font-family:'{face['family']}';font-weight:{face['weight']};font-display:swap;"
        f"src:url('{base}/{face['file']}') format('woff2');unicode-range:{ranges[face['range']]}}}"
        for face in faces
    )


def face_stack(role: str) -> str:
    """Return the CSS font-family list of `text` or `title`, with its fallbacks."""
    face = tokens()["type"][role]
    return f'"{face["family"]}", {face["fallback"]}'


def _size(role: str, pair: list[int]) -> str:
    return f"--cdv-{role}:{pair[0] / 16:g}rem;--cdv-{role}-line:{pair[1] / 16:g}rem"


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


def icon_rules(base: str) -> str:
    """Return the rules that draw each icon in the colour of its text; `base` is the address of
    the icons' folder.
    """
    names = sorted(path.stem for path in (_HERE / "static" / "icons").glob("*.svg"))
    return "\n".join(f".cdv-icon-{name}{{mask-image:url('{base}/{name}.svg')}}" for name in names)


def icon(name: str) -> str:
    """Return an icon of static/icons, hidden from screen readers: a word always stands beside it."""
    if not (_HERE / "static" / "icons" / f"{name}.svg").is_file():
        raise LookupError(f"no icon is called {name}")
    return f'<span class="cdv-icon cdv-icon-{name}" aria-hidden="true"></span>'


if __name__ == "__main__":
    THEME_FILE.write_text(theme_toml(), encoding="utf-8")
