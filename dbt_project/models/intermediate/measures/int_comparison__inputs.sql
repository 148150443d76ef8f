{%- set whole = " and part = 'all'" -%}
{%- set shares = [
    ('acceptance_rate', ref('cube_request'), 'accepted', 'decided', whole),
    ('unmet_share', ref('cube_request'), 'unmet', 'met_or_unmet', whole),
    ('autonomy_rate', ref('cube_request'), 'autonomous', 'requests', whole),
    ('satisfaction', ref('cube_satisfaction'), 'satisfied', 'answers', ''),
    ('no_show_rate', ref('cube_booking'), 'missed', 'due', ''),
] -%}
{%- set smallest = measure_policy().comparison_expected -%}

with municipal as (

    select
        instance_id,
        {{ period_start('year', 'start_date') }} as period_start,
        istat_area,
        person_key,
        sum(municipality) as amount
    from {{ ref('contribution_delivery') }}
    group by instance_id, {{ period_start('year', 'start_date') }}, istat_area, person_key

),

-- For the means that are compared: what each person contributes to numerator and denominator in a year. Deliveries of one
-- person are not independent of each other; persons are.
person_sums as (

    select
        'spend_municipal_per_resident' as indicator_id,
        'ALL' as item,
        'ALL' as area,
        instance_id,
        period_start,
        person_key,
        cast(sum(amount) as decimal(24, 4)) as amount,
        cast(null as decimal(24, 4)) as weight
    from municipal
    group by instance_id, period_start, person_key

    union all

    select
        'spend_municipal_per_resident' as indicator_id,
        'ALL' as item,
        istat_area as area,
        instance_id,
        period_start,
        person_key,
        cast(amount as decimal(24, 4)) as amount,
        cast(null as decimal(24, 4)) as weight
    from municipal
    where istat_area is not null

    union all

    select
        'unit_cost_std' as indicator_id,
        services.nomenclatore_code || ':' || services.unit as item,
        'ALL' as area,
        deliveries.instance_id,
        {{ period_start('year', 'deliveries.start_date') }} as period_start,
        deliveries.person_key,
        cast(sum(deliveries.amount_total) as decimal(24, 4)) as amount,
        cast(sum(deliveries.quantity) as decimal(24, 4)) as weight
    from {{ ref('fct_service_delivery') }} as deliveries
    inner join {{ ref('dim_service') }} as services on deliveries.service_key = services.service_key
    where services.nomenclatore_code is not null and services.unit not in ('EUR', 'ITEM')
    group by
        services.nomenclatore_code || ':' || services.unit,
        deliveries.instance_id,
        {{ period_start('year', 'deliveries.start_date') }},
        deliveries.person_key

    union all

    select
        'voucher_redemption_rate' as indicator_id,
        'ALL' as item,
        'ALL' as area,
        timed.instance_id,
        {{ period_start('year', 'timed.issued_on') }} as period_start,
        timed.person_key,
        cast(sum(timed.redeemed) as decimal(24, 4)) as amount,
        cast(sum(timed.issued) as decimal(24, 4)) as weight
    from {{ ref('contribution_voucher') }} as timed
    where timed.expires_on < (select as_of from {{ ref('int_calendar__as_of') }})
    group by timed.instance_id, {{ period_start('year', 'timed.issued_on') }}, timed.person_key

),

residents as (

    select * from {{ ref('int_residents__by_scope') }}
    where scope_type = 'instance'

),

-- Whoever delivers anything in a year is compared in every area in which somebody does: nothing delivered is 0, not unknown.
delivering as (

    select
        active.instance_id,
        active.period_start,
        areas.area
    from (
        select distinct scope_id as instance_id, period_start
        from {{ ref('cube_delivery') }}
        where scope_type = 'instance' and period_type = 'year' and persons_served > 0
    ) as active
    inner join (
        select distinct area, period_start
        from {{ ref('cube_delivery') }}
        where scope_type = 'instance' and period_type = 'year' and persons_served > 0
    ) as areas
        on active.period_start = areas.period_start

),

totals as (

    select
        indicator_id,
        item,
        area,
        period_start,
        instance_id,
        sum(amount) as amount,
        sum(weight) as weight,
        count(*) as n_persons
    from person_sums
    group by indicator_id, item, area, period_start, instance_id

),

ratios as (

    select
        totals.*,
        cast(coalesce(totals.weight, residents.residents) as decimal(24, 4)) as denominator
    from totals
    left join residents on totals.instance_id = residents.scope_id

),

-- Per resident: the sum of squares, as of a sum over a Poisson number of persons. Else: of the residuals of a ratio, from an
-- exact difference: where everybody pays the same price there is no variance, rather than what doubles leave of one.
residuals as (

    select
        ratios.*,
        sums.person_key,
        case
            when sums.weight is null then cast(sums.amount as double)
            else cast(sums.amount * ratios.weight - sums.weight * ratios.amount as double) / nullif(cast(ratios.denominator as double), 0)
        end as residual
    from ratios
    inner join person_sums as sums
        on ratios.indicator_id = sums.indicator_id
        and ratios.item = sums.item
        and ratios.area = sums.area
        and ratios.period_start = sums.period_start
        and ratios.instance_id = sums.instance_id

),

means as (

    select
        indicator_id,
        item,
        area,
        period_start,
        instance_id,
        cast(max(amount) as decimal(24, 4)) as numerator,
        max(denominator) as denominator,
        case
            when max(n_persons) >= {{ smallest }}
                then {{ ordered_sum('residual * residual', by='person_key') }} / nullif(power(cast(max(denominator) as double), 2), 0)
        end as variance
    from residuals
    group by indicator_id, item, area, period_start, instance_id

)

select
    'persons_per_1000' as indicator_id,
    'ALL' as item,
    delivering.area,
    delivering.period_start,
    delivering.instance_id,
    'count' as family,
    cast(coalesce(cells.persons_served, 0) as decimal(24, 4)) as numerator,
    cast(residents.residents * cast(0.001 as decimal(4, 3)) as decimal(24, 4)) as denominator,
    expected.expected,
    cast(null as double) as variance
from delivering
inner join residents on delivering.instance_id = residents.scope_id
left join {{ ref('cube_delivery') }} as cells
    on cells.scope_type = 'instance'
    and cells.period_type = 'year'
    and delivering.instance_id = cells.scope_id
    and delivering.area = cells.area
    and delivering.period_start = cells.period_start
left join {{ ref('int_comparison__expected_persons') }} as expected
    on delivering.instance_id = expected.instance_id
    and delivering.area = expected.area
    and delivering.period_start = expected.period_start

union all

select
    'spend_municipal_per_resident' as indicator_id,
    'ALL' as item,
    delivering.area,
    delivering.period_start,
    delivering.instance_id,
    'mean' as family,
    cast(0 as decimal(24, 4)) as numerator,
    cast(residents.residents as decimal(24, 4)) as denominator,
    cast(null as double) as expected,
    cast(null as double) as variance
from delivering
inner join residents on delivering.instance_id = residents.scope_id
left join means
    on means.indicator_id = 'spend_municipal_per_resident'
    and delivering.instance_id = means.instance_id
    and delivering.area = means.area
    and delivering.period_start = means.period_start
where means.instance_id is null
{% for indicator_id, cells, numerator, denominator, condition in shares %}
union all

select
    '{{ indicator_id }}' as indicator_id, 'ALL' as item, area, period_start, scope_id as instance_id, 'share' as family,
    cast({{ numerator }} as decimal(24, 4)) as numerator,
    cast({{ denominator }} as decimal(24, 4)) as denominator,
    cast(null as double) as expected,
    cast(null as double) as variance
from {{ cells }}
where scope_type = 'instance' and period_type = 'year' and {{ denominator }} > 0{{ condition }}
    {%- if not indicator_registry()[indicator_id].area %}
    and area = 'ALL'
    {%- endif %}
{% endfor %}
union all

select
    indicator_id,
    item,
    area,
    period_start,
    instance_id,
    'mean' as family,
    numerator,
    denominator,
    cast(null as double) as expected,
    variance
from means
where
    denominator > 0
    and period_start <= (select as_of from {{ ref('int_calendar__as_of') }})
