"""The gates: raw and mart tables arrive, check results and a report without values leave.

Rules that the contract or dbt own do not belong here.
"""
