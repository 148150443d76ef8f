-- Pairs count in the period of the last value: all of them, by population group, and by what was measured. Whether a person
-- was measured again counts in the period of the first value.
with pairs as (

    select *
    from {{ ref('contribution_outcome') }}
    where is_paired

),

grouped as (

    {{ by_population_group('pairs', 'last_measured_on') }}

),

contributions as (

    select
        'pairs' as part, 'ALL' as population_group, 'ALL' as item,
        last_measured_on as counted_on, instance_id, funder_tax_code, grant_key, last_provider_tax_code as provider_tax_code,
        person_key, is_paired, change
    from pairs

    union all

    select
        'pairs' as part, population_group, 'ALL' as item,
        last_measured_on as counted_on, {{ scopes_of_groups(['instance_id']) }}, null as funder_tax_code, null as grant_key,
        null as provider_tax_code, person_key, is_paired, change
    from grouped

    union all

    select
        'pairs' as part, 'ALL' as population_group, outcome_indicator_key as item,
        last_measured_on as counted_on, instance_id, funder_tax_code, grant_key, null as provider_tax_code,
        person_key, is_paired, change
    from pairs

    union all

    select
        'measured' as part, 'ALL' as population_group, 'ALL' as item,
        first_measured_on as counted_on, instance_id, funder_tax_code, grant_key, first_provider_tax_code as provider_tax_code,
        person_key, is_paired, change
    from {{ ref('contribution_outcome') }}

),

cells as (

    {% call cube(
        relation='contributions',
        day='counted_on',
        extra_keys={'part': 'part', 'population_group': 'population_group', 'item': 'item'},
        scopes=['network', 'instance', 'funder', 'grant', 'provider'],
        persons={'n_persons': 'true'},
    ) %}
        count(*) as measured,
        sum(case when is_paired then 1 else 0 end) as pairs,
        sum(case when change > 0 then 1 else 0 end) as improved,
        sum(change) as change,
        sum(cast(change as decimal(18, 3)) * cast(change as decimal(18, 3))) as sum_of_squares
    {% endcall %}

),

described as (

    select
        cells.*,
        cast(change as double) / nullif(pairs, 0) as mean_change,
        {{ mean_half_width('change', 'sum_of_squares', 'pairs') }} as half_width
    from cells

)

select
    scope_type,
    scope_id,
    area,
    part,
    population_group,
    item,
    period_type,
    period_start,
    measured,
    pairs,
    improved,
    change,
    n_persons,
    mean_change - half_width as change_low,
    mean_change + half_width as change_high
from described
