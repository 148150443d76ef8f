"""One presentation: every contrast holds, a medium has one stylesheet, its assets are whole and the same."""

import re
from pathlib import Path

import jinja2
import pytest

from core.presentation import rendering
from core.presentation.stylesheet import LAYERS, application_stylesheet, stylesheet, write_assets
from core.presentation.tokens import ASSETS, FOLDER, colour, css_variables, tokens

BOOK = tokens()
THEMES = ("light", "dark")
MEDIA = ("page", "sheet")


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


def test_no_variable_is_named_twice() -> None:
    for block in css_variables("light", "public").split("}"):
        names = [part.split(":")[0].split("{")[-1] for part in block.split(";") if ":" in part]
        assert len(names) == len(set(names))


SHEETS = {medium: stylesheet(medium, ".") for medium in MEDIA}
SHEETS["application"] = application_stylesheet("dark", "staff", "static")


@pytest.mark.parametrize("css", SHEETS.values(), ids=SHEETS)
def test_a_stylesheet_uses_only_variables_that_exist(css: str) -> None:
    used = set(re.findall(r"var\((--cdv-[\w-]+)", css))
    defined = set(re.findall(r"(--cdv-[\w-]+):", css))
    assert len(used) > 30 and used <= defined, used - defined


def test_no_colour_stands_in_a_style_file_instead_of_the_tokens() -> None:
    files = sorted((FOLDER / "styles").rglob("*.css"))
    assert len(files) > 10
    wrong = [path.name for path in files if re.search(r":[^;{]*#[0-9a-fA-F]{3,8}\b", path.read_text("utf-8"))]
    assert not wrong, f"name the colour in tokens.yaml: {wrong}"


@pytest.mark.parametrize("medium", MEDIA)
def test_every_rule_stands_in_a_layer_and_the_layers_in_their_order(medium: str) -> None:
    css = stylesheet(medium, ".")
    assert css.startswith("@layer tokens, base, components, page, print;")
    assert re.findall(r"@layer (\w+) \{", css) == list(LAYERS)
    outside = re.sub(r"@layer (\w+) \{\n.*?\n\}(?=\n@layer|\n$)", "", css, flags=re.DOTALL)
    rules = re.findall(r"^([^{}\n]+)\{", outside, flags=re.MULTILINE)
    assert rules and all(rule == "@font-face" or rule.startswith(".cdv-icon-") for rule in rules)
    assert css.count("{") == css.count("}")


def test_light_is_the_paper_and_dark_can_be_chosen_by_device_or_reader() -> None:
    css = stylesheet("page", ".")
    light, dark = colour("page", "light"), colour("page", "dark")
    assert f":root{{color-scheme:light dark;--cdv-page:{light};" in css
    by_device = "@media screen and (prefers-color-scheme:dark){:root:not([data-theme='light']){"
    assert f"{by_device}--cdv-page:{dark};" in css
    assert f"@media screen{{:root[data-theme='dark']{{color-scheme:dark;--cdv-page:{dark};" in css


def test_a_sheet_needs_no_other_file_and_a_page_names_those_beside_it(tmp_path: Path) -> None:
    addresses = re.findall(r"url\('([^']+)'\)", stylesheet("sheet"))
    assert addresses and all(address.startswith("data:") for address in addresses)
    write_assets(tmp_path)
    css = (tmp_path / "style.css").read_text("utf-8")
    beside = [address for address in re.findall(r"url\('([^']+)'\)", css) if not address.startswith("data:")]
    assert beside and all((tmp_path / address).is_file() for address in beside)
    assert {path.name for path in tmp_path.rglob("LICENSE*")} == {p.name for p in ASSETS.rglob("LICENSE*")}
    assert len(css.encode()) < 40_000


def test_the_assets_are_the_same_bytes_every_time(tmp_path: Path) -> None:
    write_assets(tmp_path / "one")
    write_assets(tmp_path / "two")
    write_assets(tmp_path / "two")
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert one == two and len(one) > 10


def test_every_font_file_is_there_with_its_licence() -> None:
    fonts = ASSETS / "fonts"
    for face in BOOK["type"]["faces"]:
        assert (fonts / face["file"]).is_file()
    assert len(list(fonts.glob("LICENSE*"))) == 2


def test_an_icon_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError):
        rendering.icon("rocket")


def test_what_a_template_misses_is_an_error_and_what_it_prints_is_escaped() -> None:
    made = rendering.environment().from_string("{{ given }}{{ missing }}")
    with pytest.raises(jinja2.UndefinedError, match="missing"):
        made.render(given="x")
    assert made.render(given="<b>", missing="&") == "&lt;b&gt;&amp;"
    assert rendering.emphasised("**<1>** <b>") == "<strong>&lt;1&gt;</strong> &lt;b&gt;"
    assert rendering.code("`<a>` & b") == "<code>&lt;a&gt;</code> &amp; b"
