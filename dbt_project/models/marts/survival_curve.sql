{#- The indicators that read a curve, by the relation of the curve and what is waited for. -#}
{%- set curves = [
    ('wait_to_assessment_p50', ref('int_request__assessment_survival'), none),
    ('wait_to_service_p50', ref('int_request__service_survival'), none),
    ('wait_to_service_p90', ref('int_request__service_survival'), none),
    ('wait_to_decision_p50', ref('int_wait__survival'), 'decision'),
    ('wait_to_decision_p90', ref('int_wait__survival'), 'decision'),
    ('wait_to_payment_p50', ref('int_wait__survival'), 'payment'),
    ('wait_to_payment_p90', ref('int_wait__survival'), 'payment'),
    ('award_to_first_payment_p50', ref('int_wait__survival'), 'first_payment'),
    ('claim_to_admission_p50', ref('int_wait__survival'), 'admission'),
    ('voucher_first_use_p50', ref('int_wait__survival'), 'first_use'),
] -%}

with days as (
    {%- for indicator_id, curve, wait_to in curves %}
    {{ 'union all' if not loop.first }}
    select
        '{{ indicator_id }}' as indicator_id,
        scope_type,
        scope_id,
        area,
        period_type,
        period_start,
        wait_days,
        at_risk,
        events,
        censored,
        survival,
        greenwood,
        is_first_day
    from {{ curve }}
    where
        scope_type in ({% for scope in indicator_registry()[indicator_id].scopes %}'{{ scope }}'{{ ', ' if not loop.last }}{% endfor %})
        {%- if wait_to %}
        and wait_to = '{{ wait_to }}'
        {%- endif %}
    {%- endfor %}
),

-- Where nothing happens on day 0 the curve still begins there, with everybody waiting.
started as (

    select * from days

    union all

    select
        indicator_id,
        scope_type,
        scope_id,
        area,
        period_type,
        period_start,
        0 as wait_days,
        at_risk,
        0 as events,
        0 as censored,
        1e0 as survival,
        cast(null as double) as greenwood,
        is_first_day
    from days
    where is_first_day and wait_days > 0

),

logged as (

    select
        started.*,
        -- A curve at 1 has no uncertainty to show yet, and one at 0 none that the data can tell.
        case when survival > 1e-12 and survival < 1e0 - 1e-12 then ln(survival) end as log_survival
    from started

)

select
    indicator_id,
    scope_type,
    scope_id,
    area,
    period_type,
    period_start,
    cast(wait_days as bigint) as day,
    cast(at_risk as bigint) as at_risk,
    cast(events as bigint) as events,
    cast(censored as bigint) as censored,
    case when survival < 1e-12 then 0e0 else survival end as survival,
    case
        when survival >= 1e0 - 1e-12 then 1e0
        else exp(-exp(ln(-log_survival) - 1.959963984540054e0 * sqrt(greenwood) / log_survival))
    end as ci_low,
    case
        when survival >= 1e0 - 1e-12 then 1e0
        else exp(-exp(ln(-log_survival) + 1.959963984540054e0 * sqrt(greenwood) / log_survival))
    end as ci_high
from logged
