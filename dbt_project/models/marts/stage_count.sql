with stages as (

    {{ stage_rows('request', ref('cube_request_stage')) }}
    union all
    {{ stage_rows('call', ref('cube_application_stage')) }}
    union all
    {{ stage_rows('voucher', ref('cube_voucher_stage')) }}

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
