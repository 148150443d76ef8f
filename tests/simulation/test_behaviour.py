"""The simulated network behaves like life: seasons, waits, losses, corrections, money that adds up."""

import duckdb
import pytest

Network = duckdb.DuckDBPyConnection

CALENDAR_MONTH = "cast(substr({}, 6, 2) as int)"


def one(network: Network, query: str) -> float:
    (value,) = network.execute(query).fetchone()
    return value


def test_august_is_quiet_and_winter_busy(network: Network) -> None:
    for entity, column in (("service_delivery", "start_date"), ("request", "received_at")):
        counts = dict(
            network.execute(f"""
            select {CALENDAR_MONTH.format(column)}, count(*) from now_{entity}
            where {column} between '2025-01-01' and '2025-12-31~' group by 1""").fetchall()
        )
        mean = sum(counts.values()) / 12
        assert counts[8] < 0.7 * mean, entity
        assert counts[11] + counts[12] > 2.0 * mean, entity


def test_territories_keep_people_waiting_for_different_times(network: Network) -> None:
    waits = dict(
        network.execute("""
        select instance, median(days) from (
            select r.instance, date_diff('day', cast(r.received_at as timestamptz)::date,
            min(d.start_date)::date) as days
            from now_request r join now_service_delivery d on d.instance = r.instance and d.request_id =
            r.record_id
            where r.received_at < '2026-01-01' group by r.instance, r.record_id, r.received_at)
        group by 1""").fetchall()
    )
    assert waits["napoli"] > 1.4 * waits["forli"]
    assert waits["trapani"] > waits["padova"]
    assert all(15 < days < 150 for days in waits.values())


def test_requests_end_in_every_way_and_some_are_still_open(network: Network) -> None:
    statuses = dict(network.execute("select status, count(*) from now_request group by 1").fetchall())
    assert set(statuses) == {"OPEN", "ASSESSED", "ACCEPTED", "REJECTED", "WITHDRAWN"}
    assert 0.5 < statuses["ACCEPTED"] / sum(statuses.values()) < 0.8
    reasons = {
        r
        for (r,) in network.execute(
            "select distinct reject_reason from now_request where status = 'REJECTED'"
        ).fetchall()
    }
    assert {"NO_FUNDS", "NO_CAPACITY", "NOT_ELIGIBLE", "INCOMPLETE"} <= reasons
    assert (
        one(
            network,
            "select count(*) from now_request where status <> 'REJECTED' and reject_reason is not null",
        )
        == 0
    )
    refused = dict(
        network.execute("""select instance, count(*) filter (where status = 'REJECTED') / count(*)
                                      from now_request group by 1""").fetchall()
    )
    assert refused["napoli"] > refused["forli"] + 0.05


def test_accepted_requests_without_service_make_a_waiting_list(network: Network) -> None:
    waiting = one(
        network,
        """select count(*) from now_request r where status = 'ACCEPTED' and not exists (
        select 1 from now_service_delivery d where d.instance = r.instance and d.request_id = r.record_id)""",
    )
    assert waiting > 0.03 * one(network, "select count(*) from now_request where status = 'ACCEPTED'")


def test_people_improve_more_where_the_service_is_more_intense(network: Network) -> None:
    low, high = network.execute("""
        with dose as (select instance, person_id, count(*) as n from now_service_delivery where reverses_id
        is null
                      group by all),
        change as (
            select a.instance, a.person_id, any_value(b.value::double - a.value::double) as better
            from now_measurement a join now_measurement b using (instance, person_id, indicator_id)
            where a.wave = 'T0' and b.wave = 'T1' and a.indicator_id = 'OI-1' group by all)
        select avg(better) filter (where n <= 2), avg(better) filter (where n >= 7)
        from change join dose using (instance, person_id)""").fetchone()
    assert high > low + 0.2
    assert low > 0


def test_every_wave_loses_people_and_nobody_is_followed_up_without_a_start(network: Network) -> None:
    by_wave = dict(
        network.execute("""select wave, count(*) from now_measurement where indicator_id <> 'OI-5'
                                      and reverses_id is null group by 1""").fetchall()
    )
    assert by_wave["T0"] > by_wave["T1"] > by_wave["T2"] > by_wave["FU"] > 0
    assert (
        one(
            network,
            """select count(*) from now_measurement m where wave <> 'T0' and indicator_id <> 'OI-5'
        and not exists (select 1 from now_measurement z where z.instance = m.instance and z.person_id =
        m.person_id
                        and z.indicator_id = m.indicator_id and z.wave = 'T0')""",
        )
        == 0
    )
    assert (
        one(
            network,
            """select count(*) from now_measurement m join now_outcome_indicator i
        on i.instance = m.instance and i.record_id = m.indicator_id
        where m.value::double not between i.scale_min::double and i.scale_max::double""",
        )
        == 0
    )


def test_territories_miss_appointments_at_different_rates(network: Network) -> None:
    rates = dict(
        network.execute("""select instance, count(*) filter (where status = 'NO_SHOW')
        / count(*) filter (where status in ('DONE', 'NO_SHOW')) from now_booking group by 1""").fetchall()
    )
    assert rates["napoli"] > rates["padova"]
    statuses = {s for (s,) in network.execute("select distinct status from now_booking").fetchall()}
    assert statuses == {"BOOKED", "CONFIRMED", "DONE", "NO_SHOW", "CANCELLED_USER", "CANCELLED_PROVIDER"}


@pytest.mark.parametrize(
    "entity",
    [
        "service_delivery",
        "payment",
        "voucher_event",
        "plan_movement",
        "allocation",
        "measurement",
        "grant_line",
    ],
)
def test_a_reversal_undoes_one_earlier_row_once_and_is_told_no_sooner(network: Network, entity: str) -> None:
    amount = {"service_delivery": "amount_total", "measurement": "value"}.get(entity, "amount")
    sign = {"voucher_event": 1, "plan_movement": 1, "measurement": 1}.get(entity, -1)
    reversals, found, opposite, later, once = network.execute(f"""
        with first as (select instance, record_id, min(sequence) as sent from {entity} group by all)
        select count(*), count(b.record_id),
               count(*) filter (where r.{amount}::decimal(18, 3) = {sign} * b.{amount}::decimal(18, 3)),
               count(*) filter (where f.sent <= r.sequence), count(distinct (r.instance, r.reverses_id))
        from now_{entity} r left join now_{entity} b on b.instance = r.instance and b.record_id =
        r.reverses_id
             left join first f on f.instance = r.instance and f.record_id = r.reverses_id
        where r.reverses_id is not null""").fetchone()
    assert reversals > 0
    assert reversals == found == opposite == later == once
    assert (
        one(
            network,
            f"""select count(*) from now_{entity} r join now_{entity} b on b.instance = r.instance
        and b.record_id = r.reverses_id where b.reverses_id is not null""",
        )
        == 0
    )


def test_the_four_parts_of_a_delivery_are_its_whole_to_the_cent(network: Network) -> None:
    assert (
        one(
            network,
            """select count(*) from now_service_delivery where amount_total::decimal(18, 2) <>
        amount_user::decimal(18, 2) + amount_municipality::decimal(18, 2) + amount_ssn::decimal(18, 2)
        + amount_other::decimal(18, 2)""",
        )
        == 0
    )


# What the comuni spent in a year for each person of an area (docs/explanation/simulated-network.md).
ISTAT_PER_PERSON = {
    "FAM": 4_700, "DIS": 7_700, "DIP": 960, "ANZ": 2_700, "IMM": 2_900, "POV": 1_200, "MUL": 217}  # fmt: skip


def test_a_person_costs_in_a_year_what_italian_services_cost(network: Network) -> None:
    found = dict(
        network.execute("""
        select istat_area, sum(amount_total::double - amount_user::double - amount_ssn::double)
            / count(distinct (instance, person_id))
        from now_service_delivery
        join (select distinct instance, record_id as service_id, istat_area from service)
            using (instance, service_id)
        where start_date between '2025-01-01' and '2025-12-31'
        group by all""").fetchall()
    )
    # Most are followed for a part of the year only, so that they cost less than a year.
    assert {area for area, cost in found.items() if not 0.3 < cost / ISTAT_PER_PERSON[area] < 1.2} == set()
    assert set(found) == set(ISTAT_PER_PERSON)


@pytest.mark.parametrize(
    ("entity", "amount"),
    [
        ("service_delivery", "amount_other"),
        ("voucher_event", "amount"),
        ("plan_movement", "amount"),
        ("payment", "amount"),
    ],
)
def test_standing_allocations_never_exceed_their_source(network: Network, entity: str, amount: str) -> None:
    sources, too_much, unknown = network.execute(f"""
        with undone as (select instance, reverses_id from now_allocation where reverses_id is not null),
        standing as (
            select a.instance, a.source_id, sum(a.amount::decimal(18, 2)) as given from now_allocation a
            where a.source_entity = '{entity}' and a.reverses_id is null and a.source_id is not null
              and not exists (select 1 from undone u where u.instance = a.instance and u.reverses_id =
              a.record_id)
            group by all)
        select count(*), count(*) filter (where given > s.{amount}::decimal(18, 2)),
               count(*) filter (where s.record_id is null)
        from standing left join now_{entity} s on s.instance = standing.instance
             and s.record_id = standing.source_id""").fetchone()
    assert sources > 50
    assert (too_much, unknown) == (0, 0)


def test_each_euro_is_allocated_once_at_the_delivery_first(network: Network) -> None:
    assert (
        one(
            network,
            """select count(*) from now_allocation a join now_voucher_event e on e.instance = a.instance
        and e.record_id = a.source_id where a.source_entity = 'voucher_event'
        and (e.event <> 'REDEEM' or e.service_delivery_id is not null)""",
        )
        == 0
    )
    assert (
        one(
            network,
            """select count(*) from now_allocation a join now_payment p on p.instance = a.instance
        and p.record_id = a.source_id where a.source_entity = 'payment' and p.reason <> 'SUBSIDY'""",
        )
        == 0
    )
    assert (
        one(
            network,
            """select count(*) from now_allocation a join now_plan_movement p on p.instance = a.instance
        and p.record_id = a.source_id where a.source_entity = 'plan_movement' and p.event <> 'SPEND'""",
        )
        == 0
    )


def test_some_deliveries_have_two_funders(network: Network) -> None:
    assert (
        one(
            network,
            """select count(*) from (select 1 from now_allocation where reverses_id is null
        and source_entity = 'service_delivery' and amount not like '-%' group by instance, source_id
        having count(distinct funder_id) = 2)""",
        )
        > 50
    )


def test_vouchers_say_the_status_of_their_events_and_never_spend_more_than_they_hold(
    network: Network,
) -> None:
    wrong, over, statuses = network.execute("""
        with held as (
            select instance, voucher_id,
                   sum(case event when 'REDEEM' then 1 when 'REFUND' then -1 when 'REVERSAL' then -1 else 0
                   end
                       * amount::decimal(18, 2)) as spent,
                   sum(amount::decimal(18, 2)) filter (where event in ('ISSUE', 'EXTEND')) as issued,
                   sum(amount::decimal(18, 2)) filter (where event in ('EXPIRE', 'CANCEL')) as lapsed,
                   max(event) filter (where event in ('EXPIRE', 'CANCEL')) as ended
            from now_voucher_event group by all),
        said as (
            select v.*, spent, issued, coalesce(lapsed, 0) as lapsed, case ended when 'EXPIRE' then 'EXPIRED'
                   when 'CANCEL' then 'CANCELLED' else case when spent >= issued then 'REDEEMED' when spent >
                   0
                   then 'PARTIAL' else 'ACTIVE' end end as derived
            from now_voucher v join held on held.instance = v.instance and held.voucher_id = v.record_id)
        select count(*) filter (where derived <> status), count(*) filter (where spent + lapsed > issued),
               count(distinct status) from said""").fetchone()
    assert (wrong, over, statuses) == (0, 0, 5)


def test_merchants_are_settled_for_what_they_took_in(network: Network) -> None:
    took, paid = network.execute("""
        select (select sum(case event when 'REDEEM' then 1 when 'REFUND' then -1 else 0 end *
        amount::decimal(18, 2))
                from now_voucher_event where substr(event_at, 1, 10) < '2026-08-01'),
               (select sum(amount::decimal(18, 2)) from now_payment where reason = 'VOUCHER_SETTLEMENT'
                and value_date < '2026-09-01')""").fetchone()
    assert float(paid) == pytest.approx(float(took), rel=0.05)


def test_grants_pay_out_no_more_than_they_award_and_one_is_revoked(network: Network) -> None:
    assert (
        one(
            network,
            """select count(*) from now_grant g join (
            select instance, grant_id,
                   sum(amount::decimal(18, 2)) filter (where line_type = 'BUDGET') as budget,
                   coalesce(sum(amount::decimal(18, 2)) filter (where line_type in ('DISBURSEMENT', 'SAVING',
                            'REVOCATION')), 0) as gone,
                   coalesce(sum(amount::decimal(18, 2)) filter (where line_type = 'EXPENSE_REPORTED'), 0) as
                   reported,
                   coalesce(sum(amount::decimal(18, 2)) filter (where line_type = 'EXPENSE_ADMITTED'), 0) as
                   admitted
            from now_grant_line group by all) l on l.instance = g.instance and l.grant_id = g.record_id
        where budget <> g.amount_deliberated::decimal(18, 2) or gone > g.amount_deliberated::decimal(18, 2)
           or admitted > reported""",
        )
        == 0
    )
    statuses = {s for (s,) in network.execute("select distinct status from now_grant").fetchall()}
    assert {"ACTIVE", "CLOSED", "REVOKED", "SUSPENDED"} <= statuses
    assert one(network, "select count(*) from now_grant where parent_grant_id is not null") >= 13


def test_a_receipt_is_claimed_twice_and_another_shared_within_its_amount(network: Network) -> None:
    claims = network.execute("""
        select max(l.doc_amount::decimal(18, 2)) < sum(l.amount::decimal(18, 2)) as double_funding, count(*)
        from now_grant_line l where l.line_type = 'EXPENSE_REPORTED' and l.doc_ref is not null and
        l.reverses_id is null
        group by l.instance, l.doc_ref having count(distinct l.grant_id) > 1""").fetchall()
    assert {double for double, _ in claims} == {True, False}


def test_expenses_fall_out_of_the_grants_window_and_some_have_no_receipt(network: Network) -> None:
    out, bare = network.execute("""
        select count(*) filter (where l.entry_date::date > g.ends_on::date + 60),
               count(*) filter (where l.doc_ref is null)
        from now_grant_line l join now_grant g on g.instance = l.instance and g.record_id = l.grant_id
        where l.line_type = 'EXPENSE_REPORTED'""").fetchone()
    assert out > 0
    assert bare > 0


def test_versions_only_grow_and_no_file_holds_a_record_twice_by_design(network: Network) -> None:
    for entity in ("person", "request", "booking", "voucher", "application", "grant", "household_member"):
        assert (
            one(
                network,
                f"""select count(*) from (select row_version::int as v, updated_at::timestamptz as t,
            lag(row_version::int) over w as before, lag(updated_at::timestamptz) over w as earlier from
            {entity}
            window w as (partition by instance, record_id order by sequence)) where v < before or t <
            earlier""",
            )
            == 0
        )
        assert (
            one(
                network,
                f"""select count(*) from (select 1 from {entity} group by instance, sequence, record_id
                                having count(*) > 1)""",
            )
            == 0
        )


def test_deliveries_arrive_late_some_by_more_than_a_year(network: Network) -> None:
    late, very_late = network.execute("""
        with sent as (select start_date::date as day, date '2023-10-01' + to_months(min(sequence) - 1) as
        month
                      from service_delivery where try_cast(start_date as date) is not null and reverses_id is
                      null
                      group by instance, record_id, start_date)
        select count(*) filter (where day < month) / count(*), count(*) filter (where day < month - interval
        12 month)
        from sent""").fetchone()
    assert 0.01 < late < 0.1
    assert very_late > 0


def test_no_ledger_row_is_dated_after_its_export(network: Network) -> None:
    for entity, column in (
        ("service_delivery", "start_date"),
        ("payment", "value_date"),
        ("measurement", "measured_on"),
        ("plan_movement", "event_date"),
        ("grant_line", "entry_date"),
        ("voucher_event", "event_at"),
    ):
        assert (
            one(
                network,
                f"""select count(*) from {entity} where try_cast(substr({column}, 1, 10) as date)
            >= date '2023-10-03' + to_months(sequence)""",
            )
            == 0
        ), entity


def test_a_few_rows_are_wrong_in_several_ways_and_sent_again_corrected(network: Network) -> None:
    wrong, right_later = network.execute("""
        with bad as (select distinct instance, record_id, sequence from person
                     where not regexp_full_match(istat_residence, '[0-9]{6}') or istat_residence = '999998'
                        or birth_date is null or sex = 'FEMMINA' or citizenship = 'ITALIANA')
        select count(*), count(*) filter (where exists (select 1 from person p where p.instance = bad.instance
            and p.record_id = bad.record_id and p.sequence = bad.sequence + 1)) from bad""").fetchone()
    assert wrong > 3
    assert right_later == wrong
    assert wrong < 0.005 * one(network, "select count(*) from person")


def test_a_removed_person_has_done_nothing_and_an_erasure_is_asked(network: Network, written) -> None:
    from tests.support.simulated_network import manifests

    removed = one(network, "select count(*) from now_person where op = 'D'")
    assert removed > 0
    assert (
        one(
            network,
            """select count(*) from now_person p where op = 'D' and exists (select 1 from service_delivery d
        where d.instance = p.instance and d.person_id = p.record_id)""",
        )
        == 0
    )
    wishes = [
        (i, s, e["record_id"])
        for (i, s), m in manifests(written.out).items()
        for e in m["welfare"]["erasures"]
    ]
    assert {i for i, *_ in wishes} == {"milano", "napoli"}
    for instance, sequence, person in wishes:
        last = one(
            network,
            f"select max(sequence) from service_delivery where instance = '{instance}' "
            f"and person_id = '{person}'",
        )
        assert last is not None
        assert last < sequence


def test_the_network_has_consortia_with_members_and_one_member_moves(network: Network) -> None:
    assert (
        one(
            network,
            """select count(*) from now_organisation m join now_organisation c on c.instance = m.instance
        and c.record_id = m.parent_organisation_id where m.kind = 'PROVIDER_COOP' and c.kind =
        'CONSORTIUM'""",
        )
        > 40
    )
    assert (
        one(
            network,
            """select count(*) from (select 1 from organisation where kind = 'PROVIDER_COOP'
        group by instance, record_id having count(distinct parent_organisation_id) > 1)""",
        )
        == 13
    )


def test_small_territories_have_cells_too_small_to_show(network: Network) -> None:
    assert (
        one(
            network,
            """select count(*) from (select 1 from now_service_delivery d where instance = 'tradate'
        group by service_id, substr(start_date, 1, 7) having count(distinct person_id) < 5)""",
        )
        > 20
    )
