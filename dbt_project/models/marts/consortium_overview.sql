with deliveries as (

    select
        *,
        -- A sole trader's code is a person's: the sole traders of a consortium are one member.
        coalesce(provider_tax_code, 'SOLE_TRADER') as member_tax_code
    from {{ ref('contribution_delivery') }}
    where consortium_tax_code is not null

),

figures as (

    {% call cube(
        relation='deliveries',
        day='start_date',
        scopes=['consortium'],
        extra_keys={'member_tax_code': 'member_tax_code'},
        persons={'persons_served': 'is_effective', 'n_persons': 'true'},
    ) %}
        sum(amount_total) as spend_delivered,
        sum(case when is_effective then 1 else 0 end) as deliveries
    {% endcall %}

)

select
    figures.scope_id as consortium_tax_code,
    consortia.organisation_name as consortium_name,
    figures.member_tax_code,
    members.organisation_name as member_name,
    figures.member_tax_code = figures.scope_id as is_consortium_itself,
    figures.period_type,
    figures.period_start,
    cast(figures.spend_delivered as decimal(24, 4)) as spend_delivered,
    cast(figures.deliveries as bigint) as deliveries,
    figures.persons_served,
    figures.n_persons
from figures
left join {{ ref('dim_organisation') }} as consortia on figures.scope_id = consortia.tax_code
left join {{ ref('dim_organisation') }} as members on figures.member_tax_code = members.tax_code
