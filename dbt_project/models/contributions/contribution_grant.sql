with grants as (

    select * from {{ ref('stg_grant') }}
    where not is_removed

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    grants.*,
    {{ record_key('grants.instance_id', 'grants.record_id') }} as grant_key,
    funder.tax_code as funder_tax_code
from grants
left join organisations as funder
    on grants.instance_id = funder.instance_id and grants.funder_id = funder.record_id
