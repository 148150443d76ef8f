{{ cells(
    relation=ref('int_grant__funded'),
    day='deliberated_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'funder': 'funder_tax_code',
        'grant': 'grant_key',
    },
    measures={
        'deliberated': 'sum(amount_deliberated)',
        'cofunding': 'sum(cofunding)',
        'budget': 'sum(amount_deliberated + cofunding)',
        'n_rows': 'count(*)',
    },
) }}
