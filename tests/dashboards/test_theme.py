"""The theme of Streamlit is what the tokens say."""

import tomllib

import pytest

from core.presentation.tokens import css_variables
from core.presentation.tokens import tokens as book
from dashboards import tokens
from dashboards.tokens import theme_toml

BOOK = book()
THEMES = ("light", "dark")


def test_the_theme_file_is_the_one_the_tokens_write() -> None:
    written = tokens.THEME_FILE.read_text(encoding="utf-8")
    assert written == theme_toml(), "write it anew: python -m dashboards.tokens"
    assert tomllib.loads(written)["theme"]["light"]["chartCategoricalColors"]


@pytest.mark.parametrize("theme", THEMES)
def test_css_and_streamlit_name_the_same_colours(theme: str) -> None:
    settings = tomllib.loads(theme_toml())["theme"][theme]
    css = css_variables(theme, "staff")
    assert f"--cdv-page:{settings['backgroundColor']};" in css
    assert f"--cdv-ink:{settings['textColor']};" in css
    for entry, hex_colour in zip(BOOK["category"], settings["chartCategoricalColors"], strict=True):
        assert f"--cdv-category-{entry['name']}:{hex_colour};" in css
    for family in (tomllib.loads(theme_toml())["theme"]["font"], BOOK["type"]["text"]["family"]):
        assert family in css
