-- Every row received is loaded, already known or quarantined.
select *
from {{ ref('stg_export_entity') }}
where received <> loaded + known + quarantined
