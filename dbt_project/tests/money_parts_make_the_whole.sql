-- The seven parts of whose money are the value of the services, to the cent, in every scope, area and period.
with mixes as (

    select
        scope_type,
        scope_id,
        area,
        period_type,
        period_start,
        sum(numerator) as parts,
        count(*) as n_parts,
        max(denominator) as amount_total
    from {{ ref('indicator_value') }}
    where indicator_id = 'source_mix'
    group by scope_type, scope_id, area, period_type, period_start

)

select
    mixes.*,
    spending.numerator as spend_delivered
from mixes
left join {{ ref('indicator_value') }} as spending
    on spending.indicator_id = 'spend_delivered'
    and mixes.scope_type = spending.scope_type
    and mixes.scope_id = spending.scope_id
    and mixes.area = spending.area
    and mixes.period_type = spending.period_type
    and mixes.period_start = spending.period_start
where
    mixes.parts <> mixes.amount_total
    or mixes.n_parts <> 7
    or spending.numerator is null
    or spending.numerator <> mixes.amount_total
