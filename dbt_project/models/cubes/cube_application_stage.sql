{{ cells(
    relation=ref('int_application__staged'),
    day='submitted_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'call': 'call_key',
    },
    measures=stage_measures('call'),
) }}
