with positions as (

    select * from (
        {{ comparison(ref('int_comparison__inputs'), keys=['indicator_id', 'item', 'area', 'period_start']) }}
    ) as compared

),

peers as (

    select
        own.indicator_id,
        own.item,
        own.area,
        own.period_start,
        own.instance_id,
        median(other.value) as peer_median
    from positions as own
    inner join {{ ref('int_instance__peer_group') }} as own_group on own.instance_id = own_group.instance_id
    inner join {{ ref('int_instance__peer_group') }} as other_group
        on own_group.peer_group = other_group.peer_group and own_group.instance_id <> other_group.instance_id
    inner join positions as other
        on other_group.instance_id = other.instance_id
        and own.indicator_id = other.indicator_id
        and own.item = other.item
        and own.area = other.area
        and own.period_start = other.period_start
    group by own.indicator_id, own.item, own.area, own.period_start, own.instance_id

),

ranked as (

    select
        positions.*,
        position <> 'too_small' and coalesce(reliability, 0) >= {{ measure_policy().comparison_reliability }} as is_rankable
    from positions

)

select
    ranked.indicator_id,
    ranked.area,
    ranked.period_start,
    ranked.instance_id,
    peer_groups.peer_group,
    ranked.numerator,
    ranked.denominator,
    ranked.value,
    peers.peer_median,
    ranked.target as network_value,
    ranked.expected,
    ranked.adjusted,
    ranked.lo95,
    ranked.hi95,
    ranked.lo998,
    ranked.hi998,
    ranked.overdispersion,
    ranked.reliability,
    ranked.position,
    ranked.item,
    ranked.overdispersion_low,
    ranked.overdispersion_high,
    case
        when ranked.is_rankable
            then cast(row_number() over (
                partition by ranked.indicator_id, ranked.item, ranked.area, ranked.period_start, ranked.is_rankable
                order by ranked.adjusted desc, ranked.instance_id
            ) as bigint)
    end as reliable_rank,
    ranked.widening,
    ranked.chance_lo95,
    ranked.chance_hi95,
    ranked.chance_lo998,
    ranked.chance_hi998,
    ranked.chance_position
from ranked
left join {{ ref('int_instance__peer_group') }} as peer_groups on ranked.instance_id = peer_groups.instance_id
left join peers
    on ranked.indicator_id = peers.indicator_id
    and ranked.item = peers.item
    and ranked.area = peers.area
    and ranked.period_start = peers.period_start
    and ranked.instance_id = peers.instance_id
