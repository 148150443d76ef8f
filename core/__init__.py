"""What every package needs once: home and paths, settings, DuckDB sessions, SQL literals,
files, locks, errors.

Nothing that knows what an export, a model or a release is belongs here.
"""
