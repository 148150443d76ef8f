with stages as (

    {{ stage_rows('request', ref('int_request__stage_cells')) }}
    union all
    {{ stage_rows('call', ref('int_application__stage_cells')) }}
    union all
    {{ stage_rows('voucher', ref('int_voucher__stage_cells')) }}

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
