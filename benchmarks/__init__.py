"""Speed, measured: generated exports arrive, ratios against a floor of the same run leave.

Tests do not belong here.
"""
