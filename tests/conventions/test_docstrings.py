"""Docstrings are wrapped as a whole: no line holds only what an edit has pushed out of the line above."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.conventions.test_packages import PACKAGES, PRODUCT

# A last line of two words is how a paragraph may end; between two lines it is a tear.
FEWEST_WORDS, FEWEST_AT_THE_END = 3, 2
# What is laid out and not wrapped: list items, tables, and whatever is set further in than its paragraph.
LAID_OUT = re.compile(r"\s|[-*|] |\d+\. ")


def torn_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of docstrings with fewer words than a line of a paragraph has, and their numbers."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if ast.get_docstring(node) is None:
            continue
        first, last = node.body[0].lineno, node.body[0].end_lineno or 0
        margin = len(lines[first - 1]) - len(lines[first - 1].lstrip())
        paragraph: list[tuple[int, str]] = []
        for number in range(first, last + 2):
            line = lines[number - 1][margin:].replace('"""', "").rstrip() if number <= last else ""
            if line and not LAID_OUT.match(line):
                paragraph.append((number, line))
                continue
            if len(paragraph) > 1 and not line:
                *inner, (end, words) = paragraph
                yield from (each for each in inner if len(each[1].split()) < FEWEST_WORDS)
                if len(words.split()) < FEWEST_AT_THE_END:
                    yield end, words
            paragraph = []


@pytest.mark.parametrize("folder", sorted({*PACKAGES, "tests"}))
def test_no_line_of_a_docstring_is_torn(folder: str) -> None:
    torn = [
        f"{path.relative_to(PRODUCT)}:{number}: {line}"
        for path in sorted((PRODUCT / folder).rglob("*.py"))
        for number, line in torn_lines(path.read_text(encoding="utf-8"))
    ]
    assert not torn, "wrap the paragraph anew, to 110 columns or a little less:\n" + "\n".join(torn)


@pytest.mark.parametrize(
    ("docstring", "torn"),
    [
        ("One line.", []),
        ("A line of several words\nand one more.", []),
        ("A line of several words\nthen.", [2]),
        ("A line of several words\nand then.", []),
        ("A line of several words.\n\nThen.", []),
        ("A line of several words\nand one\nand one more.", [2]),
        ("A line of several words:\n\n- one\n- two", []),
        ("A line of several words:\n  set in", []),
    ],
)
def test_a_torn_line_is_found(docstring: str, torn: list[int]) -> None:
    assert [number for number, _ in torn_lines(f'"""{docstring}"""\n')] == torn
