with applications as (

    select
        fct_application.*,
        status in ('FUNDED', 'WAITLIST', 'REJECTED', 'REVOKED') as is_decided
    from {{ ref('fct_application') }} as fct_application
    where is_effective

)

{{ cells(
    relation='applications',
    day='submitted_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'call': 'call_key',
    },
    measures={
        'applications': 'count(*)',
        'n_persons': 'count(distinct person_key)',
        'funded': "sum(case when status = 'FUNDED' then 1 else 0 end)",
        'decided': 'sum(case when is_decided then 1 else 0 end)',
        'decided_persons': 'count(distinct case when is_decided then person_key end)',
    },
) }}
