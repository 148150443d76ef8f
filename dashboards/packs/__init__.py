"""Reporting packs: a release and a subject arrive; a PDF with its spreadsheet and its JSON leaves, or the
checks that failed. `pack.make_pack` is the way in."""
