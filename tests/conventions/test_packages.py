"""What every module of the packages keeps to; who may import whom, `lint-imports` judges (pyproject.toml)."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

PRODUCT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "core",
    "ingestion",
    "simulation",
    "quality",
    "publication",
    "dashboards",
    "orchestration",
    "benchmarks",
}
MAY_READ_ENVIRONMENT = {"core/settings.py", "dashboards/settings.py"}


def sources(package: str) -> list[Path]:
    return sorted(path for path in (PRODUCT / package).rglob("*.py") if "__pycache__" not in path.parts)


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(PRODUCT)}:{line}"


def test_a_chain_of_imports_through_ingestion_is_short() -> None:
    """`lint-imports` holds the order of the packages; this, how many modules one has to climb to
    follow an export.
    """
    graph = grimp.build_graph("ingestion")
    order = TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules})
    depth: dict[str, int] = {}
    for name in order.static_order():
        below = graph.find_modules_directly_imported_by(name)
        depth[name] = 1 + max((depth[other] for other in below), default=0)
    deepest = max(depth, key=lambda name: depth[name])
    assert depth[deepest] < 10, (
        f"{deepest} stands on {depth[deepest] - 1} others: move what it needs of them into a lower module"
    )


def test_every_package_is_looked_at() -> None:
    packages = {path.parent.name for path in PRODUCT.glob("*/__init__.py")} - {"tests"}
    assert packages == PACKAGES


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_the_environment_is_read_in_settings_only(package: str) -> None:
    wrong = []
    for path in sources(package):
        if path.relative_to(PRODUCT).as_posix() in MAY_READ_ENVIRONMENT:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            reads = isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
            if reads and isinstance(node.value, ast.Name) and node.value.id == "os":
                wrong.append(where(path, node.lineno))
    assert not wrong, (
        f"make it a setting in core/settings.py or dashboards/settings.py, and pass it on: {wrong}"
    )


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_module_says_what_it_is_for(package: str) -> None:
    silent = [
        str(path.relative_to(PRODUCT))
        for path in sources(package)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent, f"say in a docstring what arrives, what leaves and what does not belong: {silent}"


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_public_function_says_what_it_does(package: str) -> None:
    silent = []
    for path in sources(package):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        members = list(tree.body)
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                members += node.body
        public = [
            node
            for node in members
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        ]
        # Where a module is one function, the module's docstring speaks for it.
        if len(public) > 1:
            silent += [
                f"{where(path, node.lineno)} {node.name}" for node in public if not ast.get_docstring(node)
            ]
    assert not silent, "say in a docstring what each does:\n" + "\n".join(silent)


def test_no_package_of_odds_and_ends() -> None:
    odd = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    found = [
        str(path)
        for package in PACKAGES
        for path in sources(package)
        if path.stem in odd or path.parent.name in odd
    ]
    assert not found, f"name them for what they do: {', '.join(found)}"


@pytest.mark.parametrize("suffix", ["*.py", "*.sql"])
def test_a_file_holds_one_idea_and_fits_in_a_head(suffix: str) -> None:
    folders = [PRODUCT / name for name in (*PACKAGES, "dbt_project", "tests")]
    long = {
        str(path.relative_to(PRODUCT)): lines
        for folder in folders
        for path in folder.rglob(suffix)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 550
    }
    assert not long, f"more than 550 lines: move one of its ideas into a file of its own: {long}"
