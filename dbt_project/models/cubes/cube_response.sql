{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

-- Persons who answered and persons who were served, each in the period of its own date.
with contributions as (

    select
        instance_id,
        provider_tax_code,
        service_key,
        measured_on as happened_on,
        person_key as respondent,
        cast(null as varchar) as served,
        person_key
    from {{ ref('fct_measurement') }}
    where is_effective and indicator_kind = 'SATISFACTION'

    union all

    select
        instance_id,
        provider_tax_code,
        service_key,
        start_date as happened_on,
        cast(null as varchar) as respondent,
        person_key as served,
        person_key
    from {{ ref('fct_service_delivery') }}
    where is_effective

)

{% call cube(relation='contributions', day='happened_on', scopes=['network', 'instance', 'provider', 'service']) %}
    count(distinct respondent) as respondents,
    count(distinct served) as persons_served,
    count(distinct person) as n_persons
{% endcall %}
