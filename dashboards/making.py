"""How a number is made: a figure and its registry's words arrive, what its card opens leaves.

Definition, numerator and denominator with their numbers, formula, exports, checks and id: each a line with
its label. A number that is protected stands in none of them.
"""

from decimal import Decimal

from dashboards import numerals, received
from dashboards.figures import Figure, Indicator
from dashboards.view import View


def made(
    view: View, indicator: Indicator, figure: Figure, instances: tuple[str, ...] | None
) -> list[tuple[str, str]]:
    """Return label and text of every line that can be said of a figure; `instances` feed it (None: all)."""
    words = view.words
    lines = [("definition", indicator.definition(words))]
    for part in ("numerator", "denominator"):
        number = getattr(figure, part) if figure.is_shown else None
        if number is not None:
            lines.append((part, _written(number, indicator, part, view)))
    lines.append(("formula", indicator.formula))
    behind = received.exports_behind(view.database, instances)
    counts = {"n": words.count(behind["exports"]), "total": words.count(behind["territories"])}
    lines.append(("exports", words("made.exports.text", **counts)))
    found = received.checks(view.database)
    if found:
        failed = words.count(sum(not check["passed"] for check in found))
        lines.append(("checks", words("made.checks.text", n=words.count(len(found)), failed=failed)))
    name = words("made.version", id=indicator.indicator_id, version=str(indicator.version))
    lines.append(("id", name if indicator.version else indicator.indicator_id))
    return [(words(f"made.{part}"), text) for part, text in lines if text]


def _written(number: Decimal, indicator: Indicator, part: str, view: View) -> str:
    is_money = indicator.unit.startswith("EUR") and (part == "numerator" or indicator.unit == "EUR")
    if is_money:
        return numerals.euro(number, view.lang, cents=True)
    return numerals.number(number, view.lang, 0 if number == number.to_integral_value() else 2)
