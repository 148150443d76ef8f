"""People who asked, step by step: published steps arrive, bars of one territory and a table of all leave."""

from collections.abc import Sequence

from dashboards.numerals import number
from dashboards.parts.bars import Bar
from dashboards.parts.table import Cell, Column, Table, text_cell
from dashboards.published import Step
from dashboards.words import Words

WAITS, RESULTS = "t08_persons_by_wait", "t09_persons_by_result"


def name(step: Step, words: Words) -> str:
    """Return the step in words: "da 31 a 60 giorni", "accolte e ancora in attesa"."""
    days = {key: words.count(n) for key, n in (("low", step.low), ("high", step.high)) if n is not None}
    return words(f"step.{step.kind}", **days)


def bars(steps: Sequence[Step], words: Words) -> list[Bar]:
    """Return one bar per step of a territory."""
    return [
        Bar(
            name(step, words),
            [_cell(step, words)],
            None if step.people is None else float(step.people),
            step.mark,
        )
        for step in steps
    ]


def table(caption: str, steps: Sequence[Step], names: dict[str, str], words: Words) -> Table:
    """Return one row per territory and one column per step, territories in the order of `names`."""
    columns = {step.code: name(step, words) for step in steps}
    found = {(step.instance_id, step.code): _cell(step, words) for step in steps}
    lacking = Cell(words("mark.missing"), None, "missing")
    rows = [
        [text_cell(territory), *(found.get((instance, code), lacking) for code in columns)]
        for instance, territory in names.items()
    ]
    # Whoever asked twice may stand in two steps.
    heads = [Column(code, label, True, words("table.distinct")) for code, label in columns.items()]
    return Table(
        caption, [Column("territory", words("column.territory")), *heads], rows, words("table.empty")
    )


def _cell(step: Step, words: Words) -> Cell:
    shown = step.people is not None
    return Cell(
        number(step.people, words.lang) if shown else words(f"mark.{step.mark}"), step.people, step.mark
    )
