"""The stylesheet: tokens and the files of `styles/` arrive; the one stylesheet of a medium leaves, and the
folder of assets that it points to.

Layers in their order: tokens, base, parts, page, print. What stands in a later one holds over what stands in
an earlier one, however it is selected.
"""

import base64
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from core.presentation.tokens import (
    ASSETS,
    FOLDER,
    Side,
    Theme,
    colour_variables,
    css_variables,
    font_face,
    font_faces,
    icon_names,
    icon_rule,
    icon_rules,
    narrow_rule,
    shape_variables,
    tokens,
)

Medium = Literal["page", "sheet"]

LAYERS = ("tokens", "base", "components", "page", "print")
STYLESHEET = "style.css"
_SIDES: dict[str, Side] = {"page": "public", "sheet": "staff"}
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


@cache
def stylesheet(medium: Medium, base: str | None = None) -> str:
    """Return the stylesheet of a medium: `page` for a site, `sheet` for a paper that is one file.

    base -- the address of the assets' folder, relative to where the stylesheet stands ("." beside it),
    without a final slash; the faces are read from there. None: those of the Latin script are in the text
    itself, so that it needs nothing else. Icons always are: an icon is a mask, and a browser reads no mask
    from a disk. Light and dark follow the reader's device, unless `data-theme` on the root says otherwise;
    paper is always light.
    """
    texts = dict(_layers(medium, _SIDES[medium]))
    faces = _embedded_faces() if base is None else font_faces(f"{base}/fonts")
    blocks = "\n".join(f"@layer {layer} {{\n{texts[layer].strip()}\n}}" for layer in LAYERS)
    return f"@layer {', '.join(LAYERS)};\n{faces}\n{_embedded_icons()}\n{blocks}\n"


def application_stylesheet(theme: Theme, side: Side, base: str) -> str:
    """Return the same rules for an application with a stylesheet of its own: one theme, without layers.

    What stands in no layer holds over everything in one; there the rules are told apart by how they select.
    """
    shared = "\n".join(_style(layer) for layer in ("base", "components", "print"))
    faces = f"{font_faces(f'{base}/fonts')}\n{icon_rules(f'{base}/icons')}"
    return f"{faces}\n{css_variables(theme, side)}\n{shared}"


def write_assets(folder: Path) -> None:
    """Write what every page of a site points to into `folder`: `style.css`, `fonts/`, `icons/` and the
    licences. The same bytes every time; files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STYLESHEET).write_bytes(stylesheet("page", ".").encode())
    for path in sorted(ASSETS.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(ASSETS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


def _layers(medium: Medium, side: Side) -> Iterator[tuple[str, str]]:
    yield "tokens", _token_rules(side)
    yield "base", f"{_style('document')}\n{_style('base')}"
    yield "components", _style("components")
    yield "page", _style(medium)
    yield "print", _style("print")


def _token_rules(side: Side) -> str:
    dark = colour_variables("dark")
    return "\n".join(
        [
            f":root{{color-scheme:light dark;{colour_variables('light')};{shape_variables(side)}}}",
            narrow_rule(),
            f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme='light']){{{dark}}}}}",
            f"@media screen{{:root[data-theme='dark']{{color-scheme:dark;{dark}}}}}",
            ":root[data-theme='light']{color-scheme:light}",
        ]
    )


def _style(name: str) -> str:
    """Return a file of `styles/`, or the files of a folder of that name in the order of their names."""
    place = FOLDER / "styles" / name
    files = sorted(place.glob("*.css")) if place.is_dir() else [place.with_suffix(".css")]
    return _COMMENT.sub("", "\n".join(path.read_text(encoding="utf-8").strip() for path in files))


def _embedded_faces() -> str:
    """The faces of the Latin script, as addresses that hold the files themselves.

    A character beyond Latin-1 is written in the fallback face.
    """
    ranges = tokens()["type"]["ranges"]
    return "\n".join(
        font_face(face, _data(ASSETS / "fonts" / face["file"], "font/woff2"), ranges[face["range"]])
        for face in tokens()["type"]["faces"]
        if face["range"] == "latin"
    )


def _embedded_icons() -> str:
    paths = {name: ASSETS / "icons" / f"{name}.svg" for name in icon_names()}
    return "\n".join(icon_rule(name, _data(path, "image/svg+xml")) for name, path in paths.items())


def _data(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
