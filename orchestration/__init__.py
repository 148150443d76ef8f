"""The one package that knows all others: settings arrive, assets, checks, jobs and the `vetro` command leave.

Logic does not belong here.
"""
