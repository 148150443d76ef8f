"""The pages: a release and the operations status arrive, pages leave.

Arithmetic and the build database do not belong here; SQL stands only in `data.py`.
"""
