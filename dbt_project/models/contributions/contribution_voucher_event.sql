{#- Each of these moves a voucher that is over, in the order of its events; what they come to so far. -#}
{%- set so_far = 'over (partition by instance_id, voucher_id order by place rows between unbounded preceding and current row)' -%}

with events as (

    select
        fct_voucher_event.*,
        case when event_kind in ('ISSUE', 'EXTEND') then signed_amount else 0 end as issued,
        case when event_kind = 'REDEEM' then signed_amount when event_kind = 'REFUND' then -signed_amount else 0 end as redeemed,
        case when event_kind in ('EXPIRE', 'CANCEL') then signed_amount else 0 end as lapsed_as_sent,
        event_kind in ('ISSUE', 'EXTEND') as is_issue,
        event_kind in ('REDEEM', 'REFUND') as is_redemption,
        event_kind in ('EXPIRE', 'CANCEL') as is_end
    from {{ ref('fct_voucher_event') }} as fct_voucher_event

),

standing as (

    select
        instance_id,
        voucher_id,
        record_id,
        event_kind,
        amount,
        issued,
        redeemed,
        lapsed_as_sent,
        is_end,
        row_number() over (partition by instance_id, voucher_id order by event_at, record_id) as place
    from events
    where is_effective

),

first_ends as (

    select instance_id, voucher_id, min(place) as end_place
    from standing
    where is_end
    group by instance_id, voucher_id

),

courses as (

    select
        standing.*,
        first_ends.end_place,
        standing.place > first_ends.end_place as is_after
    from standing
    inner join first_ends
        on standing.instance_id = first_ends.instance_id and standing.voucher_id = first_ends.voucher_id

),

ends as (

    select
        instance_id,
        voucher_id,
        sum(case when is_after then 0 else issued - redeemed - lapsed_as_sent end) as left_by_end,
        sum(case when is_after then 0 else lapsed_as_sent end) as lapsed_by_end,
        sum(case when is_after and event_kind = 'REDEEM' then amount else 0 end) as redeemed_after,
        sum(case when is_after and event_kind = 'REFUND' then amount else 0 end) as refunded_after
    from courses
    group by instance_id, voucher_id

),

-- An end that names other than what was left is taken to know what came to light after it: refunds make it right, as far
-- as they go, and do not lapse. Of what it took too much after that, it took nothing.
judged as (

    select
        ends.*,
        case
            when left_by_end > 0 then least(refunded_after, greatest(0, redeemed_after - left_by_end))
            else least(refunded_after, -left_by_end)
        end as foreseen
    from ends

),

believed as (

    select
        judged.*,
        least(lapsed_by_end, greatest(0, -left_by_end - foreseen)) as taken_too_much
    from judged

),

running as (

    select
        courses.instance_id,
        courses.voucher_id,
        courses.record_id,
        courses.place,
        courses.end_place,
        believed.foreseen,
        believed.left_by_end + believed.foreseen + believed.taken_too_much as to_spend,
        believed.taken_too_much,
        believed.lapsed_by_end,
        case when is_after then courses.issued else 0 end as issued_after,
        case when is_after and event_kind = 'REDEEM' then amount else 0 end as redeemed_after,
        case when is_after and event_kind = 'REFUND' then amount else 0 end as refunded_after,
        case when is_after then lapsed_as_sent else 0 end as ended_after
    from courses
    inner join believed
        on courses.instance_id = believed.instance_id and courses.voucher_id = believed.voucher_id
    where courses.place >= courses.end_place

),

summed as (

    select
        running.*,
        sum(redeemed_after + ended_after - issued_after) {{ so_far }} - to_spend as short_of,
        lapsed_by_end - taken_too_much + sum(ended_after) {{ so_far }} as lapsed_so_far,
        greatest(0, sum(refunded_after) {{ so_far }} - foreseen) as refunds_lapsed
    from running

),

corrected as (

    select
        summed.*,
        refunds_lapsed - least(greatest(0, short_of), lapsed_so_far + refunds_lapsed) as correction
    from summed

),

corrections as (

    select
        instance_id,
        record_id,
        place > end_place as is_after_end,
        case
            when place = end_place then -taken_too_much
            else
                correction
                - coalesce(lag(correction) over (partition by instance_id, voucher_id order by place), 0)
        end as lapsed_correction
    from corrected

)

select
    events.*,
    -- A voucher that is over gives no more than it had: what is redeemed from it after its end had not lapsed, and what is
    -- refunded to it lapses on the day.
    events.lapsed_as_sent + coalesce(corrections.lapsed_correction, 0) as lapsed,
    coalesce(corrections.is_after_end, false) as is_after_end,
    events.is_end or coalesce(corrections.lapsed_correction, 0) <> 0 as is_lapse
from events
left join corrections
    on events.instance_id = corrections.instance_id and events.record_id = corrections.record_id
