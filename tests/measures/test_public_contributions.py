"""The contributions behind the public tables agree with the marts that count the same in another way."""

import pytest

CALLS = ["submitted", "admitted", "funded", "paid"]


def differing(measured, ours: str, theirs: str) -> tuple[int, int]:
    """How many places both sides know, and how many of all have different figures (place, figure)."""
    both, wrong = measured.connection.execute(f"""
        select count(*) filter (where ours.figure is not null and theirs.figure is not null),
               count(*) filter (where coalesce(ours.figure, 0) <> coalesce(theirs.figure, 0))
        from ({ours}) as ours full join ({theirs}) as theirs using (place, start)""").fetchone()
    return both, wrong


def stage_persons(funnel: str, scope: str, stage: str) -> str:
    return f"""
        select scope_id as place, period_start as start, n_persons as figure from marts.stage_count
        where funnel = '{funnel}' and scope_type = '{scope}' and period_type = 'year' and area = 'ALL'
            and stage = '{stage}'"""


def contributors(measure: str, place: str, figure: str, where: str = "true") -> str:
    return f"""
        select {place} as place, period_start as start, {figure} as figure from marts.person_contribution
        where measure = '{measure}' and {where} group by all"""


@pytest.mark.parametrize(
    ("members", "stage"),
    [
        (["up_to_30", "31_to_60", "61_to_90", "over_90", "waiting"], "accepted"),
        (["up_to_30", "31_to_60", "61_to_90", "over_90"], "served"),
        (["waiting"], "waiting"),
        (["open"], "open"),
    ],
)
def test_people_who_asked_are_those_of_the_funnel(measured, members, stage):
    where = f"member in ({', '.join(repr(member) for member in members)})"
    ours = contributors("persons_asking", "instance_id", "count(distinct person_key)", where)
    both, wrong = differing(measured, ours, stage_persons("request", "instance", stage))
    assert both > 0
    assert wrong == 0


@pytest.mark.parametrize("stage", CALLS)
def test_people_at_a_stage_of_a_call_are_those_of_the_funnel(measured, stage):
    reached = ", ".join(repr(name) for name in CALLS[CALLS.index(stage) :])
    ours = contributors("call_applicants", "subject", "count(distinct person_key)", f"member in ({reached})")
    # The funnel counts a sole trader, and an organisation nobody knows, as nobody.
    unknown = """
        select 1 from marts.fct_application
        where applicant_kind = 'ORGANISATION' and organisation_tax_code is null"""
    assert measured.connection.execute(unknown).fetchone() is None
    both, wrong = differing(measured, ours, stage_persons("call", "call", stage))
    assert both > 0
    assert wrong == 0


@pytest.mark.parametrize("stage", CALLS)
def test_the_euro_of_persons_and_of_organisations_are_those_of_the_funnel(measured, stage):
    ours = f"""
        select place, start, sum(figure) as figure from (
            {contributors("call_amount", "subject", "sum(amount)", f"member = '{stage}'")}
            union all
            select call_key, period_start, sum(amount) from marts.organisation_application
            where stage = '{stage}' group by all) group by all"""
    theirs = stage_persons("call", "call", stage).replace("n_persons as figure", "amount as figure")
    both, wrong = differing(measured, ours, theirs)
    assert both > 0
    assert wrong == 0


def indicator(name: str, scope: str, column: str = "numerator") -> str:
    return f"""
        select scope_id as place, period_start as start, {column} as figure from marts.indicator_value
        where indicator_id = '{name}' and scope_type = '{scope}' and period_type = 'year' and area = 'ALL'
            and item = 'ALL' and population_group = 'ALL' and status = 'ok'"""


def test_the_euro_of_all_kinds_of_provider_are_all_the_euro(measured):
    ours = contributors("spend_delivered", "instance_id", "sum(amount)")
    both, wrong = differing(measured, ours, indicator("spend_delivered", "instance"))
    assert both > 10
    assert wrong == 0


@pytest.mark.parametrize(("column", "where"), [("denominator", "true"), ("numerator", "member = 'improved'")])
def test_pairs_are_those_of_the_indicator(measured, column, where):
    ours = contributors("outcome_pairs", "subject", "count(*)", where)
    both, wrong = differing(measured, ours, indicator("outcome_improved", "grant", column))
    assert both > 0
    assert wrong == 0


def test_what_was_issued_is_spent_lapsed_or_outstanding(measured):
    ours = contributors("voucher_money", "subject", "sum(amount)")
    theirs = stage_persons("voucher", "scheme", "issued").replace("n_persons as figure", "amount as figure")
    both, wrong = differing(measured, ours, theirs)
    assert both > 0
    assert wrong == 0


def test_no_record_contributes_twice_to_one_place(measured):
    (twice,) = measured.one("""
        select count(*) from (
            select 1 from marts.person_contribution
            group by measure, instance_id, record_id, member
            having count(*) > 1)""")
    assert twice == 0
