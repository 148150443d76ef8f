select distinct
    funder_tax_code as tax_code,
    instance_id
from {{ ref('int_grant__funded') }}
where funder_tax_code is not null
