-- Many scopes, few groups of instances: coverage is told once a group.
select
    scope_type,
    scope_id,
    {{ list_distinct('instance_id') }} as instance_group
from {{ ref('int_scope__instances') }}
group by scope_type, scope_id
