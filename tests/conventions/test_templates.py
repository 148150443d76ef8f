"""Templates print what arrives: no arithmetic, no adding up, no counting."""

from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from core.presentation.rendering import environment
from tests.conventions.test_packages import PACKAGES, PRODUCT

ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)
COMPUTING = {
    "abs", "count", "filesizeformat", "float", "format", "int", "length", "max", "min", "random", "round",
    "sum", "wordcount",
}  # fmt: skip


def templates() -> list[Path]:
    return sorted(path for name in PACKAGES for path in (PRODUCT / name).rglob("*.j2"))


def computed(text: str, made: Environment) -> list[tuple[int, str]]:
    """Return where a template computes: the line, and with what."""
    tree = made.parse(text)
    found = [(node.lineno, type(node).__name__) for node in tree.find_all(ARITHMETIC)]
    found += [(node.lineno, node.name) for node in tree.find_all(nodes.Filter) if node.name in COMPUTING]
    return sorted(found)


def test_no_template_computes() -> None:
    assert len(templates()) > 10
    wrong = [
        f"{path.relative_to(PRODUCT)}:{line}: {how}"
        for path in templates()
        for line, how in computed(path.read_text(encoding="utf-8"), environment())
    ]
    assert not wrong, f"work it out in Python and pass it in ready: {wrong}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ a + 1 }}", ["Add"]),
        ("{% set n = a - b %}", ["Sub"]),
        ('<i style="width:{{ 100 * a / b }}%">', ["Div", "Mul"]),
        ("{{ a | round }}{{ a|int }}{{ rows | sum(attribute='n') }}", ["int", "round", "sum"]),
        ("{% if a % 2 %}x{% endif %}", ["Mod"]),
        ("{% for a in rows %}{{ loop.index }}: {{ a ~ '-' ~ b }}{% endfor %}", []),
        ("{% if a > 1 and rows[1:] %}{{ -1 }}{% endif %}", ["Neg"]),
    ],
)
def test_a_template_that_computes_is_found(text: str, found: list[str]) -> None:
    assert sorted(how for _, how in computed(text, environment())) == found


def test_no_module_writes_a_document_by_hand() -> None:
    written = [
        f"{path.relative_to(PRODUCT)}"
        for name in PACKAGES
        for path in (PRODUCT / name).rglob("*.py")
        if "<!doctype" in path.read_text(encoding="utf-8").lower()
    ]
    assert not written, f"extend a base of core/presentation/templates: {written}"
