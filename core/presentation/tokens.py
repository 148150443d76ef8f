"""The tokens of the look: `tokens.yaml` arrives; colours, faces, sizes and their CSS variables leave.

What a part looks like does not belong here (`styles/`), only what colours, faces and sizes are called.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Theme = Literal["light", "dark"]
Side = Literal["staff", "public"]

FOLDER = Path(__file__).parent
ASSETS = FOLDER / "assets"


@cache
def tokens() -> dict[str, Any]:
    """Return the tokens as they stand in tokens.yaml."""
    return yaml.safe_load((FOLDER / "tokens.yaml").read_text(encoding="utf-8"))


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


def face_stack(role: str) -> str:
    """Return the CSS font-family list of `text` or `title`, with its fallbacks."""
    face = tokens()["type"][role]
    return f'"{face["family"]}", {face["fallback"]}'


def colour_variables(theme: Theme) -> str:
    """Return the declarations `--cdv-<name>:<hex>` of every colour in one theme, joined by semicolons."""
    book = tokens()
    lines = [f"--cdv-{name}:{entry[theme]}" for name, entry in (book["surface"] | book["colour"]).items()]
    lines += [f"--cdv-frosted-{name}:{book['frosted'][name][theme]}" for name in ("tint", "hatch")]
    lines += [f"--cdv-category-{entry['name']}:{entry[theme]}" for entry in book["category"]]
    lines += [f"--cdv-hue-{unit}:{hue(unit, theme)}" for unit in book["hue"]]
    return ";".join(lines)


def shape_variables(side: Side) -> str:
    """Return the declarations of faces, radius, width and the type sizes of one side of the product."""
    book = tokens()
    lines = [f"--cdv-font-{role}:{face_stack(role)}" for role in ("text", "title")]
    lines += [f"--cdv-radius:{book['radius']}px", f"--cdv-width:{book['width']['page']}px"]
    return ";".join(lines + [_size(role, pair) for role, pair in book["type"][side].items()])


def narrow_rule() -> str:
    """Return the rule that sets the type sizes of narrow screens."""
    sizes = ";".join(_size(role, pair) for role, pair in tokens()["type"]["narrow"].items())
    return f"@media (max-width:{tokens()['width']['narrow']}px){{:root{{{sizes}}}}}"


def css_variables(theme: Theme, side: Side) -> str:
    """Return the `:root` block that names every token as `--cdv-<name>`, for one theme and one side
    of the product.
    """
    return f":root{{{colour_variables(theme)};{shape_variables(side)}}}\n{narrow_rule()}"


def font_faces(base: str) -> str:
    """Return the @font-face rules; `base` is the address of the folder of the font files, without
    a final slash.
    """
    return "\n".join(
        font_face(face, f"{base}/{face['file']}", tokens()["type"]["ranges"][face["range"]])
        for face in tokens()["type"]["faces"]
    )


def font_face(face: dict[str, str], address: str, characters: str) -> str:
    """Return the @font-face rule of an entry of `type.faces`, read from `address`, for some characters."""
    return (
        f"@font-face{{font-family:'{face['family']}';font-weight:{face['weight']};font-display:swap;"
        f"src:url('{address}') format('woff2');unicode-range:{characters}}}"
    )


@cache
def icon_names() -> tuple[str, ...]:
    """Return the names of the icons, sorted."""
    return tuple(sorted(path.stem for path in (ASSETS / "icons").glob("*.svg")))


def icon_rules(base: str) -> str:
    """Return the rules that draw each icon in the colour of its text; `base` is the address of
    the icons' folder.
    """
    return "\n".join(icon_rule(name, f"{base}/{name}.svg") for name in icon_names())


def icon_rule(name: str, address: str) -> str:
    """Return the rule that draws one icon, read from `address`."""
    mask = f"mask-image:url('{address}')"
    return f".cdv-icon-{name}{{-webkit-{mask};{mask}}}"


def _size(role: str, pair: list[int]) -> str:
    return f"--cdv-{role}:{pair[0] / 16:g}rem;--cdv-{role}-line:{pair[1] / 16:g}rem"
