with measurements as (

    select
        fct_measurement.*,
        coalesce(grant_key, 'none') as pair_grant
    from {{ ref('fct_measurement') }} as fct_measurement
    where is_effective and indicator_kind = 'OUTCOME' and wave = 'T0'

),

firsts as (

    select
        measurements.*,
        row_number() over (
            partition by outcome_indicator_key, pair_grant, person_key order by measured_on, record_id
        ) as rank_first
    from measurements

),

lasts as (

    select * from {{ ref('int_measurement__followups') }}
    where is_last

)

select
    firsts.instance_id,
    firsts.outcome_indicator_key,
    firsts.grant_key,
    firsts.pair_grant,
    firsts.funder_tax_code,
    firsts.person_key,
    firsts.direction,
    firsts.provider_tax_code as first_provider_tax_code,
    firsts.measured_on as first_measured_on,
    firsts.value as first_value,
    lasts.provider_tax_code as last_provider_tax_code,
    lasts.measured_on as last_measured_on,
    lasts.followed_on,
    lasts.value as last_value,
    lasts.record_id is not null as is_paired,
    -- Signed so that plus is better.
    case when firsts.direction = 'UP' then lasts.value - firsts.value else firsts.value - lasts.value end as change
from firsts
left join lasts
    on firsts.outcome_indicator_key = lasts.outcome_indicator_key
    and firsts.pair_grant = lasts.pair_grant
    and firsts.person_key = lasts.person_key
where firsts.rank_first = 1
