"""Tests hold on to what the product shows: they neither import, nor read, nor patch its private names."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PRODUCT = Path(__file__).resolve().parents[2]
OURS = {path.parent.name for path in PRODUCT.glob("*/__init__.py")}
# Of a named tuple these are public.
OF_NAMED_TUPLES = {"_asdict", "_fields", "_make", "_replace"}
BY_NAME = {"delattr", "getattr", "hasattr", "patch", "object", "setattr"}
WHAT_TO_DO = (
    "A private name may change without a word. Take one of these instead, and keep the assertion:\n"
    "  - what a user has: a command, a file, an environment variable, a real process;\n"
    "  - a parameter or a public function of the product, added if it is of use to more than the test;\n"
    "  - where something outside is to fail, the system call itself (os.fsync, os.replace, time.sleep)."
)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in OF_NAMED_TUPLES


def private_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The line and the words of each use of a private name of the product."""
    of_others = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                full = f"{module}.{alias.name}".lstrip(".")
                if full.split(".")[0] not in OURS:
                    of_others.add(alias.asname or alias.name.split(".")[0])
                elif any(map(is_private, full.split("."))):
                    yield node.lineno, f"imports {full}"
    own = {
        id(inner)
        for each in ast.walk(tree)
        if isinstance(each, ast.ClassDef)
        for inner in ast.walk(each)
        if isinstance(inner, ast.Attribute)
        and isinstance(inner.value, ast.Name)
        and inner.value.id in ("self", "cls")
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and id(node) not in own:
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if not (isinstance(root, ast.Name) and root.id in of_others):
                yield node.lineno, f"uses {ast.unparse(node)}"
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            said = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
            names = [part for text in said if isinstance(text, str) for part in text.split(".")]
            # Here also what Python keeps for itself, as the defaults of a function.
            if called in BY_NAME and any(part.startswith("_") for part in names):
                yield node.lineno, f"calls {ast.unparse(node)[:80]}"


def test_tests_use_public_names_only() -> None:
    wrong = [
        f"{path.relative_to(PRODUCT)}:{line} {use}"
        for path in sorted((PRODUCT / "tests").rglob("*.py"))
        for line, use in private_names(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not wrong, "\n".join([*wrong, "", WHAT_TO_DO])


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("from publication.tracing import _rows", 1),
        ("import publication._cells", 1),
        ("import quality\nquality.landed._volume()", 1),
        ("def test(home):\n    home._erase()", 1),
        ("def once(self):\n    return self._filesystem", 1),
        ("def test(patch):\n    patch.setattr('quality.gate._write', None)", 1),
        ("def test(patch, fetch):\n    patch.setattr(fetch, '__kwdefaults__', {})", 1),
        ("getattr(object(), '_hidden')", 1),
        ("class Own:\n    def __init__(self):\n        self._rows = self._other = []", 0),
        ("import os\nos._exit(0)", 0),
        ("def test(pair):\n    pair._replace(one=1)", 0),
        ("print(__file__, int.__name__)", 0),
        ("def test(patch, rows):\n    patch.setattr(rows, 'kept', '_id')", 0),
    ],
)
def test_a_private_name_is_found_wherever_it_is_used(text: str, uses: int) -> None:
    assert len(list(private_names(ast.parse(text)))) == uses
