"""Every page and every public table is an exposure of the dbt project, which names the marts it reads."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from dashboards.pages import STAFF

PRODUCT = Path(__file__).resolve().parents[2]
DASHBOARDS = PRODUCT / "dashboards"
MODELS = PRODUCT / "dbt_project" / "models"
TABLE = re.compile(r"\b(?:marts|quality)\.([a-z_]+)")
# Written by the gates and not by dbt.
NOT_MODELS = {"check_result"}
# The modules of the private tables' SQL; a page reads them as `queries.<function>` or `<module>.<function>`.
SQL = sorted(DASHBOARDS.glob("queries/*.py"))
QUERIES = {"queries", *(path.stem for path in SQL)}
# All pages of the site are one reader of the public side of a release.
SITE = "dashboards/site/writing.py"
PAGE = "put it into dbt_project/models/exposures.yml as docs/how-to/add-a-page.md shows"
PUBLIC_TABLE = "put it into dbt_project/models/exposures.yml as docs/how-to/add-a-public-table.md shows"


@cache
def exposures() -> dict[str, dict]:
    document = yaml.safe_load((MODELS / "exposures.yml").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in document["exposures"]}


def read_by(exposure: dict) -> set[str]:
    """The models that an exposure names."""
    return set(re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"])))


def pages() -> list[str]:
    found = [path.relative_to(PRODUCT).as_posix() for path in DASHBOARDS.glob("staff_pages/*.py")]
    return [*sorted(found), SITE]


def by_file(page: str) -> dict:
    found = [entry for entry in exposures().values() if entry["meta"].get("file") == page]
    assert len(found) == 1, f"{page} is {len(found)} exposures: {PAGE}"
    return found[0]


@cache
def table_list() -> dict:
    return yaml.safe_load((PRODUCT / "publication" / "tables.yaml").read_text(encoding="utf-8"))


def public_tables() -> list[str]:
    """The short names of the public tables: t01, t02, ..."""
    names = [entry["name"] for entry in table_list()["tables"]] + [table_list()["open"]["name"]]
    return sorted({name.partition("_")[0] for name in names})


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[Path]:
    """The modules of the dashboards that a module imports."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "dashboards":
            package = PRODUCT.joinpath(*node.module.split("."))
            candidates = [package / f"{name.name}.py" for name in node.names] + [package.with_suffix(".py")]
            found |= {candidate for candidate in candidates if candidate.is_file()}
    return found


def reached(page: str) -> set[Path]:
    """The page's module and all that it imports, near and far."""
    seen: set[Path] = set()
    ahead = [PRODUCT / page]
    while ahead:
        path = ahead.pop()
        if path not in seen:
            seen.add(path)
            ahead += imported(path)
    return seen


@cache
def tables_of_functions() -> dict[str, set[str]]:
    """The marts in the SQL of every function of the modules of SQL, and of what it calls there."""
    own: dict[str, tuple[set[str], set[str]]] = {}
    for node in (node for module in SQL for node in parsed(module).body):
        name = node.name if isinstance(node, ast.FunctionDef) else None
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        if name:
            texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
            tables = {table for text in texts if isinstance(text, str) for table in TABLE.findall(text)}
            own[name] = tables, {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}

    def whole(name: str, above: frozenset[str] = frozenset()) -> set[str]:
        tables, names = own[name]
        calls = (names & set(own)) - above - {name}
        return tables.union(*(whole(call, above | {name}) for call in calls))

    return {name: whole(name) - NOT_MODELS for name in own}


def used(page: str) -> set[str]:
    """The marts that a page can read."""
    calls = {
        node.attr
        for path in reached(page)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in QUERIES
    }
    return set().union(*(tables_of_functions()[call] for call in calls & set(tables_of_functions())))


def test_the_pages_read_marts() -> None:
    assert {"indicator_value", "dim_grant"} <= used("dashboards/staff_pages/foundation.py")


@pytest.mark.parametrize("page", pages())
def test_a_page_is_an_exposure_that_names_every_mart_it_reads(page: str) -> None:
    exposure = by_file(page)
    if exposure["meta"]["side"] == "staff":
        assert used(page) == read_by(exposure), (
            f"depends_on of {exposure['name']} is to be {sorted(used(page))}"
        )
    assert read_by(exposure), "the site reads what publication makes of the marts"


def test_the_packs_are_an_exposure_that_names_every_mart_they_read() -> None:
    exposure = exposures()["reporting_packs"]
    sql = (PRODUCT / exposure["meta"]["sql"]).read_text(encoding="utf-8")
    assert set(TABLE.findall(sql)) - NOT_MODELS == read_by(exposure)


@pytest.mark.parametrize("table", public_tables())
def test_a_public_table_is_an_exposure_that_names_every_mart_behind_it(table: str) -> None:
    assert f"table_{table}" in exposures(), f"{table} is no exposure: {PUBLIC_TABLE}"
    exposure = exposures()[f"table_{table}"]
    entries = [entry for entry in table_list()["tables"] if entry["name"].startswith(f"{table}_")]
    behind = {entry.get("source", "indicator_value") for entry in entries} or {"indicator_value"}
    for entry in entries:
        measures = [table_list()["measures"][name] for name in entry["measures"]]
        behind |= {measure["contributions"]["fact"] for measure in measures if "contributions" in measure}
    assert behind <= read_by(exposure), f"add to its depends_on: {sorted(behind - read_by(exposure))}"


def test_no_exposure_outlives_its_page_or_table() -> None:
    metas = [entry["meta"] for entry in exposures().values()]
    assert {meta["file"] for meta in metas if "file" in meta} == set(pages()), f"gone, or new: {PAGE}"
    tables = {meta["table"] for meta in metas if "table" in meta}
    assert tables == set(public_tables()), f"gone, or new: {PUBLIC_TABLE}"


def test_the_register_of_the_pages_names_their_files() -> None:
    files = {page.removeprefix("dashboards/") for page in pages() if "/staff_pages/" in page}
    assert {page.file for page in STAFF} == files, (
        "register each page in dashboards/pages.py (docs/how-to/add-a-page.md), or delete its file"
    )


def test_an_exposure_names_only_models_of_the_published_layers() -> None:
    published = {path.stem for layer in ("marts", "quality") for path in (MODELS / layer).rglob("*.sql")}
    wrong = {name: read_by(entry) - published for name, entry in exposures().items()}
    assert not {name: models for name, models in wrong.items() if models}, (
        "name the marts behind them instead"
    )
