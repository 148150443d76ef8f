with targets as (

    select * from {{ ref('stg_grant_target') }}

),

outcomes as (

    select * from {{ ref('stg_outcome_indicator') }}

)

select
    {{ record_key('targets.instance_id', 'targets.grant_id') }} as grant_key,
    targets.instance_id,
    targets.record_id,
    -- As the item of target_progress names it.
    case
        when outcomes.record_id is not null then {{ record_key('targets.instance_id', 'targets.measure') }}
        else targets.measure
    end as measure,
    cast(targets.baseline as decimal(24, 4)) as baseline,
    cast(targets.target as decimal(24, 4)) as target,
    targets.due_on,
    targets.is_removed
from targets
left join outcomes on targets.instance_id = outcomes.instance_id and targets.measure = outcomes.record_id
