select
    timed.*,
    first_paid_on is not null as is_paid,
    first_paid_on is not null or status in ('FUNDED', 'REVOKED') or concession_date is not null as reached_funded,
    first_paid_on is not null or status in ('ADMITTED', 'FUNDED', 'WAITLIST', 'REVOKED')
    or concession_date is not null as reached_admitted,
    {{ days_between('submitted_on', 'decided_on') }} as days_to_admitted,
    {{ days_between('decided_on', 'concession_date') }} as days_to_funded,
    {{ days_between('concession_date', 'first_paid_on') }} as days_to_paid
from {{ ref('int_application__timed') }} as timed
