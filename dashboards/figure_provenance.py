"""How a number is made: a figure and its registry's words arrive, what its card opens leaves.

Definition, numerator and denominator with their numbers, formula, exports, checks and id: each a line with
its label. A number that is protected stands in none of them.
"""

from dashboards import queries
from dashboards.figures import PARTS, Figure, Indicator
from dashboards.page_context import PageContext


def made(
    context: PageContext, indicator: Indicator, figure: Figure, instances: tuple[str, ...] | None
) -> list[tuple[str, str]]:
    """Return label and text of every line that can be said of a figure; `instances` feed it (None: all)."""
    messages = context.messages
    lines = [("definition", indicator.definition(messages))]
    lines += [(part, figure.part_text(part, indicator, context.lang)) for part in PARTS]
    lines.append(("formula", indicator.formula))
    behind = queries.exports_behind(context.database, instances)
    counts = {"n": messages.count(behind["exports"]), "total": messages.count(behind["territories"])}
    lines.append(("exports", messages("made.exports.text", **counts)))
    found = queries.checks(context.database)
    if found:
        failed = messages.count(sum(not check["passed"] for check in found))
        lines.append(("checks", messages("made.checks.text", n=messages.count(len(found)), failed=failed)))
    name = messages("made.version", id=indicator.indicator_id, version=str(indicator.version))
    lines.append(("id", name if indicator.version else indicator.indicator_id))
    return [(messages(f"made.{part}"), text) for part, text in lines if text]
