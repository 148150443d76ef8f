"""The way out: gated marts and the disclosure policy arrive, an immutable release leaves.

SQL about indicators does not belong here.
"""
