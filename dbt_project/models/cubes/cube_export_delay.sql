with exports as (

    select
        instance_id,
        period_to,
        greatest(0, {{ days_from('period_to', rome_date('accepted_at')) }}) as delay_days
    from {{ ref('stg_export') }}

)

{% call cube(relation='exports', day='period_to', periods=['month'], scopes=['network', 'instance']) %}
    sum(delay_days) as delay_days,
    count(*) as exports
{% endcall %}
