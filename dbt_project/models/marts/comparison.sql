{#- Who is compared with whom: classes of residents and macro-regions. A reviewed list; until data on need exist, size and
   place stand for them. Changing it changes peer_median, never a limit. -#}
{%- set macro_regions = {
    'north': "'01', '02', '03', '04', '05', '06', '07', '08'",
    'centre': "'09', '10', '11', '12'",
    'south': "'13', '14', '15', '16', '17', '18', '19', '20'",
} -%}

with peer_groups as (

    select
        instances.instance_id,
        coalesce(
            case
                when residents.residents < 50000 then 'small'
                when residents.residents < 250000 then 'medium'
                when residents.residents >= 250000 then 'large'
            end || '-' || case
                {%- for macro_region, regions in macro_regions.items() %}
                when instances.region_code in ({{ regions }}) then '{{ macro_region }}'
                {%- endfor %}
            end,
            'unknown'
        ) as peer_group
    from {{ ref('dim_instance') }} as instances
    left join {{ ref('int_residents__by_scope') }} as residents
        on residents.scope_type = 'instance' and instances.instance_id = residents.scope_id

),

positions as (

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
    inner join peer_groups as own_group on own.instance_id = own_group.instance_id
    inner join peer_groups as other_group
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
left join peer_groups on ranked.instance_id = peer_groups.instance_id
left join peers
    on ranked.indicator_id = peers.indicator_id
    and ranked.item = peers.item
    and ranked.area = peers.area
    and ranked.period_start = peers.period_start
    and ranked.instance_id = peers.instance_id
