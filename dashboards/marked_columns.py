"""The SQL of protected cells: the columns of the indicator table, without the numbers that a mark hides.

Every query of the private side asks for cells through it, so that a hidden number never leaves the database.
"""

# The mark a reader sees who may see everything: it follows from the status alone. For others a number that
# is hidden is not in their rows.
OWN_MARK = """case when mark = 'not_visible' then mark else case status when 'suppressed' then 'suppressed'
    when 'ok' then case when value = 0 then 'zero' else 'value' end
    when 'not_collected' then 'not_collected' when 'not_applicable' then 'not_applicable'
    else 'missing' end end"""
# The mark that publication gave; a cell it did not judge is not shown.
PROTECTED_MARK = "coalesce(mark, 'suppressed')"

_NUMBERS = ("numerator", "denominator", "value", "ci_low", "ci_high")


def marked_cells(mark: str, source: str) -> str:
    """Return the query of some figures: where each stands, its numbers where the mark lets them be shown, and
    the mark. source -- which they are, from `from` on."""
    place, listed = "indicator_id, scope_type, scope_id, item, area, period_type, period_start", []
    for name in _NUMBERS:
        listed.append(f"case when mark in ('value', 'zero') then {name} end as {name}")
    # The mark is named once: with it in every column, planning took most of the time of a query.
    return f"""select {place}, {", ".join(listed)}, mark
        from (
            select {place}, {", ".join(_NUMBERS)}, {mark} as mark {source}
        )"""
