{% call cube(
    relation=ref('contribution_grant'),
    day='deliberated_on',
    scopes=['network', 'instance', 'funder', 'grant'],
) %}
    sum(amount_deliberated) as deliberated,
    sum(case when parent_grant_id is null then amount_deliberated else 0 end) as deliberated_net,
    sum(case when parent_grant_id is null then 1 else 0 end) as first_grants,
    sum(cofunding) as cofunding,
    sum(amount_deliberated + cofunding) as budget
{% endcall %}
