{{ cells(
    relation=ref('int_grant__expenses'),
    day='entry_date',
    scopes={'network': "'network'", 'funder': 'funder_tax_code', 'grant': 'grant_key'},
    measures={
        'claimed': 'sum(amount)',
        'without_receipt': 'sum(case when is_without_receipt then amount else 0 end)',
        'out_of_window': 'sum(case when is_before_start or is_after_end then amount else 0 end)',
        'out_of_window_lines': 'sum(case when is_before_start or is_after_end then 1 else 0 end)',
    },
) }}
