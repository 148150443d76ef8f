with organisations as (

    select
        instance_id,
        record_id,
        coalesce(tax_code, tax_code_pseudonym) as organisation_code
    from {{ ref('stg_organisation') }}

),

redemptions as (

    select
        events.instance_id,
        events.scheme_key,
        events.event_on,
        events.redeemed,
        events.is_effective and events.event_kind = 'REDEEM' as is_redeem,
        events.person_key,
        coalesce(organisations.organisation_code, {{ record_key('events.instance_id', 'events.merchant_id') }}) as merchant
    from {{ ref('contribution_voucher_event') }} as events
    left join organisations
        on events.instance_id = organisations.instance_id and events.merchant_id = organisations.record_id
    where events.is_redemption and events.merchant_id is not null

),

by_merchant as (

    {% call cube(
        relation='redemptions',
        day='event_on',
        extra_keys={'merchant': 'merchant'},
        scopes=['network', 'instance', 'scheme'],
    ) %}
        sum(redeemed) as redeemed,
        sum(case when is_redeem then 1 else 0 end) as redeems
    {% endcall %}

),

persons as (

    {% call cube(
        relation='redemptions',
        day='event_on',
        scopes=['network', 'instance', 'scheme'],
        persons={'n_redeemers': 'is_redeem', 'n_persons': 'true'},
    ) %}
    {% endcall %}

),

ranked as (

    select
        by_merchant.*,
        row_number() over (
            partition by scope_type, scope_id, area, period_type, period_start order by redeemed desc, merchant
        ) as rank_redeemed
    from by_merchant

),

counted as (

    select
        scope_type,
        scope_id,
        area,
        period_type,
        period_start,
        sum(case when redeems > 0 then 1 else 0 end) as merchants,
        sum(case when redeemed > 0 then redeemed else 0 end) as redeemed,
        sum(case when redeemed > 0 and rank_redeemed <= 3 then redeemed else 0 end) as redeemed_by_three
    from ranked
    group by scope_type, scope_id, area, period_type, period_start

)

select
    counted.*,
    persons.n_redeemers,
    persons.n_persons
from counted
inner join persons
    on counted.scope_type = persons.scope_type
    and counted.scope_id = persons.scope_id
    and counted.period_type = persons.period_type
    and counted.period_start = persons.period_start
