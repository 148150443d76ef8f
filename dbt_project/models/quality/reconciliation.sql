{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ drop_changed_instances() }}",
) }}

with totals as (

    select * from {{ raw('_control_total') }}

)

select
    instance_id,
    export_id,
    entity,
    column_name as {{ quoted('column') }},
    -- Quantities and scale values have control totals too, but are not money.
    column_name in (
        'amount', 'amount_total', 'amount_user', 'amount_municipality', 'amount_ssn', 'amount_other', 'amount_applied',
        'amount_deliberated', 'amount_requested', 'amount_granted', 'cofunding', 'budget', 'face_value', 'list_price',
        'doc_amount'
    ) as is_euro,
    declared,
    loaded,
    known,
    quarantined,
    -- A column without a declared total has nothing to differ from.
    cast(coalesce(declared - loaded - known - quarantined, 0) as decimal(24, 3)) as gap
from totals
