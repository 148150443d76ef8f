"""The questions that `docs/explanation/questions.md` answers, read as what to look for where.

The page arrives; parts of answers leave: tables, columns, indicators with scopes, conditions. A part stands
between semicolons and names tables or indicators; the columns it names are theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "questions.md"
FIGURES = "marts.indicator_value"
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$")
TOKEN = re.compile(r"`([^`]+)`")
TABLE = re.compile(r"^((?:marts|quality|publication)\.\w+)(?:\.(\w+))?$")
CONDITION = re.compile(r"^(\w+) = ('[^']*')$")
SCOPES = re.compile(r"\bscopes? ([a-z_]+(?:(?:, | and |, or | or )[a-z_]+)*)")
# Not of the warehouse: a file of the release, a command, and the shape of an item.
ELSEWHERE = re.compile(r"^release\.json$|^vetro |^<")


@dataclass
class Part:
    """A part of an answer.

    tables: the columns named of each. figures: indicator ids. columns: of one of the tables, or
    of the figures.
    """

    question: str
    tables: dict[str, set[str]] = field(default_factory=dict)
    figures: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    conditions: list[tuple[str, str]] = field(default_factory=list)


def answers(indicators: set[str], scope_types: set[str]) -> dict[str, list[Part]]:
    """Return the parts of every answer, by heading and number of the question."""
    found: dict[str, list[Part]] = {}
    heading = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        heading = line.removeprefix("## ") if line.startswith("## ") else heading
        if row := ROW.match(line):
            question = f"{heading} {row[1]}: {row[2]}"
            found[question] = [_part(question, text, indicators, scope_types) for text in row[3].split(";")]
    return found


def _part(question: str, text: str, indicators: set[str], scope_types: set[str]) -> Part:
    part = Part(question)
    for token in TOKEN.findall(text):
        if table := TABLE.match(token):
            part.tables.setdefault(table[1], set()).update([table[2]] if table[2] else [])
        elif condition := CONDITION.match(token):
            part.conditions.append((condition[1], condition[2]))
        elif token in indicators:
            part.figures.append(token)
        elif not ELSEWHERE.match(token):
            part.columns.append(token)
    for named in SCOPES.findall(TOKEN.sub("", text)):
        part.scopes += [word for word in re.findall(r"\w+", named) if word in scope_types]
    return part
