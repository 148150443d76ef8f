{{ config(alias='subject_merge') }}
select
    from_pseudonym,
    to_pseudonym,
    merged_at,
    source
from {{ raw_merges() }}
