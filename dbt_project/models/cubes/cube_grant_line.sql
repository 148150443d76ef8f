with lines as (

    select
        lines.instance_id,
        lines.funder_tax_code,
        lines.grant_key,
        lines.entry_date,
        lines.line_type,
        lines.amount,
        expenses.record_id is not null as is_checked,
        expenses.is_without_receipt,
        expenses.is_before_start or expenses.is_after_end as is_out_of_window
    from {{ ref('fct_grant_line') }} as lines
    left join {{ ref('contribution_grant_line') }} as expenses
        on lines.instance_id = expenses.instance_id and lines.record_id = expenses.record_id

),

claims as (

    select
        receipt_key,
        grant_key,
        max(funder_tax_code) as funder_tax_code,
        max(receipt_claimed_on) as claimed_on,
        max(double_claimed) as double_claimed
    from {{ ref('contribution_grant_line') }}
    where double_claimed > 0
    group by receipt_key, grant_key

),

-- A receipt counts once in a scope, however many of its grants claim it.
double_claims as (

    select null as network, null as funder_tax_code, grant_key, receipt_key, claimed_on, double_claimed
    from claims

    union all

    select distinct null as network, funder_tax_code, null as grant_key, receipt_key, claimed_on, double_claimed
    from claims

    union all

    select distinct 'network' as network, null as funder_tax_code, null as grant_key, receipt_key, claimed_on, double_claimed
    from claims

),

contributions as (

    select 'network' as network, lines.*, 0 as double_claimed, false as is_double_claim
    from lines

    union all

    select
        network,
        null as instance_id,
        funder_tax_code,
        grant_key,
        claimed_on as entry_date,
        null as line_type,
        null as amount,
        false as is_checked,
        false as is_without_receipt,
        false as is_out_of_window,
        double_claimed,
        true as is_double_claim
    from double_claims

)

{% call cube(
    relation='contributions',
    day='entry_date',
    scopes={'network': 'network', 'instance': 'instance_id', 'funder': 'funder_tax_code', 'grant': 'grant_key'},
) %}
    sum(case when line_type = 'DISBURSEMENT' then amount else 0 end) as disbursed,
    sum(case when line_type = 'DISBURSEMENT' then 1 else 0 end) as disbursed_rows,
    sum(case when line_type = 'EXPENSE_REPORTED' then amount else 0 end) as reported,
    sum(case when line_type = 'EXPENSE_REPORTED' then 1 else 0 end) as reported_rows,
    sum(case when line_type = 'EXPENSE_ADMITTED' then amount else 0 end) as admitted,
    sum(case when line_type = 'EXPENSE_ADMITTED' then 1 else 0 end) as admitted_rows,
    sum(case when is_checked then amount else 0 end) as claimed,
    sum(case when is_checked then 1 else 0 end) as claimed_rows,
    sum(case when is_without_receipt then amount else 0 end) as without_receipt,
    sum(case when is_out_of_window then amount else 0 end) as out_of_window,
    sum(case when is_out_of_window then 1 else 0 end) as out_of_window_rows,
    sum(double_claimed) as double_claimed,
    sum(case when is_double_claim then 1 else 0 end) as double_claims
{% endcall %}
