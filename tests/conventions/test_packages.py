"""Who may know whom, and who may read the environment: the order of the packages, checked on every source
file.
"""

import ast
from pathlib import Path

import pytest

PRODUCT = Path(__file__).resolve().parents[2]
PACKAGES = {"ingestion", "simulation", "quality", "publication", "dashboards", "orchestration", "benchmarks"}
# What a direct identifier is must be one rule at ingestion and before a release leaves.
KNOWN_ABOVE = {"home", "contract", "instances", "direct_identifiers"}
TOOLS = {"dagster", "dagster_dbt", "streamlit", "dbt"}

# What each package may import of our own, and which tools it may not.
MAY_IMPORT = {
    "ingestion": set(),
    "simulation": {"ingestion"},
    "quality": {"ingestion"},
    "publication": {"ingestion"},
    "dashboards": set(),
    "orchestration": PACKAGES - {"benchmarks"},
}
MAY_NOT_USE = {
    "ingestion": TOOLS | {"great_expectations", "plotly"},
    "simulation": TOOLS | {"great_expectations", "plotly"},
    "quality": TOOLS | {"plotly"},
    "publication": TOOLS | {"great_expectations", "plotly"},
    "dashboards": {"dagster", "dagster_dbt", "dbt", "great_expectations"},
    "orchestration": {"streamlit", "plotly"},
}
MAY_READ_ENVIRONMENT = {"core/settings.py", "dashboards/settings.py"}


def sources(package: str) -> list[Path]:
    return sorted(path for path in (PRODUCT / package).rglob("*.py") if "__pycache__" not in path.parts)


def imports(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append((node.lineno, node.module))
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(PRODUCT)}:{line}"


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_a_room_imports_only_what_lies_below_it(package: str) -> None:
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in sources(package)
        for line, name in imports(path)
        if name.split(".")[0] in PACKAGES - {package} - MAY_IMPORT[package]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", ["simulation", "quality", "publication"])
def test_of_the_ground_floor_only_a_few_modules_are_known_above(package: str) -> None:
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in sources(package)
        for line, name in imports(path)
        if name.startswith("ingestion.") and name.split(".")[1] not in KNOWN_ABOVE
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", sorted(MAY_NOT_USE))
def test_a_room_uses_only_the_tools_that_stand_in_it(package: str) -> None:
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in sources(package)
        for line, name in imports(path)
        if name.split(".")[0] in MAY_NOT_USE[package]
    ]
    assert not wrong, "\n".join(wrong)


def test_every_room_is_looked_at() -> None:
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
    assert not wrong, f"os.environ outside settings.py: {wrong}"


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_module_says_what_it_is_for(package: str) -> None:
    silent = [
        str(path.relative_to(PRODUCT))
        for path in sources(package)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent, f"modules without a docstring: {silent}"


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
    assert not silent, "\n".join(silent)


def test_no_room_of_odds_and_ends() -> None:
    odd = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    found = [
        str(path)
        for package in PACKAGES
        for path in sources(package)
        if path.stem in odd or path.parent.name in odd
    ]
    assert not found


@pytest.mark.parametrize("suffix", ["*.py", "*.sql"])
def test_a_file_holds_one_idea_and_fits_in_a_head(suffix: str) -> None:
    folders = [PRODUCT / name for name in (*PACKAGES, "dbt_project", "tests")]
    long = {
        str(path.relative_to(PRODUCT)): lines
        for folder in folders
        for path in folder.rglob(suffix)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 550
    }
    assert not long, long
