with applications as (

    select
        fct_application.*,
        status in ('FUNDED', 'WAITLIST', 'REJECTED', 'REVOKED') as is_decided
    from {{ ref('fct_application') }} as fct_application
    where is_effective

)

{% call cube(relation='applications', day='submitted_on', scopes=['network', 'instance', 'call']) %}
    count(*) as applications,
    count(distinct person) as n_persons,
    sum(case when status = 'FUNDED' then 1 else 0 end) as funded,
    sum(case when is_decided then 1 else 0 end) as decided,
    count(distinct case when is_decided then person end) as decided_persons
{% endcall %}
