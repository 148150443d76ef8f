with deliveries as (

    select
        *,
        -- A sole trader's code is a person's: the sole traders of a consortium are one member.
        coalesce(provider_tax_code, 'SOLE_TRADER') as member_tax_code
    from {{ ref('int_delivery__sources') }}
    where consortium_tax_code is not null

),

dated as (
    {%- for period_type in period_types() %}
    {{ 'union all' if not loop.first }}
    select '{{ period_type }}' as period_type, {{ period_start(period_type, 'start_date') }} as period_start, deliveries.*
    from deliveries
    {%- endfor %}
),

figures as (

    select
        consortium_tax_code,
        member_tax_code,
        period_type,
        period_start,
        cast(sum(amount_total) as decimal(24, 4)) as spend_delivered,
        cast(sum(case when is_effective then 1 else 0 end) as bigint) as deliveries,
        count(distinct case when is_effective then person_key end) as persons_served,
        count(distinct person_key) as n_persons
    from dated
    where period_start <= (select as_of from {{ ref('int_calendar__as_of') }})
    group by consortium_tax_code, member_tax_code, period_type, period_start

)

select
    figures.consortium_tax_code,
    consortia.organisation_name as consortium_name,
    figures.member_tax_code,
    members.organisation_name as member_name,
    figures.member_tax_code = figures.consortium_tax_code as is_consortium_itself,
    figures.period_type,
    figures.period_start,
    figures.spend_delivered,
    figures.deliveries,
    figures.persons_served,
    figures.n_persons
from figures
left join {{ ref('dim_organisation') }} as consortia on figures.consortium_tax_code = consortia.tax_code
left join {{ ref('dim_organisation') }} as members on figures.member_tax_code = members.tax_code
