"""Imports stand at the top of their module; one inside a function says why in the comment above it."""

import ast
from collections.abc import Iterator

import pytest

from tests.conventions.test_packages import PACKAGES, sources, where

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def without_reason(text: str) -> list[int]:
    """Return the lines of imports in functions above which no comment stands.

    Imports that follow each other share the comment above the first.
    """
    lines = text.splitlines()
    first_lines = [block[0].lineno for block in blocks(ast.parse(text))]
    return sorted(line for line in first_lines if not lines[line - 2].lstrip().startswith("#"))


def blocks(tree: ast.AST, *, inside: bool = False) -> Iterator[list[ast.stmt]]:
    """Yield the imports in functions: those that stand one after the other together."""
    for node in ast.iter_child_nodes(tree):
        yield from blocks(node, inside=inside or isinstance(node, FUNCTIONS))
    inside = inside or isinstance(tree, FUNCTIONS)
    for field in ("body", "orelse", "finalbody") if inside else ():
        block: list[ast.stmt] = []
        held = getattr(tree, field, None)
        # A lambda's body is no list.
        for statement in [*(held if isinstance(held, list) else ()), None]:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                block.append(statement)
            elif block:
                yield block
                block = []


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_an_import_in_a_function_says_why(package: str) -> None:
    silent = [
        where(path, line) for path in sources(package) for line in without_reason(path.read_text("utf-8"))
    ]
    assert not silent, (
        "imports belong at the top; a command's module is imported only when it is asked for. "
        f"Where one must stand in a function, a comment above it says why: {silent}"
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import a\n", []),
        ("def f():\n    import a\n", [2]),
        ("def f():\n    # Slow.\n    import a\n    from b import c\n\n    from d import e\n", []),
        ("def f():\n    # Slow.\n    import a\n    g()\n    import b\n", [5]),
        ("def f():\n    with g():\n        h()\n        import a\n", [4]),
        ("def f():\n    if g:\n        h()\n    else:\n        import a\n", [5]),
        ("def f():\n    try:\n        h()\n    except E:\n        import a\n", [5]),
        ("if TYPE_CHECKING:\n    import a\n", []),
    ],
)
def test_an_import_without_a_reason_is_found(text: str, lines: list[int]) -> None:
    assert without_reason(text) == lines
