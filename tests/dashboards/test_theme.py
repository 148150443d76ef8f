"""The theme of Streamlit and the template of Plotly are what the tokens say."""

import tomllib

import pytest

from core.presentation.tokens import css_variables
from core.presentation.tokens import tokens as book
from dashboards import tokens
from dashboards.tokens import plotly_template, theme_toml

BOOK = book()
THEMES = ("light", "dark")


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
