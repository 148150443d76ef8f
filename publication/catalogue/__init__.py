"""The machine-readable catalogue of a release: what anybody's tools read before, and beside, the figures.

A finished public side and what the release says of itself arrive; a Data Package, a DCAT-AP_IT catalogue in
three forms, a manifest and checksums leave. Which figures are public, and the pages, do not belong here.
"""
