"""The quality score of a source in words: scores by month arrive, cells and the badge beside a figure leave.

How a score is computed does not belong here (docs/explanation/quality-score.md).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from core.presentation import formatting
from core.presentation.formatting import Lang
from dashboards.components.card import Badge
from dashboards.components.table import Cell, Column
from dashboards.figures import SHOWN, last_day
from dashboards.i18n import Messages

WHOLE = "ALL"
DIMENSIONS = ("completeness", "validity", "timeliness", "consistency", "linkage")
# How many months the pages show, newest last.
MONTHS = 12


def mean(scores: Sequence[Decimal]) -> Decimal | None:
    """Return the plain mean of scores from 0 to 1, rounded down to the whole percentage; None of none."""
    if not scores:
        return None
    return (sum(scores, Decimal(0)) / len(scores)).quantize(Decimal("0.01"), ROUND_FLOOR)


def of_period(scores: Mapping[date, Decimal], period_type: str, start: date) -> Decimal | None:
    """Return the score of a period, the mean of those of its months; None where no month of it has one."""
    end = last_day(period_type, start)
    return mean([score for month, score in sorted(scores.items()) if start <= month <= end])


def percent(score: Decimal, lang: Lang) -> str:
    """Return a score as the whole percentage that it is: 97%."""
    return f"{formatting.number(score * 100, lang)}%"


def badge(
    scores: Mapping[date, Decimal], period_type: str, start: date, messages: Messages, address: str = ""
) -> Badge | None:
    """Return the badge of a figure of a period, from its source's scores by month; None without a score."""
    score = of_period(scores, period_type, start)
    if score is None:
        return None
    return Badge(messages("quality_score.badge", score=percent(score, messages.lang)), address)


def cell(dimension: str, score: Decimal | None, mark: str, messages: Messages) -> Cell:
    """Return the cell of a score; where there is none, the words that say why."""
    if score is None or mark not in SHOWN:
        why = messages.known(f"quality_score.{dimension}.{mark}", messages(f"quality_score.{mark}"))
        return Cell(why, None, mark)
    return Cell(percent(score, messages.lang), score, mark)


def name_of(dimension: str, messages: Messages) -> str:
    """Return the name of a dimension, or of the score itself."""
    return messages(f"quality_score.{dimension}")


def columns(dimensions: Sequence[str], messages: Messages) -> list[Column]:
    """Return a column for each dimension, and for the score itself."""
    return [Column(each.lower(), name_of(each, messages), True) for each in dimensions]


def terms(messages: Messages, days_to_arrive: int) -> list[tuple[str, str, str]]:
    """Return each dimension with what it means and its id, as a list of terms."""
    days = messages.count(days_to_arrive)
    return [
        (name_of(dimension, messages), messages(f"quality_score.{dimension}.is", days=days), dimension)
        for dimension in DIMENSIONS
    ]
