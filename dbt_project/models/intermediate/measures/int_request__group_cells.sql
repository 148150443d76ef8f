with requests as (

    {{ by_population_group(ref('int_request__placed'), 'received_on') }}

)

{{ cells(
    relation='requests',
    day='received_on',
    extra_keys={'population_group': 'population_group'},
    scopes=group_scopes(),
    measures={
        'accepted': "sum(case when status = 'ACCEPTED' then 1 else 0 end)",
        'decided': "sum(case when status in ('ACCEPTED', 'REJECTED') then 1 else 0 end)",
        'decided_persons': "count(distinct case when status in ('ACCEPTED', 'REJECTED') then person_key end)",
        'unmet': "sum(case when status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY') then 1 else 0 end)",
        'met_or_unmet': "sum(case when status = 'ACCEPTED' or (status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')) then 1 else 0 end)",
        'met_or_unmet_persons': "count(distinct case when status = 'ACCEPTED' or (status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')) then person_key end)",
        'n_persons': 'count(distinct person_key)',
    },
) }}
