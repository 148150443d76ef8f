with pairs as (

    select * from {{ ref('int_measurement__pairs') }}
    where is_paired

),

changes as (

    {% call cube(
        relation='pairs',
        day='last_measured_on',
        extra_keys={'item': 'outcome_indicator_key'},
        scopes=['network', 'instance', 'funder', 'grant'],
    ) %}
        sum(change) as change,
        count(*) as pairs,
        sum(cast(change as decimal(18, 3)) * cast(change as decimal(18, 3))) as sum_of_squares,
        count(distinct person) as n_persons
    {% endcall %}

),

described as (

    select
        changes.*,
        cast(change as double) / pairs as mean_change,
        {{ mean_half_width('change', 'sum_of_squares', 'pairs') }} as half_width
    from changes

)

select
    scope_type,
    scope_id,
    item,
    area,
    period_type,
    period_start,
    change,
    pairs,
    n_persons,
    mean_change - half_width as change_low,
    mean_change + half_width as change_high
from described
