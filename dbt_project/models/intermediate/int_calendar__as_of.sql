with exports as (

    select * from {{ ref('stg_export') }}

)

select
    {% if var('as_of') %}
    cast('{{ var("as_of") }}' as date) as as_of
    {% else %}
    cast(max(period_to) as date) as as_of
    {% endif %}
from exports
