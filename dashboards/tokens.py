"""The look inside Streamlit: the tokens arrive, the theme file leaves.

Colours, faces, sizes and their CSS variables are `core.presentation`'s.
"""

from pathlib import Path

from core.presentation.tokens import colour, tokens

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


if __name__ == "__main__":
    THEME_FILE.write_text(theme_toml(), encoding="utf-8")
