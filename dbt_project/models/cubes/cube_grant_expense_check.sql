{% call cube(relation=ref('int_grant__expenses'), day='entry_date', scopes=['network', 'funder', 'grant']) %}
    sum(amount) as claimed,
    sum(case when is_without_receipt then amount else 0 end) as without_receipt,
    sum(case when is_before_start or is_after_end then amount else 0 end) as out_of_window,
    sum(case when is_before_start or is_after_end then 1 else 0 end) as out_of_window_lines
{% endcall %}
