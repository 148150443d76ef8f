"""Tokens: one source for CSS, Streamlit and Plotly, and every contrast holds."""

import tomllib
from pathlib import Path

import pytest

from dashboards import tokens
from dashboards.tokens import colour, css_variables, plotly_template, theme_toml

BOOK = tokens.tokens()
THEMES = ("light", "dark")


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two hex colours, between 1 and 21."""

    def luminance(hex_colour: str) -> float:
        channels = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", [n for n, entry in BOOK["colour"].items() if "contrast" in entry])
@pytest.mark.parametrize("theme", THEMES)
def test_a_colour_has_the_contrast_it_is_documented_with_and_enough_for_its_use(
    name: str, theme: str
) -> None:
    entry = BOOK["colour"][name]
    for surface, documented in zip(("page", "paper"), entry["contrast"][theme], strict=True):
        found = contrast(entry[theme], colour(surface, theme))
        assert round(found, 2) == pytest.approx(documented, abs=0.011)
        assert found >= entry["least"]


@pytest.mark.parametrize("entry", BOOK["category"], ids=lambda entry: entry["name"])
@pytest.mark.parametrize("theme", THEMES)
def test_a_category_can_be_told_from_the_page(entry: dict, theme: str) -> None:
    found = contrast(entry[theme], colour("page", theme))
    assert round(found, 2) == pytest.approx(entry["contrast"][theme], abs=0.011)
    assert found >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_the_hatch_of_the_frosted_pane_can_be_told_from_its_tint(theme: str) -> None:
    found = contrast(colour("frosted-hatch", theme), colour("page", theme))
    assert round(found, 2) == pytest.approx(BOOK["frosted"]["contrast"][theme], abs=0.011)
    assert contrast(colour("frosted-hatch", theme), colour("frosted-tint", theme)) >= BOOK["frosted"]["least"]
    assert contrast(colour("ink", theme), colour("frosted-tint", theme)) >= 4.5


@pytest.mark.parametrize("name", ["people_5", "euro_5", "time_5"])
def test_the_steps_of_a_sequence_grow_darker_as_documented(name: str) -> None:
    found = [contrast(step, "#FFFFFF") for step in BOOK["sequence"][name]["steps"]]
    assert found == sorted(found)
    assert [round(f, 2) for f in found] == pytest.approx(BOOK["sequence"][name]["contrast"], abs=0.011)


def test_focus_is_seen_on_both_themes() -> None:
    assert contrast(colour("ink", "light"), colour("focus", "light")) >= 3
    assert contrast(colour("focus", "dark"), colour("page", "dark")) >= 3


def test_the_theme_file_is_the_one_the_tokens_write() -> None:
    written = tokens.THEME_FILE.read_text(encoding="utf-8")
    assert written == theme_toml(), "write it anew: python -m dashboards.tokens"
    assert tomllib.loads(written)["theme"]["light"]["chartCategoricalColors"]


@pytest.mark.parametrize("theme", THEMES)
def test_css_streamlit_and_plotly_name_the_same_colours(theme: str) -> None:
    settings = tomllib.loads(theme_toml())["theme"][theme]
    css = css_variables(theme, "staff")
    layout = plotly_template(theme, "it").layout
    assert f"--cdv-page:{settings['backgroundColor']};" in css
    assert layout.paper_bgcolor == settings["backgroundColor"]
    assert f"--cdv-ink:{settings['textColor']};" in css
    assert layout.font.color == settings["textColor"]
    assert list(layout.colorway) == settings["chartCategoricalColors"]
    for entry, hex_colour in zip(BOOK["category"], settings["chartCategoricalColors"], strict=True):
        assert f"--cdv-category-{entry['name']}:{hex_colour};" in css
    for family in (tomllib.loads(theme_toml())["theme"]["font"], BOOK["type"]["text"]["family"]):
        assert family in css
        assert family in layout.font.family


def test_no_variable_is_named_twice() -> None:
    for block in css_variables("light", "public").split("}"):
        names = [part.split(":")[0].split("{")[-1] for part in block.split(";") if ":" in part]
        assert len(names) == len(set(names))


def test_the_sheet_uses_only_variables_that_exist() -> None:
    import re

    sheet = (Path(tokens.__file__).parent / "sheet.css").read_text(encoding="utf-8")
    used = set(re.findall(r"var\((--cdv-[\w-]+)", sheet))
    defined = set(re.findall(r"(--cdv-[\w-]+):", css_variables("light", "staff") + sheet))
    assert used <= defined, used - defined
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b", sheet), "a colour stands in the sheet instead of the tokens"


def test_every_font_file_is_there_with_its_licence() -> None:
    fonts = Path(tokens.__file__).parent / "static" / "fonts"
    for face in BOOK["type"]["faces"]:
        assert (fonts / face["file"]).is_file()
    assert len(list(fonts.glob("LICENSE*"))) == 2


def test_an_icon_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError):
        tokens.icon("rocket")
