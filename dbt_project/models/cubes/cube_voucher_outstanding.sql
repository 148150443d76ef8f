select * from (
{{ cumulative_cells(
    relation=ref('int_voucher_event__balanced'),
    day='event_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'scheme': 'scheme_key',
    },
    measures={'outstanding': 'issued - redeemed - lapsed'},
    distinct={'person_key': 'person_key'},
) }}
) as cumulated
