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
        'deliberated_net': 'sum(case when parent_grant_id is null then amount_deliberated else 0 end)',
        'first_grants': 'sum(case when parent_grant_id is null then 1 else 0 end)',
        'cofunding': 'sum(cofunding)',
        'budget': 'sum(amount_deliberated + cofunding)',
        'n_rows': 'count(*)',
    },
) }}
