{{ config(materialized='incremental') }}

-- Persons who answered and persons who were served, each in the period of its own date.
with contributions as (

    select
        instance_id,
        provider_tax_code,
        service_key,
        measured_on as happened_on,
        person_key,
        true as is_answer,
        case when direction = 'UP' then value >= scale_max - 1 else value <= scale_min + 1 end as is_satisfied
    from {{ ref('fct_measurement') }}
    where is_effective and indicator_kind = 'SATISFACTION'

    union all

    select
        instance_id,
        provider_tax_code,
        service_key,
        start_date as happened_on,
        person_key,
        false as is_answer,
        false as is_satisfied
    from {{ ref('fct_service_delivery') }}
    where is_effective

)

{% call cube(
    relation='contributions',
    day='happened_on',
    scopes=['network', 'instance', 'provider', 'service'],
    persons={'respondents': 'is_answer', 'persons_served': 'not is_answer', 'n_persons': 'true'},
) %}
    sum(case when is_satisfied then 1 else 0 end) as satisfied,
    sum(case when is_answer then 1 else 0 end) as answers
{% endcall %}
