with services as (

    select * from {{ ref('stg_service') }}

)

select
    {{ record_key('instance_id', 'record_id') }} as service_key,
    instance_id,
    record_id,
    name as service_name,
    macro_area,
    nomenclatore_code,
    istat_area,
    leps_code,
    unit,
    list_price,
    sensitivity,
    valid_from,
    valid_to,
    is_removed
from services
