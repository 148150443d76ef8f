{%- set shares = [
    ('acceptance_rate', ref('int_request__cells'), 'accepted', 'decided'),
    ('unmet_share', ref('int_request__outcome_cells'), 'unmet', 'met_or_unmet'),
    ('autonomy_rate', ref('int_request__cells'), 'autonomous', 'requests'),
    ('satisfaction', ref('int_measurement__satisfaction_cells'), 'satisfied', 'answers'),
    ('no_show_rate', ref('int_booking__cells'), 'missed', 'due'),
] -%}
{%- set smallest = measure_policy().comparison_expected -%}

with residents as (

    select * from {{ ref('int_residents__by_scope') }}
    where scope_type = 'instance'

),

sums as (

    select
        sums.indicator_id,
        sums.item,
        sums.area,
        sums.period_start,
        sums.instance_id,
        sums.person_key,
        sums.amount,
        sums.weight,
        sum(sums.amount) over same_cell as total_amount,
        sum(sums.weight) over same_cell as total_weight,
        count(*) over same_cell as n_persons
    from {{ ref('int_comparison__person_sums') }} as sums
    window same_cell as (
        partition by sums.indicator_id, sums.item, sums.area, sums.period_start, sums.instance_id
    )

),

means as (

    select
        sums.indicator_id,
        sums.item,
        sums.area,
        sums.period_start,
        sums.instance_id,
        max(sums.total_amount) as numerator,
        max(coalesce(sums.total_weight, residents.residents)) as denominator,
        -- Per resident: the sum of squares, as of a sum over a Poisson number of persons. Else: of the residuals of a ratio.
        case
            when max(sums.n_persons) >= {{ smallest }}
                then sum(power(
                    case
                        when sums.weight is null then sums.amount
                        else sums.amount - sums.weight * sums.total_amount / nullif(sums.total_weight, 0)
                    end, 2
                )) / nullif(power(max(coalesce(sums.total_weight, residents.residents)), 2), 0)
        end as variance
    from sums
    left join residents on sums.instance_id = residents.scope_id
    group by sums.indicator_id, sums.item, sums.area, sums.period_start, sums.instance_id

)

select
    'persons_per_1000' as indicator_id,
    'ALL' as item,
    cells.area,
    cells.period_start,
    cells.scope_id as instance_id,
    'count' as family,
    cast(cells.persons_served as double) as numerator,
    cast(residents.residents as double) / 1000 as denominator,
    expected.expected,
    cast(null as double) as variance
from {{ ref('int_delivery__cells') }} as cells
inner join residents on cells.scope_id = residents.scope_id
left join {{ ref('int_comparison__expected_persons') }} as expected
    on cells.scope_id = expected.instance_id and cells.area = expected.area and cells.period_start = expected.period_start
where cells.scope_type = 'instance' and cells.period_type = 'year' and cells.persons_served > 0
{% for indicator_id, cells, numerator, denominator in shares %}
union all

select
    '{{ indicator_id }}' as indicator_id,
    'ALL' as item,
    area,
    period_start,
    scope_id as instance_id,
    'share' as family,
    cast({{ numerator }} as double) as numerator,
    cast({{ denominator }} as double) as denominator,
    cast(null as double) as expected,
    cast(null as double) as variance
from {{ cells }}
where scope_type = 'instance' and period_type = 'year' and {{ denominator }} > 0
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
