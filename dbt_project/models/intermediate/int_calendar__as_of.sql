with exports as (

    select * from {{ ref('stg_export') }}

)

select
    {% if as_of_asked() %}
    max(cast('{{ as_of_asked() }}' as date)) as as_of
    {% else %}
    cast(max(period_to) as date) as as_of
    {% endif %}
from exports
