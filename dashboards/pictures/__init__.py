"""Pictures as inline SVG, for pages and for files: points arrive, a picture in two widths leaves.

Coordinates are computed here, the SVG is a template. What a figure means and whether it may be shown was
decided before.
"""
