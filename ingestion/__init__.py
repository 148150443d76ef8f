"""From an export to committed Parquet: one straight line.

1. `sources` fetches exports from where they are left, 2. `landing` discovers them and reads their manifest,
3. `adapters` turn foreign files into an export of the contract, 4. `validation` checks every row in one pass
of SQL, 5. `privacy` pseudonymises in the same pass, so that nothing personal is ever laid down, 6. `loading`
commits to `raw` or refuses, 7. `receipts` acknowledge. `contract` says what an export may hold.

Judgement about meaning does not belong here, nor do Dagster, dbt or Streamlit.
"""
