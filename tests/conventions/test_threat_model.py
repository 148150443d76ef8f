"""The threat model names tests that are there, and ids of the form of the standard; packages are locked."""

import ast
import re
from pathlib import Path

import pytest

PRODUCT = Path(__file__).parents[2]
PAGE = PRODUCT / "docs" / "explanation" / "threat-model.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").split("## Rows")[1].split("\n## ")[0].splitlines()
    if line.startswith("|")
][2:]


def test_there_are_rows_and_each_says_everything() -> None:
    assert len(ROWS) > 30
    for row in ROWS:
        assert len(row) == 5 and all(row), row
        assert all(
            re.fullmatch(r"(1[0-7]|[1-9])\.[1-9]\.[1-9][0-9]?", each) for each in row[0].split(", ")
        ), row


@pytest.mark.parametrize("named", sorted({row[4] for row in ROWS}))
def test_every_test_that_it_names_exists(named: str) -> None:
    file, _, name = named.strip("`").partition("::")
    tree = ast.parse((PRODUCT / file).read_text(encoding="utf-8"))
    assert name.startswith("test_")
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_locked_package_has_its_hash() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        text = (PRODUCT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
        locked = [line for line in text.splitlines() if line and line[0].isalnum()]
        assert len(locked) > 100
        assert [line for line in locked if "==" not in line or "--hash=sha256:" not in line] == []
