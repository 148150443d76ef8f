"""The map (Mappa): the regions that a network works in, on the outlines of Italy, beside a list.

The list is the control and the map follows it; outlines are drawn, with no projection, so no place within a
region is claimed.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from functools import cache

from markupsafe import Markup

from core.presentation.rendering import render
from core.presentation.tokens import ASSETS

_OUTLINES = ASSETS / "maps" / "italy.svg"
# ISTAT's codes of the regions, by the names of the outlines.
_REGIONS = {
    "piedmont": "01",
    "aosta-valley": "02",
    "lombardy": "03",
    "trentino-south-tyrol": "04",
    "veneto": "05",
    "friuli-venezia-giulia": "06",
    "liguria": "07",
    "emilia-romagna": "08",
    "tuscany": "09",
    "umbria": "10",
    "marche": "11",
    "lazio": "12",
    "abruzzo": "13",
    "molise": "14",
    "campania": "15",
    "apulia": "16",
    "basilicata": "17",
    "calabria": "18",
    "sicily": "19",
    "sardinia": "20",
}


@cache
def _outlines() -> tuple[str, dict[str, str]]:
    root = ElementTree.parse(_OUTLINES).getroot()
    paths = {_REGIONS[each.attrib["id"]]: each.attrib["d"] for each in root if "d" in each.attrib}
    return root.attrib["viewBox"], paths


def region_map(names: Mapping[str, Sequence[str]], alternative: str) -> Markup:
    """Return the map with the regions of the network filled; `names` of their territories by region code."""
    box, paths = _outlines()
    regions = [
        {"path": path, "names": ", ".join(names.get(code, ()))} for code, path in sorted(paths.items())
    ]
    return Markup(render("pictures/map.svg.j2", box=box, regions=regions, alternative=alternative))
