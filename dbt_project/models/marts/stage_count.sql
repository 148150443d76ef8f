with requests as (

    select
        placed.instance_id,
        placed.social_point_key,
        placed.need_area,
        placed.received_on,
        placed.person_key,
        placed.status,
        placed.reject_reason,
        placed.is_served,
        is_assessed or status = 'ACCEPTED' or is_served as reached_assessed,
        status = 'ACCEPTED' or is_served as reached_accepted,
        {{ days_between('received_on', 'first_assessed_on') }} as days_to_assessed,
        case when status = 'ACCEPTED' then {{ days_between('first_assessed_on', 'status_on') }} end as days_to_accepted,
        case when status = 'ACCEPTED' then {{ days_between('status_on', 'first_served_on') }} end as days_to_served
    from {{ ref('int_request__placed') }} as placed

),

request_cells as (

    {% call cube(
        relation='requests',
        day='received_on',
        area='need_area',
        scopes=['network', 'instance', 'social_point'],
    ) %}
        {{ stage_measures('request') }}
    {% endcall %}

),

call_cells as (

    {% call cube(
        relation=ref('int_application__staged'),
        day='submitted_on',
        scopes=['network', 'instance', 'call'],
    ) %}
        {{ stage_measures('call') }}
    {% endcall %}

),

balances as (

    select
        timed.*,
        -- Cents left over by rounding do not make a voucher half used.
        issued > 0 and redeemed >= {{ measure_policy().voucher_full_share }} * issued as is_full
    from {{ ref('int_voucher__timed') }} as timed

),

vouchers as (

    select
        balances.*,
        is_full as is_fully_used,
        first_used_on is not null or is_full as reached_first_used,
        {{ days_between('issued_on', 'first_used_on') }} as days_to_first_used,
        {{ days_between('first_used_on', 'last_used_on') }} as days_to_fully_used
    from balances

),

voucher_cells as (

    {% call cube(relation='vouchers', day='issued_on', scopes=['network', 'instance', 'scheme']) %}
        {{ stage_measures('voucher') }}
    {% endcall %}

),

stages as (

    {{ stage_rows('request', 'request_cells') }}
    union all
    {{ stage_rows('call', 'call_cells') }}
    union all
    {{ stage_rows('voucher', 'voucher_cells') }}

)

select
    funnel,
    scope_type,
    scope_id,
    area,
    period_type,
    period_start,
    stage,
    stage_order,
    n,
    n_persons,
    amount,
    median_days_from_previous,
    is_exit
from stages
