with measurements as (

    select
        fct_measurement.*,
        coalesce(grant_key, 'none') as pair_grant,
        case wave when 'T1' then 1 when 'T2' then 2 else 3 end as wave_order
    from {{ ref('fct_measurement') }} as fct_measurement
    where is_effective and indicator_kind = 'OUTCOME' and wave <> 'T0'

)

select
    outcome_indicator_key,
    pair_grant,
    person_key,
    record_id,
    provider_tax_code,
    measured_on,
    value,
    lag(value) over from_the_first as previous_value,
    first_value(measured_on) over from_the_first as followed_on,
    lead(record_id) over from_the_first is null as is_last
from measurements
window from_the_first as (
    partition by outcome_indicator_key, pair_grant, person_key
    order by measured_on, wave_order, record_id
)
