"""The door: exports arrive, are checked and made safe, and leave as committed folders in raw and a receipt.

Judgement about meaning does not belong here, nor do Dagster, dbt or Streamlit.
"""
