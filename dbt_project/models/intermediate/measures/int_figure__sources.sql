{{ config(materialized='view') }}
{%- set source = ref('cube_delivery_source') -%}
{%- set parts = {'MUNICIPALITY': 'municipality', 'SSN': 'ssn', 'USER': 'user_part', 'FOUNDATION': 'foundation',
    'REGION_STATE': 'region_state', 'EMPLOYER': 'employer', 'UNALLOCATED': 'unallocated'} -%}

with per_resident as (

    select
        cells.*,
        residents.residents
    from {{ source }} as cells
    left join {{ ref('int_residents__by_scope') }} as residents
        on cells.scope_type = residents.scope_type and cells.scope_id = residents.scope_id

)

{{ indicator('spend_municipal', source, numerator='municipality', n_persons='n_persons') }}
union all
{{ indicator('spend_municipal_per_resident', 'per_resident', numerator='municipality', denominator='residents', n_persons='n_persons') }}
{%- for item, part in parts.items() %}
union all
{{ indicator('source_mix', source, numerator=part, denominator='amount_total', n_persons='n_persons', item="'" ~ item ~ "'") }}
{%- endfor %}
union all
{{ indicator('cofunding_seen', ref('cube_grant_cofunding'), numerator='cofunded', denominator='amount_total', n_persons='n_persons') }}
