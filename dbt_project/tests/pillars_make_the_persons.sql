-- The seven combinations of pillars are disjoint: together they are the persons in any, and those with two or three the integrated ones.
with combined as (

    select
        scope_type,
        scope_id,
        period_start,
        sum(numerator) as persons,
        sum(case when item in ('PUB', 'PHI', 'CORP') then 0 else numerator end) as persons_in_several
    from {{ ref('indicator_value') }}
    where indicator_id = 'persons_by_pillar'
    group by scope_type, scope_id, period_start

)

select combined.*
from combined
left join {{ ref('indicator_value') }} as shares
    on shares.indicator_id = 'integrated_share'
    and combined.scope_type = shares.scope_type
    and combined.scope_id = shares.scope_id
    and combined.period_start = shares.period_start
where
    shares.numerator is null
    or shares.numerator <> combined.persons_in_several
    or shares.denominator <> combined.persons
