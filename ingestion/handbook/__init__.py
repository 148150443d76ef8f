"""The contract as a vendor reads it: a page, machine-readable files, templates and a complete example.

The contract arrives, a folder leaves. Judging exports does not belong here.
"""
