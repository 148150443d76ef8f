-- Every control total is what was loaded, already known and quarantined, to the cent.
select *
from {{ ref('reconciliation') }}
where gap <> 0
