with requests as (

    select
        request.*,
        is_assessed or status = 'ACCEPTED' or is_served as reached_assessed,
        status = 'ACCEPTED' or is_served as reached_accepted,
        {{ days_between('received_on', 'first_assessed_on') }} as days_to_assessed,
        case when status = 'ACCEPTED' then {{ days_between('first_assessed_on', 'status_on') }} end as days_to_accepted,
        case when status = 'ACCEPTED' then {{ days_between('status_on', 'first_served_on') }} end as days_to_served
    from {{ ref('contribution_request') }} as request

),

balances as (

    select
        timed.*,
        -- Cents left over by rounding do not make a voucher half used.
        issued > 0 and redeemed >= {{ measure_policy().voucher_full_share }} * issued as is_fully_used
    from {{ ref('contribution_voucher') }} as timed

),

vouchers as (

    select
        balances.*,
        first_used_on is not null or is_fully_used as reached_first_used,
        {{ days_between('issued_on', 'first_used_on') }} as days_to_first_used,
        {{ days_between('first_used_on', 'last_used_on') }} as days_to_fully_used
    from balances

),

staged as (

    select
        'request' as funnel, instance_id, social_point_key, null as call_key, null as scheme_key, need_area,
        received_on as entered_on, person_key, {{ unnested(stages_of_contribution('request')) }}
    from requests

    union all

    select
        'call' as funnel, instance_id, null as social_point_key, call_key, null as scheme_key, null as need_area,
        submitted_on as entered_on, person_key, {{ unnested(stages_of_contribution('call')) }}
    from {{ ref('contribution_application') }}

    union all

    select
        'voucher' as funnel, instance_id, null as social_point_key, null as call_key, scheme_key, null as need_area,
        issued_on as entered_on, person_key, {{ unnested(stages_of_contribution('voucher')) }}
    from vouchers

),

reached as (

    select * from staged
    where is_reached

),

cells as (

    {% call cube(
        'stage_count',
        relation='reached',
        persons={'n_persons': 'true'},
        not_additive={'days': 'median(days)'},
    ) %}
        count(*) as n,
        sum(coalesce(amount, 0)) as amount
    {% endcall %}

),

stages as (
    {%- for funnel in ['request', 'call', 'voucher'] %}
    {{ 'union all' if not loop.first }}
    select '{{ funnel }}' as funnel, {{ unnested(stages_of_funnel(funnel)) }}
    {%- endfor %}
)

-- Every stage of a cell that anybody entered, reached or not.
select
    entered.funnel,
    entered.scope_type,
    entered.scope_id,
    entered.area,
    entered.period_type,
    entered.period_start,
    stages.stage,
    stages.stage_order,
    cast(coalesce(cells.n, 0) as bigint) as n,
    cast(coalesce(cells.n_persons, 0) as bigint) as n_persons,
    case when stages.has_amount then cast(coalesce(cells.amount, 0) as decimal(24, 2)) end as amount,
    cast(cells.days as double) as median_days_from_previous,
    stages.is_exit
from cells as entered
inner join stages as first_stages
    on entered.funnel = first_stages.funnel and entered.stage = first_stages.stage and first_stages.stage_order = 1
inner join stages on entered.funnel = stages.funnel
left join cells
    on entered.funnel = cells.funnel
    and stages.stage = cells.stage
    and entered.scope_type = cells.scope_type
    and entered.scope_id = cells.scope_id
    and entered.area = cells.area
    and entered.period_type = cells.period_type
    and entered.period_start = cells.period_start
